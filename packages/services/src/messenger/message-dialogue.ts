/** The asking end: what is said on a session to have a message shown. */

import { MailslotError } from '@mailslot/core';
import { DecodeError } from '@mailslot/core/internal';
import { decodeSmbMessage, type Dialogue, type SmbBlock } from '@mailslot/core/netbios/internal';

import type { WireMessage } from './mailslot-message.ts';
import {
  BLOCK_BYTES_MAX,
  decodeStarted,
  encodeMessageCommand,
  MESSAGE_COMMAND,
  type MessageCommand,
} from './message-commands.ts';

/**
 * Ends when the other end has taken the message. Throws `ERROR_BAD_NETPATH` if it will not.
 *
 * A short message goes in blocks, too: Samba does not take the command for a whole one from whom it does not know.
 */
export function* messageDialogue({ from, to, text }: WireMessage): Dialogue<void> {
  const group = decodeStarted(yield* exchange({ command: MESSAGE_COMMAND.START, from, to }));
  for (let at = 0; at < text.length; at += BLOCK_BYTES_MAX) {
    const block = text.subarray(at, at + BLOCK_BYTES_MAX);
    yield* exchange({ command: MESSAGE_COMMAND.TEXT, group, text: block });
  }
  yield* exchange({ command: MESSAGE_COMMAND.END, group });
}

function* exchange(request: MessageCommand): Dialogue<SmbBlock> {
  const { header, blocks } = decodeSmbMessage(yield encodeMessageCommand(request));
  const [block] = blocks;
  if (!header.response || block.command !== request.command) {
    throw new DecodeError('the response to the last request', 4);
  }
  if (header.status === 0) return block;
  const status = `0x${header.status.toString(16).padStart(8, '0')}`;
  throw new MailslotError(
    'ERROR_BAD_NETPATH',
    `The computer did not take the message (${status}).`,
  );
}
