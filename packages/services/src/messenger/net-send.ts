/** Sends a message, as `net send` did: on a session where somebody answers to the name, else as a datagram. */

import { type CallOptions, MailslotError, type Network } from '@mailslot/core';
import { fold, parseHostName, switchboardOf, throwIfAborted } from '@mailslot/core/internal';
import { converse, NetbiosName, netbiosOf, SUFFIX } from '@mailslot/core/netbios/internal';

import { type CodePage, CODE_PAGE_DEFAULT, type OemText, oemTextOf } from '../code-page.ts';
import { encodeMailslotMessage, MESSENGER_SLOT, type WireMessage } from './mailslot-message.ts';
import { messageDialogue } from './message-dialogue.ts';
import { NAME_BYTES_MAX } from './message-commands.ts';
import { encodeText, TEXT_BYTES_MAX } from './message-text.ts';

export interface NetSendOptions extends CallOptions {
  /** Whom it is from, in whatever words: nobody checks it. Default: the computer name. */
  readonly from?: string;
  /** In which the text is written, and has to be read. Default 850. */
  readonly codePage?: CodePage;
  /** The TCP port of sessions. Default 139. */
  readonly sessionPort?: number;
}

/** How a message went. */
export interface Delivery {
  /** On a `session` its receiver has confirmed it; to a `mailslot` it was written, and nobody confirms that. */
  readonly by: 'session' | 'mailslot';
  /** The receiver's address, where it was found. */
  readonly address: string | undefined;
}

/**
 * Sends a text to a computer or user, to a domain (`OFFICE` or `OFFICE*`), or to the own domain (`*`).
 *
 * A name that somebody answers to with the Messenger service gets it on a session, which takes 4 095 bytes and confirms
 * it. Everybody else, and every domain, gets a datagram with room for some 400 bytes. Characters that the code page does
 * not have become question marks.
 *
 * Rejects with `ERROR_BAD_NETPATH` if there is nobody of that name, or the text is too long for a datagram;
 * `ERROR_INVALID_NAME` for a name that cannot be; `ERROR_INVALID_PARAMETER` if the text is too long for everything;
 * `ERROR_OPERATION_ABORTED` on the signal.
 */
export async function netSend(
  network: Network,
  to: string,
  text: string,
  options: NetSendOptions = {},
): Promise<Delivery> {
  const { from = network.computerName, codePage = CODE_PAGE_DEFAULT, signal } = options;
  throwIfAborted(signal, 'Sending the message');
  const oem = oemTextOf(codePage);
  const { name, group } = recipientOf(network, to);
  const message = {
    from: encodeSender(from, oem),
    to: oem.encode(name),
    text: encodeText(text, oem),
  };
  if (message.text.length > TEXT_BYTES_MAX) {
    throw new MailslotError(
      'ERROR_INVALID_PARAMETER',
      `A message has ${TEXT_BYTES_MAX} bytes at most, not ${message.text.length}. Send it in parts.`,
    );
  }
  const address = group ? undefined : await addressOf(network, name);
  throwIfAborted(signal, 'Sending the message');
  if (
    address !== undefined &&
    (await sendOnSession(network, { name, address }, message, options))
  ) {
    return { by: 'session', address };
  }
  const target = `\\\\${group && name === network.domain ? '*' : name}\\mailslot\\${MESSENGER_SLOT}`;
  await network.send(target, encodeMailslotMessage(message), options);
  return { by: 'mailslot', address };
}

/** Of a service's options those that its messages are sent with. */
export function sendingOptions({ codePage, sessionPort }: NetSendOptions): NetSendOptions {
  return {
    ...(codePage === undefined ? {} : { codePage }),
    ...(sessionPort === undefined ? {} : { sessionPort }),
  };
}

interface Recipient {
  /** Folded. */
  readonly name: string;
  /** Certainly a domain, not somebody to be found. */
  readonly group: boolean;
}

/** As in Windows a star at the end makes it a domain's name. */
function recipientOf({ domain }: Network, to: string): Recipient {
  if (to === '*') return { name: domain, group: true };
  const name = fold(parseHostName(to.endsWith('*') ? to.slice(0, -1) : to, 'The recipient'));
  return { name, group: to.endsWith('*') || name === domain };
}

function encodeSender(from: string, oem: OemText): Uint8Array {
  const bytes = oem.encode(from.replace(/\p{Cc}/gu, ' '));
  if (bytes.length > 0 && bytes.length <= NAME_BYTES_MAX) return bytes;
  throw new MailslotError(
    'ERROR_INVALID_PARAMETER',
    `Whom a message is from takes 1 to ${NAME_BYTES_MAX} bytes; it was ${bytes.length}.`,
  );
}

/** Where somebody answers to the name, on whichever subnet. What is ours we are told without going round. */
async function addressOf(network: Network, name: string): Promise<string | undefined> {
  const subnets = netbiosOf(network)?.subnets ?? [];
  if (subnets.length === 0 || name === network.computerName) return undefined;
  const asked = NetbiosName.ofHost(name, SUFFIX.messenger);
  const asking = subnets.map(async ({ names }) => {
    const answer = await names.query(asked);
    if (answer === undefined || answer.group) throw new Error('No such user or computer.');
    return answer.addresses[0];
  });
  // The first that knows; nobody there is an answer too.
  return Promise.any(asking).catch(() => undefined);
}

/** False if nobody is there to talk to. Once they talk, what goes wrong is an error: to try again might send it twice. */
async function sendOnSession(
  network: Network,
  { name, address: host }: { readonly name: string; readonly address: string },
  message: WireMessage,
  { sessionPort: port, signal }: NetSendOptions,
): Promise<boolean> {
  let begun = false;
  const dialogue = function* (): ReturnType<typeof messageDialogue> {
    begun = true;
    yield* messageDialogue(message);
  };
  try {
    await converse(
      {
        host,
        called: NetbiosName.ofHost(name, SUFFIX.messenger),
        calling: NetbiosName.ofHost(network.computerName, SUFFIX.workstation),
        clock: switchboardOf(network).clock,
        ...(port === undefined ? {} : { port }),
        ...(signal === undefined ? {} : { signal }),
      },
      dialogue(),
    );
    return true;
  } catch (error) {
    if (begun || signal?.aborted || !(error instanceof MailslotError)) throw error;
    return false;
  }
}
