/** One machine on its own, and others that say what a test makes them say. */

import type { Source } from '@mailslot/core/internal';
import { seededRandom, VirtualClock } from '@mailslot/core/testing';

import {
  type PresenceEffect,
  PresenceMachine,
  type PresenceOptions,
} from '../../src/presence/machine.ts';
import {
  decodeMessage,
  encodeMessage,
  FLAG,
  type Message,
  TYPE,
} from '../../src/presence/message.ts';
import { drawPeerId, type PeerKey, peerKeyOf } from '../../src/presence/peer-id.ts';
import { encodeRecord, type PeerRecord } from '../../src/presence/record.ts';
import { REALM } from './presence-net.ts';
import { sourceAt } from './sources.ts';

const EMPTY = new Uint8Array();

export const ANN: PeerRecord = { name: 'Ann', endpoints: [{ port: 4711 }], info: { seats: 4 } };

/** What a machine sent, decoded. */
export interface Sent {
  readonly at: number;
  readonly to: Source | undefined;
  readonly message: Message;
}

export class Solo {
  readonly clock = new VirtualClock();
  readonly machine: PresenceMachine;
  readonly key: PeerKey;
  /** Everything it wanted done since the last {@link take}. */
  readonly #effects: (PresenceEffect & { readonly at: number })[] = [];

  constructor(options: Partial<PresenceOptions> = {}) {
    const random = seededRandom(1);
    const id = drawPeerId(random);
    this.key = peerKeyOf(id);
    this.machine = new PresenceMachine({ id, realm: REALM, record: ANN, random, ...options });
  }

  /** One that has started, and has been there for a while with nobody else. */
  static settled(options: Partial<PresenceOptions> = {}): Solo {
    const solo = new Solo(options);
    solo.feed({ type: 'start' });
    solo.wait(10_000);
    solo.take();
    return solo;
  }

  get now(): number {
    return this.clock.now();
  }

  feed(input: Parameters<PresenceMachine['step']>[0]): void {
    const at = this.now;
    for (const effect of this.machine.step(input, at)) this.#effects.push({ ...effect, at });
  }

  hear(bytes: Uint8Array, source: Source): void {
    this.feed({ type: 'datagram', bytes, source });
  }

  /** Lets time pass, waking the machine whenever it wants to be. */
  wait(ms: number): void {
    const until = this.now + ms;
    while (this.machine.nextWakeAt <= until) {
      this.clock.advance(Math.max(0, this.machine.nextWakeAt - this.now));
      this.feed({ type: 'wake' });
    }
    this.clock.advance(until - this.now);
  }

  /** What it wanted done since it was last asked. */
  take(): (PresenceEffect & { readonly at: number })[] {
    return this.#effects.splice(0);
  }

  /** What of that was sent; the rest is forgotten. */
  takeSent(): Sent[] {
    return this.take().flatMap((effect) => {
      if (effect.type !== 'multicast' && effect.type !== 'unicast') return [];
      const to = effect.type === 'unicast' ? effect.to : undefined;
      return [{ at: effect.at, to, message: decodeMessage(effect.bytes) }];
    });
  }

  /** What of that was news of peers, as words such as `up Bob` or `down Bob: goodbye`; the rest is forgotten. */
  takeNews(): string[] {
    return this.take().flatMap((effect) => {
      if (!('peer' in effect)) return [];
      const reason = effect.type === 'down' ? `: ${effect.reason}` : '';
      return [`${effect.type} ${effect.peer.record.name}${reason}`];
    });
  }

  get names(): string[] {
    return this.machine.peers.map((peer) => peer.record.name).toSorted();
  }
}

/** A beat in our realm, but for the parts given. */
export function messageWith(parts: Partial<Message>): Uint8Array {
  return encodeMessage({
    type: TYPE.ANNOUNCE,
    flags: 0,
    intervalCode: 16,
    realm: REALM,
    id: '\0'.repeat(16),
    sequence: 1,
    revision: 0,
    body: EMPTY,
    trailer: EMPTY,
    ...parts,
  });
}

/** Another peer, as far as its datagrams go. */
export class Other {
  readonly key: PeerKey;
  readonly id: string;
  readonly source: Source;
  sequence = 0;
  revision = 0;
  intervalCode = 16;
  record: PeerRecord;

  constructor(name: string, source: Source = sourceAt(`${name}:1`)) {
    const seed = Array.from(name).reduce((sum, character) => sum * 31 + character.charCodeAt(0), 7);
    this.id = drawPeerId(seededRandom(seed));
    this.key = peerKeyOf(this.id);
    this.record = { name, endpoints: [], info: undefined };
    this.source = source;
  }

  full(flags = 0): Uint8Array {
    const body = encodeRecord(this.record);
    return this.#next({ type: TYPE.ANNOUNCE, flags: FLAG.FULL | flags, body });
  }

  beat(flags = 0): Uint8Array {
    return this.#next({ type: TYPE.ANNOUNCE, flags });
  }

  bye(): Uint8Array {
    return this.#next({ type: TYPE.BYE });
  }

  /** Its next message, with parts of our choice. */
  message(parts: Partial<Message>): Uint8Array {
    return this.#next(parts);
  }

  #next(parts: Partial<Message>): Uint8Array {
    this.sequence = (this.sequence + 1) >>> 0;
    const { key: id, sequence, revision, intervalCode } = this;
    return messageWith({ id, sequence, revision, intervalCode, ...parts });
  }
}

/** Solo knows this peer. */
export function acquainted(solo: Solo, name = 'Bob'): Other {
  const other = new Other(name);
  solo.hear(other.full(), other.source);
  solo.take();
  return other;
}
