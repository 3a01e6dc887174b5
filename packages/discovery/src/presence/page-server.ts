/**
 * Answers whoever asks for the list. Pure: it is told the time, plans on an agenda and hands out bodies of messages.
 *
 * It holds no state of a puller but the pages that are about to be sent to it. What it can be made to send is bounded:
 * to a place that may be forged, to each place, and in all.
 */

import { createHmac, timingSafeEqual } from 'node:crypto';

import type { Random } from '@mailslot/core';
import type { Agenda, Source } from '@mailslot/core/internal';

import { sameBuckets } from './digest.ts';
import type { Listing } from './listing.ts';
import {
  COOKIE_BYTES,
  decodePull,
  encodeEntry,
  encodePage,
  PAGE_OVERHEAD_BYTES,
  type PageEntry,
  type Pull,
} from './page.ts';
import { paginate, type Sheet } from './paginate.ts';
import type { PeerKey } from './peer-id.ts';
import { type Task, TaskTable } from './task-table.ts';
import { type Rate, TokenBucket, TokenBuckets } from './token-bucket.ts';

/** Pages in one answer: a socket buffer of default size on Linux holds 92 datagrams of 1 200 bytes. */
export const ANSWER_PAGES_MAX = 32;

/** Every answer in progress has its turn once in this time … */
const TURN_MS = 1;

/** … and sends as many pages: 20 Mbit/s, which a receiver on Wi-Fi can take. */
const PAGES_PER_TURN = 2;

/** All pages of this server, 10 Mbit/s; at once as many as two answers have. */
export const PAGES: Rate = { perSecond: 1000, burst: 64 };

/** Answers in progress: at 1 000 pages a second each still gets a page in less than a puller's patience of 20 ms. */
export const ANSWERS_MAX = 16;

/** Of those, answers to places that may be forged. They are short; the others must not wait for them. */
export const UNPROVEN_ANSWERS_MAX = 4;

/** PULLs of one host: 10 000 peers take 50 of them within two seconds if a fifth of all datagrams is lost. */
export const PULLS: Rate = { perSecond: 5, burst: 64 };

/** Hosts whose PULLs are counted, the latest. */
const HOSTS_MAX = 1024;

/** To a place that has not shown its cookie no more goes than this many times what came from there, as in QUIC. */
export const AMPLIFICATION_MAX = 3;

const SECRET_BYTES = 32;

const NONE: ReadonlySet<number> = new Set();

export interface PageServerOptions {
  readonly listing: Listing;
  /** What to say to somebody of a peer that is listed; undefined for nothing. */
  readonly entry: (key: PeerKey, to: Source, now: number) => PageEntry | undefined;
  /** What the body of a message may have at most. */
  readonly bodyBytesMax: number;
  readonly agenda: Agenda<Task>;
  readonly random: Random;
  /** Sends a PAGE with that body. */
  readonly send: (to: Source, body: Uint8Array, now: number) => void;
}

/** Pages on their way to one place. */
interface Answer {
  readonly to: Source;
  readonly proven: boolean;
  readonly cookie: Uint8Array;
  /** The next one last. */
  readonly sheets: Sheet[];
}

export class PageServer {
  readonly #options: PageServerOptions;
  readonly #pages = new TokenBucket(PAGES);
  /** By host. */
  readonly #provenPulls = new TokenBuckets(HOSTS_MAX);
  readonly #unprovenPulls = new TokenBuckets(HOSTS_MAX);
  /** By place; whose turn it is next comes first. */
  readonly #answers = new Map<string, Answer>();
  readonly #turns: TaskTable;
  /** Drawn when it is needed first. */
  #secret: Uint8Array | undefined;

  constructor(options: PageServerOptions) {
    this.#options = options;
    this.#turns = new TaskTable(options.agenda, 1);
  }

  /**
   * Answers the PULL of a place, instead of an earlier one. False if its host asks too often or is beyond the link.
   * Throws a `DecodeError` for a malformed body.
   */
  answer(body: Uint8Array, from: Source, now: number): boolean {
    if (from.trust === 'routed') return false;
    const pull = decodePull(body);
    const cookie = this.#cookieFor(from);
    const proven = pull.cookie !== undefined && timingSafeEqual(pull.cookie, cookie);
    if (!this.#mayAsk(from, proven, now)) return false;
    this.#answers.delete(from.id);
    const worth = Math.floor((AMPLIFICATION_MAX * body.length) / this.#options.bodyBytesMax);
    const pagesMax = proven ? ANSWER_PAGES_MAX : worth;
    const sheets = this.#hasTimeFor(proven) ? this.#sheets(pull, from, pagesMax, now) : [];
    if (sheets.length === 0) {
      this.#options.send(from, encodePage({ cookie, range: undefined }), now);
    } else {
      this.#answers.set(from.id, { to: from, proven, cookie, sheets: sheets.toReversed() });
      if (!this.#turns.has('turn')) this.#turn(now);
    }
    return true;
  }

  /** Sends nothing more. */
  stop(): void {
    this.#turns.clear();
    this.#answers.clear();
  }

  /** Whoever forges an address uses up nothing that is granted to those who are there. */
  #mayAsk({ trust, address, id }: Source, proven: boolean, now: number): boolean {
    if (!proven && this.#answers.get(id)?.proven === true) return false;
    // Nothing leaves this computer.
    if (trust === 'local' || trust === 'loopback') return true;
    const pulls = proven ? this.#provenPulls : this.#unprovenPulls;
    return pulls.take(address ?? id, PULLS, now);
  }

  #hasTimeFor(proven: boolean): boolean {
    if (proven) return this.#answers.size < ANSWERS_MAX;
    const unproven = Array.from(this.#answers.values()).filter((answer) => !answer.proven);
    return unproven.length < UNPROVEN_ANSWERS_MAX && this.#answers.size < ANSWERS_MAX;
  }

  #sheets({ ranges, fingerprints }: Pull, to: Source, pagesMax: number, now: number): Sheet[] {
    const { listing, bodyBytesMax } = this.#options;
    const pageBytesMax = bodyBytesMax - PAGE_OVERHEAD_BYTES;
    const leftOut = fingerprints ? sameBuckets(listing.fingerprints, fingerprints) : NONE;
    const entry = (key: PeerKey): Uint8Array | undefined => {
      const told = this.#options.entry(key, to, now);
      return told && encodeEntry(told, pageBytesMax);
    };
    return paginate({ listing, ranges, leftOut, entry, pageBytesMax, pagesMax });
  }

  /** Every answer has its turn, as long as there are pages to give. */
  #turn(now: number): void {
    for (const [place, answer] of Array.from(this.#answers)) {
      for (let page = 0; page < PAGES_PER_TURN && answer.sheets.length > 0; page++) {
        if (!this.#pages.take(now)) break;
        this.#sendPage(answer, now);
        // Whoever got something stands at the end of the queue.
        this.#answers.delete(place);
        if (answer.sheets.length > 0) this.#answers.set(place, answer);
      }
    }
    if (this.#answers.size > 0) {
      this.#turns.schedule('turn', now + TURN_MS, (now) => this.#turn(now));
    }
  }

  #sendPage({ to, cookie, sheets }: Answer, now: number): void {
    const { range, entries } = sheets.pop()!;
    const { digest } = this.#options.listing;
    const pagesToCome = sheets.length;
    this.#options.send(to, encodePage({ cookie, range, pagesToCome, digest, entries }), now);
  }

  /** What only this server can make, and only whoever is at the place can read. */
  #cookieFor({ id }: Source): Uint8Array {
    this.#secret ??= this.#options.random.bytes(SECRET_BYTES);
    return createHmac('sha256', this.#secret).update(id).digest().subarray(0, COOKIE_BYTES);
  }
}
