/** One machine on its own, and others that say what a test makes them say. */

import { ByteWriter, type Source } from '@mailslot/core/internal';
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
import { type Digest, DIGEST_BYTES, writeDigest } from '../../src/presence/digest.ts';
import { Listing } from '../../src/presence/listing.ts';
import { COOKIE_BYTES, encodeEntry, encodePage, type PageEntry } from '../../src/presence/page.ts';
import { EVERYWHERE } from '../../src/presence/position.ts';
import { encodeProbe } from '../../src/presence/probe.ts';
import { encodeRecord, type PeerRecord } from '../../src/presence/record.ts';
import { TLV } from '../../src/presence/tlv.ts';
import { REALM } from './presence-net.ts';
import { sourceAt } from './sources.ts';

const EMPTY = new Uint8Array();

export const ANN: PeerRecord = { name: 'Ann', endpoints: [{ port: 4711 }], info: { seats: 4 } };

/** What a machine sent, decoded. */
export interface Sent {
  readonly type: 'multicast' | 'unicast' | 'knock';
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
      if (!('bytes' in effect)) return [];
      const to = effect.type === 'multicast' ? undefined : effect.to;
      const { type, at, bytes } = effect;
      return [{ type, at, to, message: decodeMessage(bytes) }];
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
    groupCount: 1,
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
  groupCount = 0;
  revision = 0;
  intervalCode = 16;
  record: PeerRecord;
  /** Of its list, if it has one to tell of. */
  digest: Digest | undefined;

  constructor(name: string, source: Source = sourceAt(`${name}:1`)) {
    const seed = Array.from(name).reduce((sum, character) => sum * 31 + character.charCodeAt(0), 7);
    this.id = drawPeerId(seededRandom(seed));
    this.key = peerKeyOf(this.id);
    this.record = { name, endpoints: [], info: undefined };
    this.source = source;
  }

  full(flags = 0): Uint8Array {
    const body = new ByteWriter().bytes(encodeRecord(this.record)).bytes(digestValue(this.digest));
    return this.message({ flags: FLAG.FULL | flags, body: body.finish() });
  }

  beat(flags = 0): Uint8Array {
    return this.message({ flags });
  }

  bye(): Uint8Array {
    return this.message({ type: TYPE.BYE });
  }

  /** A question to all whether a peer lives that it has heard up to that number. */
  probe(key: PeerKey, lastSequence: number, round = 1): Uint8Array {
    return this.message({ type: TYPE.PROBE, body: encodeProbe({ key, lastSequence, round }) });
  }

  /** An answer to a PULL: the whole of a list, whose digest is the one that it tells of. */
  page(...entries: PageEntry[]): Uint8Array {
    const body = encodePage({
      cookie: new Uint8Array(COOKIE_BYTES),
      range: EVERYWHERE,
      pagesToCome: 0,
      digest: this.digest!,
      entries: entries.map((entry) => encodeEntry(entry)),
    });
    return this.message({ type: TYPE.PAGE, flags: FLAG.DIRECT | FLAG.SETTLED, body });
  }

  /** What others say of it in their pages. */
  entry(parts: Partial<PageEntry> = {}): PageEntry {
    const { key, sequence, revision, intervalCode, record } = this;
    const known = { key, sequence, revision, intervalCode, record };
    return { ...known, flags: 0, ageMs: 0, place: undefined, signed: undefined, ...parts };
  }

  /** Its next message, with parts of our choice; to all, unless the flags say otherwise. */
  message(parts: Partial<Message>): Uint8Array {
    this.sequence = (this.sequence + 1) >>> 0;
    if (((parts.flags ?? 0) & FLAG.DIRECT) === 0) this.groupCount = (this.groupCount + 1) & 0xffff;
    const { key: id, sequence, revision, intervalCode, groupCount } = this;
    return messageWith({ id, sequence, revision, intervalCode, groupCount, ...parts });
  }

  /** So many of its next datagrams to all are lost. */
  lose(datagrams: number): void {
    this.sequence = (this.sequence + datagrams) >>> 0;
    this.groupCount = (this.groupCount + datagrams) & 0xffff;
  }
}

/** The digest of a list of these, in the revisions they have. */
export function digestOf(
  ...listed: { readonly key: PeerKey; readonly revision?: number }[]
): Digest {
  const listing = new Listing();
  for (const { key, revision = 0 } of listed) listing.set(key, revision);
  return listing.digest;
}

function digestValue(digest: Digest | undefined): Uint8Array {
  if (digest === undefined) return EMPTY;
  const writer = new ByteWriter().uint8(TLV.DIGEST).uint8(DIGEST_BYTES);
  writeDigest(writer, digest);
  return writer.finish();
}

/** Solo has heard this peer once. */
export function acquainted(solo: Solo, name = 'Bob'): Other {
  const other = new Other(name);
  solo.hear(other.full(), other.source);
  solo.take();
  return other;
}

/** Solo has heard these peers for as long as it takes to know them. */
export function familiar(solo: Solo, ...names: string[]): Other[] {
  const others = names.map((name) => new Other(name));
  // No pause is so long that it would seem strange, and the listener deaf.
  for (let beat = 0; beat < 6; beat++) {
    if (beat > 0) solo.wait(240);
    for (const other of others) solo.hear(other.full(), other.source);
  }
  solo.take();
  return others;
}

/** A familiar group of so many, that will be silent for long by what they announced last. */
export function crowd(solo: Solo, count: number): Other[] {
  const others = familiar(solo, ...Array.from({ length: count }, (_, at) => `peer ${at}`));
  for (const other of others) {
    other.intervalCode = 80; // 128 s
    solo.hear(other.beat(), other.source);
  }
  return others;
}
