/** The Messenger service: messages that come, by whichever way, and messages that go. */

import type { CallOptions, Clock, MailslotError, Network } from '@mailslot/core';
import {
  type Datagram,
  DecodeError,
  slotPath,
  type Subscription,
  switchboardOf,
  throwIfAborted,
} from '@mailslot/core/internal';
import {
  NetbiosName,
  netbiosOf,
  type NetbiosTransport,
  SESSION_PORT,
  SUFFIX,
} from '@mailslot/core/netbios/internal';
import { type Observable, ReplaySubject, Subject } from 'rxjs';

import { type CodePage, CODE_PAGE_DEFAULT, type OemText, oemTextOf } from '../code-page.ts';
import { Copies } from './copies.ts';
import { decodeMailslotMessage, MESSENGER_SLOT, type WireMessage } from './mailslot-message.ts';
import { decodeName, decodeText } from './message-text.ts';
import { type Delivery, netSend, type NetSendOptions, sendingOptions } from './net-send.ts';
import { SubnetMessenger } from './subnet-messenger.ts';

/** Problems kept for whoever looks later: there are as many as names and interfaces, and few of those. */
const PROBLEMS_MAX = 16;

export interface MessengerOptions extends CallOptions {
  /** Names to be reached by besides the computer's, such as that of its user; at most 15 characters each. */
  readonly users?: readonly string[];
  /** In which text is read and written. Default 850. */
  readonly codePage?: CodePage;
  /** The TCP port of sessions. Default 139, where all look. */
  readonly sessionPort?: number;
}

/** A message that came. Everybody can claim to be anybody: only the address is hard to forge, and that of a datagram is not. */
export interface NetMessage {
  readonly from: string;
  readonly to: string;
  /** Lines end with `\n`; there are no other control characters but tabs. */
  readonly text: string;
  readonly by: Delivery['by'];
  /** Where it came from; undefined if it is of this computer. */
  readonly address: string | undefined;
  /** Milliseconds since 1970, by this computer's clock. */
  readonly receivedAt: number;
}

export interface MessengerStats {
  readonly received: number;
  /** Dropped: no message. */
  readonly malformed: number;
  /** Dropped: to a name that is not ours. */
  readonly elsewhere: number;
  /** Dropped: they had come by another interface before. */
  readonly copies: number;
  /** Connections that are open now. */
  readonly sessions: number;
}

/**
 * Starts the Messenger service on a network: messages to the computer, to its users and to the domain arrive here.
 *
 * Over mailslots it works on every transport. With `netbios()` it registers the names with suffix `<03>` and takes
 * sessions too, as Windows and Samba send them. Resolves when it is known which names it has; those it cannot have,
 * `problems$` tells. The signal ends it, as `close()` does.
 *
 * Rejects with `ERROR_ALREADY_EXISTS` if this computer has a Messenger already, `ERROR_INVALID_NAME` for a user's name
 * that is too long, `ERROR_INVALID_PARAMETER` for an unknown code page, `ERROR_OPERATION_ABORTED` on the signal.
 *
 * @example
 * ```ts
 * const network = await joinNetwork({ transports: [netbios()] });
 * await using messenger = await createMessenger(network);
 * messenger.messages$.subscribe(({ from, text }) => console.log(`${from}: ${text}`));
 * await messenger.send('ANN-PC', 'Tea is ready.');
 * ```
 */
export async function createMessenger(
  network: Network,
  options: MessengerOptions = {},
): Promise<Messenger> {
  const { signal, users = [], codePage = CODE_PAGE_DEFAULT } = options;
  throwIfAborted(signal, 'Starting the Messenger');
  const oem = oemTextOf(codePage);
  const { computerName } = network;
  const names = [
    NetbiosName.ofHost(computerName, SUFFIX.messenger),
    ...users.map((user) => NetbiosName.of(user, SUFFIX.messenger)),
  ];
  const messenger = new Messenger(network, { ...options, codePage }, { oem, names });
  try {
    await messenger.start();
    throwIfAborted(signal, 'Starting the Messenger');
  } catch (error) {
    await messenger.close();
    throw error;
  }
  return messenger;
}

interface MessengerParts {
  readonly oem: OemText;
  readonly names: readonly NetbiosName[];
}

/** Made by {@link createMessenger}. */
export class Messenger implements AsyncDisposable {
  /** The messages, as they come. Completes when the Messenger is closed. */
  readonly messages$: Observable<NetMessage>;
  /** What does not work as it might, the last 16 first: a name that is another's, a port that is not to be had. */
  readonly problems$: Observable<MailslotError>;
  readonly #network: Network;
  readonly #options: MessengerOptions;
  readonly #parts: MessengerParts;
  readonly #clock: Clock;
  readonly #copies: Copies;
  readonly #ownNames: ReadonlySet<string>;
  readonly #messages = new Subject<NetMessage>();
  readonly #problems = new ReplaySubject<MailslotError>(PROBLEMS_MAX);
  readonly #stats = { received: 0, malformed: 0, elsewhere: 0, copies: 0 };
  readonly #onEnd = (): void => void this.close();
  #subnets: readonly SubnetMessenger[] = [];
  #subscription: Subscription | undefined;
  #unfollow: (() => void) | undefined;
  #closing: Promise<void> | undefined;

  /** @internal */
  constructor(network: Network, options: MessengerOptions, parts: MessengerParts) {
    const domain = NetbiosName.ofHost(network.domain, SUFFIX.messenger);
    this.#network = network;
    this.#options = options;
    this.#parts = parts;
    this.#clock = switchboardOf(network).clock;
    this.#copies = new Copies(this.#clock);
    this.#ownNames = new Set([...parts.names, domain].map(({ key }) => key));
    this.messages$ = this.#messages.asObservable();
    this.problems$ = this.#problems.asObservable();
  }

  /** @internal */
  async start(): Promise<void> {
    const receive = this.#receive.bind(this);
    const path = slotPath(MESSENGER_SLOT);
    const owner = { receive, maxMessageSize: 0 };
    this.#subscription = await switchboardOf(this.#network).own(path, owner);
    this.#network.once('close', this.#onEnd);
    this.#options.signal?.addEventListener('abort', this.#onEnd, { once: true });
    const transport = netbiosOf(this.#network);
    if (transport === undefined) return;
    this.#unfollow = transport.onSubnets(() => this.#follow(transport));
    this.#follow(transport);
    await Promise.all(this.#subnets.map(({ ready }) => ready));
  }

  /** The names it is reached by, whether or not it could have them. */
  get names(): readonly string[] {
    return this.#parts.names.map(({ name }) => name);
  }

  stats(): MessengerStats {
    const sessions = this.#subnets.reduce((sum, subnet) => sum + subnet.sessions, 0);
    return { ...this.#stats, sessions };
  }

  /** Sends a message, as `netSend()` does, in this Messenger's code page. */
  send(to: string, text: string, options: NetSendOptions = {}): Promise<Delivery> {
    return netSend(this.#network, to, text, { ...sendingOptions(this.#options), ...options });
  }

  /** Gives the names back and ends all sessions. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    this.#network.off('close', this.#onEnd);
    this.#options.signal?.removeEventListener('abort', this.#onEnd);
    this.#unfollow?.();
    await this.#subscription?.close();
    await Promise.all(this.#subnets.map((subnet) => subnet.close()));
    this.#messages.complete();
    this.#problems.complete();
  }

  /** Has a place on each subnet there is now. */
  #follow(transport: NetbiosTransport): void {
    const { subnets } = transport;
    const isThere = ({ subnet }: SubnetMessenger): boolean => subnets.includes(subnet);
    const gone = this.#subnets.filter((one) => !isThere(one));
    const known = this.#subnets.filter(isThere);
    const added = subnets.filter((subnet) => !known.some((one) => one.subnet === subnet));
    this.#subnets = [
      ...known,
      ...added.map(
        (subnet) =>
          new SubnetMessenger({
            subnet,
            names: this.#parts.names,
            port: this.#options.sessionPort ?? SESSION_PORT,
            clock: this.#clock,
            received: (message, address) => this.#show(message, 'session', address),
            problem: (error) => this.#problems.next(error),
          }),
      ),
    ];
    for (const subnet of gone) void subnet.close();
  }

  #receive({ data, source }: Datagram): 'malformed' | undefined {
    let message: WireMessage;
    try {
      message = decodeMailslotMessage(data);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      this.#stats.malformed++;
      return 'malformed';
    }
    if (!this.#isToUs(decodeName(message.to, this.#parts.oem))) this.#stats.elsewhere++;
    else if (!this.#copies.isNew(wordsOf(message), source.id)) this.#stats.copies++;
    else this.#show(message, 'mailslot', source.address);
    return undefined;
  }

  /** Datagrams come to whoever hears the domain; what is written in them decides ([MS-MSRP] 3.2.4.5). */
  #isToUs(to: string): boolean {
    return to.endsWith('*') || this.#ownNames.has(NetbiosName.ofHost(to, SUFFIX.messenger).key);
  }

  #show(message: WireMessage, by: Delivery['by'], address: string | undefined): void {
    const { oem } = this.#parts;
    this.#stats.received++;
    this.#messages.next({
      from: decodeName(message.from, oem),
      to: decodeName(message.to, oem),
      text: decodeText(message.text, oem),
      by,
      address,
      receivedAt: this.#clock.wallTime(),
    });
  }
}

/** All that a message says, as a key. */
function wordsOf({ from, to, text }: WireMessage): string {
  return [from, to, text].map((part) => Buffer.from(part).toString('latin1')).join('\0');
}
