/**
 * Keeps our list the same as everybody's. Full announcements bring a digest of their sender's list; where it differs from
 * ours, and stays so, we get the list from there. A newcomer does the same, at once.
 */

import type { Random } from '@mailslot/core';
import { type Agenda, ByteWriter, type Source, uniform } from '@mailslot/core/internal';

import type { Announcer } from './announcer.ts';
import { ANSWER_PEERS } from './constants.ts';
import { type Digest, DIGEST_BYTES, sameDigest, writeDigest } from './digest.ts';
import { Listing } from './listing.ts';
import {
  DATAGRAM_BYTES_MAX,
  decodeMessage,
  FLAG,
  HEADER_BYTES,
  type Message,
  TYPE,
} from './message.ts';
import { ENTRY_FLAG, type PageEntry } from './page.ts';
import { ANSWER_PAGES_MAX, PageServer } from './page-server.ts';
import type { PeerKey } from './peer-id.ts';
import type { Protection } from './protection.ts';
import { type Exhaustion, Puller } from './puller.ts';
import { decodeRecord, FRAME_BYTES, type PeerRecord } from './record.ts';
import { Peer, type Roster } from './roster.ts';
import { isNewer } from './sequence-window.ts';
import { type Task, TaskTable } from './task-table.ts';
import { TLV } from './tlv.ts';

/** Tells others where a third peer is, and understands what they tell. */
export interface Places {
  /** Undefined if that means nothing to whoever is at `to`. */
  placeOf(source: Source, to: Source): Uint8Array | undefined;
  sourceOf(place: Uint8Array, toldBy: Source): Source | undefined;
}

export const NO_PLACES: Places = { placeOf: () => undefined, sourceOf: () => undefined };

/** A peer that another one has told us of. */
export interface Adoptee {
  readonly peer: Peer;
  readonly intervalCode: number;
  /** The other one has not heard it for long itself. */
  readonly strange: boolean;
  /** How long ago the other one heard it. */
  readonly ageMs: number;
}

/** A newcomer waits this long for the first answers, and so much for each, before it asks for those that were lost. */
const ANSWERS_LATE_MS = 15;
const ANSWER_MS_PER_PEER = 0.4;

/** Peers that must differ from us one after the other: what they heard just now, we may hear at once. */
const DIFFERENT_PEERS = 3;

/** Least time between two reconciliations: this, or so much for each peer, since all may have to at a time. */
const RECONCILE_MS_MIN = 5000;
const RECONCILE_MS_PER_PEER = 50;

/** Many notice the same difference at the same time. */
const RECONCILE_SPREAD_MS = 1000;

/** A server that is busy is left alone for this long. */
const BUSY_PAUSE_MS = 100;

/** What somebody says of their list. */
export interface Told {
  readonly digest: Digest;
  readonly key: PeerKey;
  /** It holds the whole list, as far as it knows. */
  readonly settled: boolean;
  readonly source: Source;
}

/** The nearest place of a peer that whoever is at `to` can reach. */
function placeFor({ paths }: Peer, to: Source, places: Places): Uint8Array | undefined {
  for (const path of paths) {
    const place = places.placeOf(path, to);
    if (place !== undefined) return place;
  }
  return undefined;
}

export interface ReconciliationOptions {
  readonly self: PeerKey;
  readonly announcer: Announcer;
  readonly protection: Protection;
  readonly roster: Roster;
  readonly places: Places;
  readonly agenda: Agenda<Task>;
  readonly random: Random;
  readonly unicast: (to: Source, bytes: Uint8Array) => void;
  /** We have asked there for so many datagrams. */
  readonly expect: (source: Source, datagrams: number, now: number) => void;
  readonly adopt: (adoptee: Adoptee, now: number) => void;
  /** A listed peer has another record. */
  readonly onRecord: (peer: Peer) => void;
}

export class Reconciliation {
  readonly #options: ReconciliationOptions;
  readonly #listing = new Listing();
  readonly #server: PageServer;
  readonly #puller: Puller;
  readonly #tasks: TaskTable;
  /** Peers that differed from us, since one agreed. */
  readonly #different = new Set<PeerKey>();
  #told: Told | undefined;
  #nextAt = 0;

  constructor(options: ReconciliationOptions) {
    const { agenda, random, announcer, protection } = options;
    const bodyBytesMax = DATAGRAM_BYTES_MAX - FRAME_BYTES - HEADER_BYTES - protection.overheadBytes;
    const send = (type: number, to: Source, body: Uint8Array): void =>
      options.unicast(to, announcer.message(type, body, false));
    this.#options = options;
    this.#tasks = new TaskTable(agenda, 1);
    this.#server = new PageServer({
      listing: this.#listing,
      entry: (key, to, now) => this.#entryOf(key, to, now),
      bodyBytesMax,
      agenda,
      random,
      send: (to, body) => send(TYPE.PAGE, to, body),
    });
    this.#puller = new Puller({
      fingerprints: () => this.#listing.fingerprints,
      bodyBytesMax,
      agenda,
      send: (to, body, now) => {
        options.expect(to, ANSWER_PAGES_MAX, now);
        send(TYPE.PULL, to, body);
      },
      adopt: (entries, server, now) => this.#adopt(entries, server, now),
      done: () => announcer.settle(),
      exhausted: (why, server, now) => this.#goOnElsewhere(why, server, now),
    });
  }

  /** Lists a peer, or ourselves, with a revision of its record. */
  list(key: PeerKey, revision: number): void {
    this.#listing.set(key, revision);
  }

  unlist(key: PeerKey): void {
    this.#listing.delete(key);
  }

  /** Somebody is giving us a list just now. */
  get isServed(): boolean {
    return this.#puller.server !== undefined;
  }

  /** Who comes after a peer in the order of the list; undefined if nobody else is listed. */
  successor(key: PeerKey): PeerKey | undefined {
    return this.#listing.after(key);
  }

  /** The digest of our list, as full announcements carry it. */
  digest(): Uint8Array {
    const writer = new ByteWriter(DIGEST_BYTES + 2).uint8(TLV.DIGEST).uint8(DIGEST_BYTES);
    writeDigest(writer, this.#listing.digest);
    return writer.finish();
  }

  /** Somebody has told us the digest of their list. */
  compare(told: Told, now: number): void {
    const { announcer } = this.#options;
    if (sameDigest(told.digest, this.#listing.digest)) {
      this.#different.clear();
      this.#told = undefined;
      return announcer.settle();
    }
    // Whoever is new itself has nothing to give.
    if (!told.settled) return;
    this.#told = told;
    if (!announcer.settled) return this.#plan(this.#answersDueMs(told.digest), now);
    this.#different.add(told.key);
    if (this.#different.size < Math.min(DIFFERENT_PEERS, this.#options.roster.size)) return;
    if (now < this.#nextAt) return;
    const { random, roster } = this.#options;
    const pauseMs = Math.max(RECONCILE_MS_MIN, RECONCILE_MS_PER_PEER * roster.size);
    this.#nextAt = now + uniform(random, 0.5, 1.5) * pauseMs;
    this.#different.clear();
    this.#plan(uniform(random, 0, RECONCILE_SPREAD_MS), now);
  }

  /** Answers a PULL. False if too much is asked. */
  serve({ body }: Message, source: Source, now: number): boolean {
    return this.#server.answer(body, source, now);
  }

  /** Takes a PAGE. False if it was not asked for. */
  take({ body }: Message, source: Source, now: number): boolean {
    return this.#puller.receive(body, source, now);
  }

  /** When all who answer a newcomer will have done so. In a large group nobody does but those who show themselves. */
  #answersDueMs({ count }: Digest): number {
    return count > ANSWER_PEERS ? 0 : ANSWERS_LATE_MS + count * ANSWER_MS_PER_PEER;
  }

  #plan(delayMs: number, now: number): void {
    if (this.#tasks.has('pull') || this.#puller.server !== undefined) return;
    this.#tasks.schedule('pull', now + delayMs, (now) => {
      const told = this.#told;
      if (told === undefined || sameDigest(told.digest, this.#listing.digest)) return;
      const wanted = this.#options.announcer.settled ? 'differences' : 'everything';
      this.#puller.start(told.source, wanted, now);
    });
  }

  /** A server did not give us the whole list: perhaps somebody else who told us of theirs since does. */
  #goOnElsewhere(why: Exhaustion, server: Source, now: number): void {
    const told = this.#told;
    if (told === undefined || told.source.id === server.id) return;
    // If all are busy with many newcomers, it does not help to ask one after the other.
    if (why === 'busy') return this.#plan(BUSY_PAUSE_MS, now);
    const wanted = this.#options.announcer.settled ? 'differences' : 'everything';
    this.#puller.resume(told.source, wanted, now);
  }

  #entryOf(key: PeerKey, to: Source, now: number): PageEntry | undefined {
    const { self, announcer, roster, places, protection } = this.#options;
    if (key === self) return announcer.entry();
    const peer = roster.get(key);
    if (peer === undefined) return undefined;
    return {
      key,
      sequence: peer.newest,
      revision: peer.revision,
      intervalCode: peer.intervalCode,
      flags: peer.standing === 'stranger' ? ENTRY_FLAG.STRANGER : 0,
      ageMs: now - peer.heardAt - peer.heardLagMs,
      place: placeFor(peer, to, places),
      record: protection.mode === 3 ? undefined : peer.record,
      signed: peer.signed,
    };
  }

  #adopt(entries: readonly PageEntry[], server: Source, now: number): void {
    const { self, announcer, roster, places, adopt, onRecord } = this.#options;
    for (const entry of entries) {
      const { key, sequence, revision, intervalCode, flags, ageMs, place } = entry;
      const peer = roster.get(key);
      if (key === self || (peer !== undefined && revision === peer.revision)) continue;
      const described = this.#describe(entry);
      if (described === undefined) continue;
      if (peer === undefined) {
        const path = place && places.sourceOf(place, server);
        const adopted = new Peer(key, sequence, { record: described.record, revision }, path);
        adopted.publicKey = described.publicKey;
        adopted.signed = described.publicKey && entry.signed?.slice();
        // Who is there by the word of a stranger is one, too. A newcomer has to believe somebody.
        const unknown = announcer.settled && this.#isStranger(server);
        const strange = unknown || (flags & ENTRY_FLAG.STRANGER) !== 0;
        adopt({ peer: adopted, intervalCode, strange, ageMs }, now);
      } else if (isNewer(sequence, peer.newest)) {
        peer.record = described.record;
        peer.revision = revision;
        this.list(key, revision);
        onRecord(peer);
      }
    }
  }

  #isStranger(server: Source): boolean {
    const key = this.#told?.source.id === server.id ? this.#told.key : undefined;
    const peer = key === undefined ? undefined : this.#options.roster.get(key);
    return peer === undefined || peer.standing === 'stranger';
  }

  /** What an entry says of its peer. Where announcements are signed only what the peer itself has signed counts. */
  #describe(entry: PageEntry): { record: PeerRecord; publicKey?: Uint8Array } | undefined {
    const { protection } = this.#options;
    if (protection.mode !== 3) return entry.record && { record: entry.record };
    if (entry.signed === undefined) return undefined;
    const message = decodeMessage(entry.signed);
    const full = message.type === TYPE.ANNOUNCE && (message.flags & FLAG.FULL) !== 0;
    if (!full || message.id !== entry.key || message.revision !== entry.revision) return undefined;
    const proof = protection.open(message, entry.signed, undefined);
    if (proof?.signer === undefined) return undefined;
    return { record: decodeRecord(proof.body), publicKey: proof.signer };
  }
}
