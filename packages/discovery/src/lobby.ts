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

import type { Peer, PeerMessage } from './peer.ts';
import {
  PEER_ID_BYTES,
  peerIdOf,
  peerKeyOf,
  readPeerKey,
  writePeerKey,
} from './presence/peer-id.ts';
import { encodeRecord, type PeerRecord } from './presence/record.ts';
import { type InfoCheck, misfit } from './schema.ts';
import { Watcher, type WatcherParts } from './watcher.ts';

/** What a lobby is made of besides. */
export interface LobbyParts<Info> extends WatcherParts<Info> {
  readonly id: string;
  readonly record: PeerRecord;
  readonly goodbyeOnExit: boolean;
}

/** Sees the peers of a service and is seen by them. Made by {@link discover}. */
export class Lobby<Info = unknown, Input = Info> extends Watcher<Info> {
  /** What the others send to this peer. Messages of those that are not on the list are dropped. Completes on close. */
  readonly messages$: Observable<PeerMessage<Info>>;
  readonly #messages = new Subject<PeerMessage<Info>>();
  readonly #id: string;
  readonly #goodbyeOnExit: boolean;
  readonly #check: InfoCheck<Info>;
  #record: PeerRecord;
  #me: Peer<Info>;
  #subscription: Subscription | undefined;

  constructor(parts: LobbyParts<Info>) {
    super(parts);
    this.#id = parts.id;
    this.#check = parts.check;
    this.#record = parts.record;
    this.#goodbyeOnExit = parts.goodbyeOnExit;
    this.#me = this.#snapshot(parts.record);
    this.messages$ = this.#messages.asObservable();
  }

  override async start(): Promise<void> {
    if (this.#goodbyeOnExit) process.once('exit', this.#onExit);
    const starting = super.start();
    const listening = this.switchboard.subscribe(slotOf(this.#id), (datagram) =>
      this.#receive(datagram),
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
   * Rejects with `ERROR_INVALID_PARAMETER` if it does not fit the schema or has more than 1 000 bytes as JSON; it then
   * stays as it was.
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
    const [source] = this.session.pathsOf(id);
    if (source === undefined) {
      throw new MailslotError('ERROR_BAD_NETPATH', `The peer ${id} is not here, or no longer.`);
    }
    const outlet = this.switchboard.reply(source, slotOf(id));
    try {
      const body = typeof data === 'string' ? utf8Bytes(data) : data;
      const message = new Uint8Array(PEER_ID_BYTES + body.length);
      writePeerKey(peerKeyOf(this.#id), message, 0);
      message.set(body, PEER_ID_BYTES);
      await untilAborted(
        Promise.resolve(outlet.write(message, { anonymous: true })),
        signal,
        'Sending to a peer',
      );
    } finally {
      outlet.close();
    }
  }

  protected override async end(): Promise<void> {
    process.off('exit', this.#onExit);
    await super.end();
    await this.#subscription?.close();
    this.#messages.complete();
  }

  #receive({ data, source }: Datagram): void {
    const key = data.length >= PEER_ID_BYTES ? readPeerKey(data, 0) : undefined;
    const from = key === undefined ? undefined : this.peer(peerIdOf(key));
    // Anyone can write any id: it counts only from a host where that peer was heard.
    const known = from && this.session.pathsOf(from.id).some((path) => isSameHost(path, source));
    if (!known) return;
    const body = data.subarray(PEER_ID_BYTES);
    this.#messages.next({ from, data: body, text: () => new TextDecoder().decode(body) });
  }

  /** Oneself with that record. Throws, and changes nothing, if it does not fit the schema or a datagram. */
  #snapshot(record: PeerRecord): Peer<Info> {
    const checked = this.#check(record.info);
    if (checked.issues !== undefined) throw misfit('Your', checked.issues);
    encodeRecord(record);
    return Object.freeze({
      id: this.#id,
      name: record.name,
      port: record.endpoints[0]?.port,
      info: checked.value,
      addresses: [],
    });
  }

  /** What is sent while the process exits still leaves: the system takes a datagram at once or not at all. */
  readonly #onExit = (): void => this.sayGoodbye();
}

function isSameHost(a: Source, b: Source): boolean {
  return a.id === b.id || (a.transport === b.transport && a.address === b.address);
}

/** The mailslot of one peer. */
function slotOf(id: string): SlotPath {
  return slotPath(`MPP\\${id}`);
}
