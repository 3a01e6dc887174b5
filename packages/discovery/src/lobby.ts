/** Being there: seen by the others, and reachable. */

import { type CallOptions, MailslotError } from '@mailslot/core';
import {
  type Datagram,
  slotPath,
  type SlotPath,
  type Source,
  type Subscription,
  throwIfAborted,
  untilAborted,
  utf8Bytes,
} from '@mailslot/core/internal';
import { type Observable, Subject } from 'rxjs';

import { formatPublicKey, parsePublicKey } from './identity.ts';
import type { LetterDropReason, Letters } from './letter.ts';
import type { Peer, PeerMessage } from './peer.ts';
import type { PresenceStats } from './presence/effects.ts';
import { peerIdOf, peerKeyOf } from './presence/peer-id.ts';
import { encodeRecord, type PeerRecord, recordBytesMax } from './presence/record.ts';
import { type InfoCheck, misfit } from './schema.ts';
import type { Security } from './security.ts';
import { Watcher, type WatcherParts } from './watcher.ts';

/** What a lobby is made of besides. */
export interface LobbyParts<Info> extends WatcherParts<Info> {
  readonly security: Security;
  readonly id: string;
  readonly record: PeerRecord;
  readonly goodbyeOnExit: boolean;
}

/** What a lobby heard so far. */
export interface LobbyStats extends PresenceStats {
  /** What the others sent to this peer alone. */
  readonly messages: {
    readonly received: number;
    readonly drops: Readonly<Partial<Record<LetterDropReason, number>>>;
  };
}

/** Sees the peers of a service and is seen by them. Made by {@link discover}. */
export class Lobby<Info = unknown, Input = Info> extends Watcher<Info> {
  /**
   * What the others send to this peer. Messages of those that are not on the list, and with a secret or an identity
   * those that are not proven to be theirs, are dropped. Completes on close.
   */
  readonly messages$: Observable<PeerMessage<Info>>;
  readonly #messages = new Subject<PeerMessage<Info>>();
  readonly #id: string;
  readonly #goodbyeOnExit: boolean;
  readonly #check: InfoCheck<Info>;
  readonly #letters: Letters;
  readonly #recordBytesMax: number;
  readonly #publicKey: string | undefined;
  #record: PeerRecord;
  #me: Peer<Info>;
  #received = 0;
  readonly #drops: Partial<Record<LetterDropReason, number>> = {};
  #subscription: Subscription | undefined;

  constructor(parts: LobbyParts<Info>) {
    super(parts);
    this.#id = parts.id;
    this.#check = parts.check;
    const { protection } = parts.security;
    this.#letters = parts.security.lettersOf(peerKeyOf(parts.id));
    this.#recordBytesMax = recordBytesMax(protection);
    this.#publicKey = protection.publicKey && formatPublicKey(protection.publicKey);
    this.#record = parts.record;
    this.#goodbyeOnExit = parts.goodbyeOnExit;
    this.#me = this.#snapshot(parts.record);
    this.messages$ = this.#messages.asObservable();
  }

  override async start(): Promise<void> {
    if (this.#goodbyeOnExit) process.once('exit', this.#onExit);
    const starting = super.start();
    const listening = this.switchboard.subscribe(
      slotOf(this.#id),
      (datagram) => this.#receive(datagram),
      // Letters that prove themselves are told from copies by what they prove: a forged frame hides none of them.
      this.#letters.proven
        ? { copies: true }
        : { accepts: (datagram) => this.#isCredible(datagram) },
    );
    [this.#subscription] = await Promise.all([listening, starting]);
  }

  /** Oneself, as the others see one; of addresses, only they know. */
  get me(): Peer<Info> {
    return this.#me;
  }

  /**
   * Replaces the info and tells the others at once.
   *
   * Rejects with `ERROR_INVALID_PARAMETER` if it does not fit the schema, or has more than 1 000 bytes as JSON, or with an
   * `identity` more than are left beside the name; it then stays as it was.
   */
  async update(info: Input): Promise<void> {
    const { session } = this;
    const record = { ...this.#record, info };
    this.#me = this.#snapshot(record);
    this.#record = record;
    session.feed({ type: 'update', record });
  }

  /**
   * Sends a message to one of the peers, at most once and unconfirmed. Resolves once it is handed to the network.
   *
   * Rejects with `ERROR_BAD_NETPATH` if the peer is not on the list, or the message larger than the network carries;
   * with `ERROR_OPERATION_ABORTED` on the signal.
   */
  async send(
    to: Peer | string,
    data: string | Uint8Array,
    { signal }: CallOptions = {},
  ): Promise<void> {
    throwIfAborted(signal, 'Sending to a peer');
    const id = typeof to === 'string' ? to : to.id;
    const source = this.bestPathTo(id);
    if (source === undefined) {
      throw new MailslotError('ERROR_BAD_NETPATH', `The peer ${id} is not here, or no longer.`);
    }
    const outlet = this.switchboard.reply(source, slotOf(id));
    try {
      const body = typeof data === 'string' ? utf8Bytes(data) : data;
      const letter = this.#letters.write(peerKeyOf(id), body);
      await untilAborted(
        Promise.resolve(outlet.write(letter, { anonymous: true })),
        signal,
        'Sending to a peer',
      );
    } finally {
      outlet.close();
    }
  }

  override stats(): LobbyStats {
    const messages = { received: this.#received, drops: { ...this.#drops } };
    return { ...super.stats(), messages };
  }

  protected override async end(): Promise<void> {
    process.off('exit', this.#onExit);
    await super.end();
    await this.#subscription?.close();
    this.#messages.complete();
  }

  /**
   * Anyone can write any id: an open letter counts only from a host where that peer was heard. A bridge may bring it first
   * from elsewhere, and then the copy by the usual way is the one that counts.
   */
  #isCredible({ data, source }: Datagram): boolean {
    const from = this.#senderOf(data);
    const paths = from === undefined ? [] : this.session.pathsOf(from.id);
    const isCredible = paths.some((path) => isSameHost(path, source));
    if (!isCredible) this.#drop('stranger');
    return isCredible;
  }

  #receive({ data }: Datagram): void {
    const from = this.#senderOf(data);
    if (from === undefined) return this.#drop('stranger');
    const body = this.#letters.read(
      data,
      from.key === undefined ? undefined : parsePublicKey(from.key),
    );
    if (typeof body === 'string') return this.#drop(body);
    this.#received++;
    this.#messages.next({ from, data: body, text: () => new TextDecoder().decode(body) });
  }

  /** The peer that a letter says it is from. */
  #senderOf(letter: Uint8Array): Peer<Info> | undefined {
    const key = this.#letters.senderOf(letter);
    return key === undefined ? undefined : this.peer(peerIdOf(key));
  }

  #drop(reason: LetterDropReason): void {
    this.#drops[reason] = (this.#drops[reason] ?? 0) + 1;
  }

  /** Oneself with that record. Throws, and changes nothing, if it does not fit the schema or a datagram. */
  #snapshot(record: PeerRecord): Peer<Info> {
    const checked = this.#check(record.info);
    if (checked.issues !== undefined) throw misfit('Your', checked.issues);
    encodeRecord(record, this.#recordBytesMax);
    return Object.freeze({
      id: this.#id,
      name: record.name,
      port: record.endpoints[0]?.port,
      info: checked.value,
      addresses: [],
      interfaces: [],
      ...(this.#publicKey !== undefined && { key: this.#publicKey }),
    });
  }

  /** What is sent while the process exits still leaves: the system takes a datagram at once or not at all. */
  readonly #onExit = (): void => this.sayGoodbye();
}

function isSameHost(a: Source, b: Source): boolean {
  if (a.id === b.id) return true;
  const host = hostOf(a);
  return a.transport === b.transport && host !== undefined && host === hostOf(b);
}

function hostOf({ host, address }: Source): string | undefined {
  return host ?? address;
}

/** The mailslot of one peer. */
function slotOf(id: string): SlotPath {
  return slotPath(`MPP\\${id}`);
}
