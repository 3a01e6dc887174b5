/** Our own half of presence: what this peer says of itself, and when. Pure: it is told the time and hands out bytes. */

import { MailslotError, type Random } from '@mailslot/core';
import { type Agenda, ByteWriter, uniform } from '@mailslot/core/internal';

import { backoffMs } from './backoff.ts';
import {
  ALONE_MS,
  BYE_OFFSETS_MS,
  COPY_JITTER,
  COPY_OFFSETS_MS,
  FULL_BEAT_SHARE,
  GROUP_ANSWER_MS,
  LOSSLESS_WANT_OFFSETS_MS,
  PROBE_ANSWER_DELAY_MS,
  PROBE_ANSWER_OFFSET_MS,
  PROBE_ANSWER_SPACING_MS,
  TRIGGERED_SPACING_MS,
  WANT_OFFSETS_MS,
} from './constants.ts';
import { beatDelayFactor, intervalCodeOf } from './interval.ts';
import { FLAG, type Message, TYPE } from './message.ts';
import type { PageEntry } from './page.ts';
import type { PeerKey } from './peer-id.ts';
import type { Protection } from './protection.ts';
import { encodeRecord, type PeerRecord, recordBytesMax } from './record.ts';
import { isNewer, SEQUENCE_JUMP_MAX } from './sequence-window.ts';
import { type Task, TaskTable } from './task-table.ts';
import { TLV, writeTlv } from './tlv.ts';

export interface AnnouncerOptions {
  readonly id: PeerKey;
  readonly realm: number;
  /** Undefined for an observer, who asks but is never listed. */
  readonly record: PeerRecord | undefined;
  readonly protection: Protection;
  /** Nothing that we say is lost, so nothing is said twice. */
  readonly lossless: boolean;
  readonly random: Random;
  readonly agenda: Agenda<Task>;
  /** Sends to everybody. */
  readonly multicast: (bytes: Uint8Array) => void;
  /** The interval that suits the group as it is now. */
  readonly intervalMs: () => number;
  /** Somebody is giving us the whole list just now. */
  readonly isServed: () => boolean;
  /** What a full announcement adds to the record: a digest of our list. */
  readonly digest: () => Uint8Array;
}

const EMPTY = new Uint8Array();

/** The kinds of task below: beat, announcement, its copies and repeated questions, settling, two kinds of answer, goodbye. */
const TASKS_MAX = 6 + COPY_OFFSETS_MS.length + WANT_OFFSETS_MS.length;

export class Announcer {
  readonly #options: AnnouncerOptions;
  readonly #tasks: TaskTable;
  /** What full announcements carry beside record and digest. */
  readonly #publicKey: Uint8Array;
  #said: PeerRecord | undefined;
  #record: Uint8Array | undefined;
  /** Our last full announcement, where they are signed. */
  #signed: Uint8Array | undefined;
  #revision = 0;
  #sequence = 0;
  /** The last number that went to everybody: what others hold, unless they missed it. */
  #multicastSequence = 0;
  /** Modulo 2¹⁶: datagrams to everybody. */
  #groupCount = 0;
  /** The interval that the next beat was drawn from: announcing a shorter one would make others give us up. */
  #intervalMs: number;
  #beatAt = 0;
  #beatFactor = 1;
  #lastBeatAt = 0;
  #announcedAt = -Infinity;
  #probeAnsweredAt = -Infinity;
  /** Do we hold the whole list, as far as we know? */
  #settled = false;

  constructor(options: AnnouncerOptions) {
    this.#options = options;
    this.#tasks = new TaskTable(options.agenda, TASKS_MAX);
    this.#publicKey = publicKeyValue(options.protection);
    this.#said = options.record;
    this.#record = options.record && this.#encode(options.record);
    this.#intervalMs = options.intervalMs();
  }

  get isObserver(): boolean {
    return this.#record === undefined;
  }

  get revision(): number {
    return this.#revision;
  }

  get sequence(): number {
    return this.#sequence;
  }

  get intervalMs(): number {
    return this.#intervalMs;
  }

  get settled(): boolean {
    return this.#settled;
  }

  /** Introduces us to everybody, asks who they are, and begins to beat. Also after the network was away. */
  join(now: number): void {
    this.#settled = false;
    this.#announceInFull(now);
    const offsets = this.#options.lossless ? LOSSLESS_WANT_OFFSETS_MS : WANT_OFFSETS_MS;
    for (const offsetMs of offsets) {
      this.#tasks.schedule(`want ${offsetMs}`, now + offsetMs, () => this.#askAgain());
    }
    this.#tasks.schedule('settle', now + ALONE_MS, () => this.settle());
    if (!this.isObserver) this.#scheduleBeat(now);
  }

  /** We hold the whole list: nobody need be asked any more. */
  settle(): void {
    this.#settled = true;
  }

  /** Replaces the record. Throws a {@link MailslotError}, and changes nothing, if it is too large. */
  update(record: PeerRecord, now: number): void {
    if (this.isObserver) {
      throw new MailslotError('ERROR_NOT_SUPPORTED', 'A watcher is not listed and has no record.');
    }
    this.#record = this.#encode(record);
    this.#said = record;
    this.#revision = (this.#revision + 1) & 0xffff;
    this.announceSoon(now);
  }

  /** Is this number one that we have not used yet? Then somebody else speaks in our name. */
  isForeign(sequence: number): boolean {
    return isNewer(sequence, this.#sequence);
  }

  /**
   * Somebody else spoke in our name: shows that we live, and outruns their number unless it is too far ahead. It may be
   * that nobody but us has heard it: jump by half the circle, and all that we say is old to the others.
   */
  refute({ sequence, flags, revision }: Message, now: number): void {
    // Whoever believed that record is to see that ours is another one.
    if ((flags & FLAG.FULL) !== 0) this.#revision = (revision + 1) & 0xffff;
    this.#outrun(sequence);
    this.announceSoon(now);
  }

  /** Somebody asks whether we live, and has heard of us up to that number: says so twice. */
  answerProbe(lastSequence: number, now: number): void {
    if (this.isObserver || now - this.#probeAnsweredAt < PROBE_ANSWER_SPACING_MS) return;
    this.#probeAnsweredAt = now;
    this.#outrun(lastSequence);
    const firstAt = now + uniform(this.#options.random, 0, PROBE_ANSWER_DELAY_MS);
    const answer = (): void => this.#multicast(this.#message(TYPE.ANNOUNCE, 0, EMPTY, true));
    this.#tasks.schedule('probe', firstAt, (now) => {
      answer();
      this.#tasks.schedule('probe', now + PROBE_ANSWER_OFFSET_MS, answer);
    });
  }

  /** A newcomer asks a large group: one of those that hold the whole list shows itself. */
  answerGroup(peers: number, now: number): void {
    if (this.isObserver || !this.#settled || this.#tasks.has('group')) return;
    const at = now + backoffMs(GROUP_ANSWER_MS, peers, this.#options.random);
    this.#tasks.schedule('group', at, () => this.#multicast(this.announcement()));
  }

  /** Another has shown itself. */
  groupAnswered(): void {
    this.#tasks.cancel('group');
  }

  /** Announces in full at once, or as soon as the spacing of such announcements allows. */
  announceSoon(now: number): void {
    if (this.isObserver || this.#tasks.has('announce')) return;
    const at = Math.max(now, this.#announcedAt + TRIGGERED_SPACING_MS);
    this.#tasks.schedule('announce', at, (now) => this.#announceInFull(now));
  }

  /** The group has shrunk: beats more often from now on, in proportion (RFC 3550 section 6.3.4). */
  hurry(now: number): void {
    const intervalMs = this.#options.intervalMs();
    if (intervalMs >= this.#intervalMs || !this.#tasks.has('beat')) return;
    const share = intervalMs / this.#intervalMs;
    this.#intervalMs = intervalMs;
    this.#lastBeatAt = now - (now - this.#lastBeatAt) * share;
    this.#planBeat(now + (this.#beatAt - now) * share);
  }

  /** Says goodbye, several times, then calls `done`. */
  leave(now: number, done: () => void): void {
    this.#tasks.clear();
    if (this.isObserver) done();
    else this.#bye(now, 0, done);
  }

  /** All that we say of ourselves, to one other peer or to all: for an observer, that it is one. */
  announcement(flags: number = 0, toAll: boolean = true): Uint8Array {
    if (this.isObserver) return this.#message(TYPE.ANNOUNCE, FLAG.OBSERVER | flags, EMPTY, toAll);
    const bytes = this.#message(TYPE.ANNOUNCE, FLAG.FULL | flags, this.#fullBody(), toAll);
    if (this.#publicKey.length > 0) this.#signed = bytes;
    return bytes;
  }

  /** A beat to one other peer; with WANT a question. As small as can be: who forges an address decides where it goes. */
  beat(flags: number = 0): Uint8Array {
    const own = this.isObserver ? FLAG.OBSERVER : 0;
    return this.#message(TYPE.ANNOUNCE, own | flags, EMPTY, false);
  }

  /** What we tell of ourselves among others, or nothing if we are not to be listed. */
  entry(): PageEntry | undefined {
    if (this.#said === undefined) return undefined;
    return {
      key: this.#options.id,
      sequence: this.#sequence,
      revision: this.#revision,
      intervalCode: intervalCodeOf(this.#intervalMs),
      flags: 0,
      ageMs: 0,
      place: undefined,
      record: this.#publicKey.length === 0 ? this.#said : undefined,
      signed: this.#signed,
    };
  }

  /** A message of another type, to one other peer unless `toAll`. */
  message(type: number, body: Uint8Array, toAll: boolean): Uint8Array {
    return this.#message(type, this.isObserver ? FLAG.OBSERVER : 0, body, toAll);
  }

  #encode(record: PeerRecord): Uint8Array {
    return encodeRecord(record, recordBytesMax(this.#options.protection));
  }

  #fullBody(): Uint8Array {
    return new ByteWriter()
      .bytes(this.#record!)
      .bytes(this.#publicKey)
      .bytes(this.#options.digest())
      .finish();
  }

  #outrun(sequence: number): void {
    const jump = (sequence - this.#multicastSequence) >>> 0;
    if (this.isForeign(sequence) && jump <= SEQUENCE_JUMP_MAX) this.#sequence = sequence;
  }

  #announceInFull(now: number): void {
    this.#announcedAt = now;
    this.#multicast(this.#introduction());
    if (this.#options.lossless) return;
    for (const offsetMs of COPY_OFFSETS_MS) {
      const delayMs = offsetMs * uniform(this.#options.random, 1 - COPY_JITTER, 1 + COPY_JITTER);
      this.#tasks.schedule(`copy ${offsetMs}`, now + delayMs, () => {
        if (this.isObserver) this.#askAgain();
        else this.#multicast(this.#introduction());
      });
    }
  }

  #askAgain(): void {
    // Where nothing is lost, a question that somebody answers need not be repeated.
    if (this.#settled || (this.#options.lossless && this.#options.isServed())) return;
    this.#multicast(this.#introduction());
  }

  /** Who we are and, until we hold the whole list, the question who the others are. */
  #introduction(): Uint8Array {
    return this.announcement(this.#settled ? 0 : FLAG.WANT);
  }

  #scheduleBeat(now: number): void {
    this.#intervalMs = this.#options.intervalMs();
    this.#beatFactor = beatDelayFactor(this.#options.random);
    this.#lastBeatAt = now;
    this.#planBeat(now + this.#intervalMs * this.#beatFactor);
  }

  #planBeat(at: number): void {
    this.#beatAt = at;
    this.#tasks.schedule('beat', at, (now) => this.#beat(now));
  }

  #beat(now: number): void {
    // The group may have grown since this beat was planned: then it waits (RFC 3550 section 6.3.6).
    this.#intervalMs = this.#options.intervalMs();
    const at = this.#lastBeatAt + this.#intervalMs * this.#beatFactor;
    if (at > now) return this.#planBeat(at);
    const full = this.#options.random.next() < FULL_BEAT_SHARE;
    // Scheduled first: the beat announces the interval that the next one follows at.
    this.#scheduleBeat(now);
    this.#multicast(full ? this.announcement() : this.#message(TYPE.ANNOUNCE, 0, EMPTY, true));
  }

  #bye(leftAt: number, copy: number, done: () => void): void {
    this.#multicast(this.#message(TYPE.BYE, 0, EMPTY, true));
    const offsetMs = BYE_OFFSETS_MS[copy + 1];
    if (offsetMs === undefined || this.#options.lossless) return done();
    this.#tasks.schedule('bye', leftAt + offsetMs, () => this.#bye(leftAt, copy + 1, done));
  }

  #multicast(bytes: Uint8Array): void {
    this.#multicastSequence = this.#sequence;
    this.#options.multicast(bytes);
  }

  /** The next datagram of ours: each has a number of its own. */
  #message(type: number, flags: number, body: Uint8Array, toAll: boolean): Uint8Array {
    const { protection, realm, id } = this.#options;
    this.#sequence = (this.#sequence + 1) >>> 0;
    if (toAll) this.#groupCount = (this.#groupCount + 1) & 0xffff;
    return protection.seal({
      type,
      flags: flags | (this.#settled ? FLAG.SETTLED : 0) | (toAll ? 0 : FLAG.DIRECT),
      intervalCode: intervalCodeOf(this.#intervalMs),
      realm,
      id,
      sequence: this.#sequence,
      revision: this.#revision,
      groupCount: this.#groupCount,
      body,
    });
  }
}

function publicKeyValue({ publicKey }: Protection): Uint8Array {
  const writer = new ByteWriter();
  if (publicKey !== undefined) writeTlv(writer, TLV.PUBKEY, publicKey);
  return writer.finish();
}
