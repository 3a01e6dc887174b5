/** Our own half of presence: what this peer says of itself, and when. Pure: it is told the time and hands out bytes. */

import { MailslotError, type Random } from '@mailslot/core';
import { type Agenda, uniform } from '@mailslot/core/internal';

import {
  BYE_OFFSETS_MS,
  COPY_JITTER,
  COPY_OFFSETS_MS,
  FULL_BEAT_SHARE,
  TRIGGERED_SPACING_MS,
  WANT_OFFSETS_MS,
} from './constants.ts';
import { beatDelayMs, intervalCodeOf } from './interval.ts';
import { encodeMessage, FLAG, TYPE } from './message.ts';
import type { PeerKey } from './peer-id.ts';
import { encodeRecord, type PeerRecord } from './record.ts';
import { isNewer, SEQUENCE_JUMP_MAX } from './sequence-window.ts';
import { type Task, TaskTable } from './task-table.ts';

export interface AnnouncerOptions {
  readonly id: PeerKey;
  readonly realm: number;
  /** Undefined for an observer, who asks but is never listed. */
  readonly record: PeerRecord | undefined;
  readonly random: Random;
  readonly agenda: Agenda<Task>;
  /** Sends to everybody. */
  readonly multicast: (bytes: Uint8Array) => void;
  /** The interval that suits the group as it is now. */
  readonly intervalMs: () => number;
}

const EMPTY = new Uint8Array();

/** The kinds of task below: the beat, one announcement, its copies, one question, one goodbye. */
const TASKS_MAX = 4 + COPY_OFFSETS_MS.length;

export class Announcer {
  readonly #options: AnnouncerOptions;
  readonly #tasks: TaskTable;
  #body: Uint8Array | undefined;
  #revision = 0;
  #sequence = 0;
  /** The last number that went to everybody: what others hold, unless they missed it. */
  #multicastSequence = 0;
  /** The interval that the next beat was drawn from: announcing a shorter one would make others give us up. */
  #intervalMs: number;
  #announcedAt = -Infinity;
  /** Has anybody answered since we joined, and has the last question brought somebody new? */
  #answered = false;
  #fruitful = false;

  constructor(options: AnnouncerOptions) {
    this.#options = options;
    this.#tasks = new TaskTable(options.agenda, TASKS_MAX);
    this.#body = options.record && encodeRecord(options.record);
    this.#intervalMs = options.intervalMs();
  }

  get isObserver(): boolean {
    return this.#body === undefined;
  }

  /** Introduces us to everybody, asks who they are, and begins to beat. Also after the network was away. */
  join(now: number): void {
    this.#answered = false;
    this.#fruitful = false;
    this.#multicastFull(FLAG.WANT, now);
    this.#scheduleWant(now, 0);
    if (!this.isObserver) this.#scheduleBeat(now);
  }

  /** Somebody's record has come. `fruitful`: it was news, so others may have missed the question, and few will answer. */
  answered(fruitful: boolean): void {
    this.#answered = true;
    this.#fruitful ||= fruitful;
  }

  /** Replaces the record. Throws a {@link MailslotError}, and changes nothing, if it is too large. */
  update(record: PeerRecord, now: number): void {
    if (this.isObserver) {
      throw new MailslotError('ERROR_NOT_SUPPORTED', 'A watcher is not listed and has no record.');
    }
    this.#body = encodeRecord(record);
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
  refute(sequence: number, now: number): void {
    const jump = (sequence - this.#multicastSequence) >>> 0;
    if (this.isForeign(sequence) && jump <= SEQUENCE_JUMP_MAX) this.#sequence = sequence;
    this.announceSoon(now);
  }

  /** Announces in full at once, or as soon as the spacing of such announcements allows. */
  announceSoon(now: number): void {
    if (this.isObserver || this.#tasks.has('announce')) return;
    const at = Math.max(now, this.#announcedAt + TRIGGERED_SPACING_MS);
    this.#tasks.schedule('announce', at, (now) => this.#multicastFull(0, now));
  }

  /** Says goodbye, several times, then calls `done`. */
  leave(now: number, done: () => void): void {
    this.#tasks.clear();
    if (this.isObserver) done();
    else this.#bye(now, 0, done);
  }

  /** All that we say of ourselves: for an observer, that it is one. */
  announcement(flags: number = 0): Uint8Array {
    const own = this.isObserver ? FLAG.OBSERVER : FLAG.FULL;
    return this.#message(TYPE.ANNOUNCE, own | flags);
  }

  /** A question to one other peer. As small as can be, since whoever forges an address decides where it goes. */
  question(): Uint8Array {
    const own = this.isObserver ? FLAG.OBSERVER : 0;
    return this.#message(TYPE.ANNOUNCE, own | FLAG.WANT);
  }

  #multicastFull(flags: number, now: number): void {
    this.#announcedAt = now;
    this.#multicast(this.announcement(flags));
    if (this.isObserver) return;
    for (const offsetMs of COPY_OFFSETS_MS) {
      const delayMs = offsetMs * uniform(this.#options.random, 1 - COPY_JITTER, 1 + COPY_JITTER);
      this.#tasks.schedule(`copy ${offsetMs}`, now + delayMs, () =>
        this.#multicast(this.announcement()),
      );
    }
  }

  #scheduleWant(joinedAt: number, repeat: number): void {
    const offsetMs = WANT_OFFSETS_MS[repeat];
    if (offsetMs === undefined) return;
    this.#tasks.schedule('want', joinedAt + offsetMs, () => {
      // The first repeat is for those who missed the question, however many others have answered.
      if (repeat > 0 && this.#answered && !this.#fruitful) return;
      this.#fruitful = false;
      this.#multicast(this.announcement(FLAG.WANT));
      this.#scheduleWant(joinedAt, repeat + 1);
    });
  }

  #scheduleBeat(now: number): void {
    this.#intervalMs = this.#options.intervalMs();
    const delayMs = beatDelayMs(this.#intervalMs, this.#options.random);
    this.#tasks.schedule('beat', now + delayMs, (now) => this.#beat(now));
  }

  #beat(now: number): void {
    const full = this.#options.random.next() < FULL_BEAT_SHARE;
    // Scheduled first: the beat announces the interval that the next one follows at.
    this.#scheduleBeat(now);
    this.#multicast(full ? this.announcement() : this.#message(TYPE.ANNOUNCE, 0));
  }

  #bye(leftAt: number, copy: number, done: () => void): void {
    this.#multicast(this.#message(TYPE.BYE, 0));
    const offsetMs = BYE_OFFSETS_MS[copy + 1];
    if (offsetMs === undefined) return done();
    this.#tasks.schedule('bye', leftAt + offsetMs, () => this.#bye(leftAt, copy + 1, done));
  }

  #multicast(bytes: Uint8Array): void {
    this.#multicastSequence = this.#sequence;
    this.#options.multicast(bytes);
  }

  /** The next datagram of ours: each has a number of its own. */
  #message(type: number, flags: number): Uint8Array {
    this.#sequence = (this.#sequence + 1) >>> 0;
    return encodeMessage({
      type,
      flags,
      intervalCode: intervalCodeOf(this.#intervalMs),
      realm: this.#options.realm,
      id: this.#options.id,
      sequence: this.#sequence,
      revision: this.#revision,
      body: (flags & FLAG.FULL) !== 0 ? this.#body! : EMPTY,
      trailer: EMPTY,
    });
  }
}
