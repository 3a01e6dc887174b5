/**
 * The stations that get by unicast what goes to everyone: the last rung of the ladder, for networks where neither
 * multicast nor broadcast arrives. It begins with a seed. Whoever cannot hear it says hello, and shows by a cookie that
 * it is where it claims to be; both write to each other from then on, and the one that was asked tells of the others it
 * knows, to whom the newcomer says hello in turn. So one seed is enough to learn all.
 *
 * Pure: it is told what arrives and what time it is, and hands out bytes.
 */

import { createHmac } from 'node:crypto';

import type { Random } from '../../random.ts';
import type { Endpoint } from './options.ts';
import {
  decodeSeeding,
  encodeSeeding,
  NO_COOKIE,
  PLACES_MAX,
  type SeedingMessage,
  TOKEN_BYTES,
} from './seeding.ts';
import type { UdpSource } from './sources.ts';

/** Stations that asked us to write to them. Each costs one more copy of every group message. */
export const CORRESPONDENTS_MAX = 64;

/** Of them, those of one address: the processes of one computer. Nobody takes all the room. */
export const CORRESPONDENTS_HOST_MAX = 16;

/** Places that seeds and correspondents told of, and that we say hello to. */
export const TOLD_MAX = 64;

/** How often we say hello again, so that the other keeps writing; and how long it does without. */
export const RENEW_MS = 5_000;
export const CORRESPONDENT_MS = 20_000;

/** A hello that was not answered is said again after this time. */
const RETRY_MS = 1_000;

/** A place that was told of and does not answer for so long is forgotten. */
const TOLD_MS = 30_000;

/** Whoever was heard by multicast or broadcast within this time need not write to us besides. */
const HEARD_MS = 10_000;

/** Whom we say hello to. */
interface Sought {
  /** Where it was said to be. */
  readonly place: UdpSource;
  /** Named by the user, so never forgotten. */
  readonly isSeed: boolean;
  /** Ours, by which its answers are known wherever they come from. */
  readonly token: Uint8Array;
  readonly since: number;
  /** Where its answers come from: a seed is named by the port that all share, and answers from its own. */
  at: UdpSource;
  cookie: Uint8Array;
  askedAt: number;
  answeredAt: number;
}

export interface CorrespondentsOptions {
  readonly random: Random;
  readonly send: (to: UdpSource, payload: Uint8Array) => void;
  /** The source at a place: the one that was heard there, or a new one. */
  readonly sourceAt: (endpoint: Endpoint) => UdpSource;
  /** What to tell the station at `to` of a source; undefined if it means nothing there. */
  readonly placeOf: (source: UdpSource, to: UdpSource) => Uint8Array | undefined;
  /** Where a place is that was told by another; undefined if we may not write there. */
  readonly locate: (place: Uint8Array, toldBy: UdpSource) => UdpSource | undefined;
  /** Everybody who was heard. */
  readonly sources: Iterable<UdpSource>;
}

export class Correspondents {
  readonly #options: CorrespondentsOptions;
  readonly #secret: Uint8Array;
  readonly #seeds: readonly Endpoint[];
  /** By token. */
  readonly #sought = new Map<string, Sought>();
  /** By the id of their source, until when. */
  readonly #until = new Map<string, { readonly source: UdpSource; until: number }>();
  /** Where the next list of places begins, so that a long one is told in turn. */
  #turn = 0;
  #targets: readonly UdpSource[] | undefined;

  constructor(seeds: readonly Endpoint[], options: CorrespondentsOptions) {
    this.#options = options;
    this.#seeds = seeds;
    this.#secret = options.random.bytes(32);
  }

  /** Who gets a copy of each group message. The same array until something changes. */
  get targets(): readonly UdpSource[] {
    this.#targets ??= Array.from(this.#until.values(), ({ source }) => source);
    return this.#targets;
  }

  /** Says hello where it is due. To be called now and then, and when the interfaces changed. */
  tick(now: number): void {
    if (this.#sought.size === 0) this.#seekSeeds(now);
    for (const [id, { until }] of this.#until) if (until <= now) this.#forget(id);
    for (const [token, sought] of this.#sought) {
      const silentMs = now - sought.answeredAt;
      if (!sought.isSeed && Math.min(silentMs, now - sought.since) > TOLD_MS) {
        this.#sought.delete(token);
        continue;
      }
      if (this.#hears(sought.at, now)) continue;
      const answers = silentMs <= 2 * RENEW_MS;
      if (now - sought.askedAt < (answers ? RENEW_MS : RETRY_MS)) continue;
      if (!answers) this.#beginAnew(sought);
      this.#greet(sought, now);
    }
  }

  /** Takes a message to the seeding slot. Throws only a `DecodeError`. */
  receive(source: UdpSource, payload: Uint8Array, now: number): void {
    const message = decodeSeeding(payload);
    if (message === undefined) return;
    if (message.type === 'hello') return this.#welcome(source, message, now);
    const sought = this.#sought.get(keyOf(message.token));
    // Whoever was not asked tells nothing.
    if (sought === undefined) return;
    sought.at = source;
    if (message.type === 'cookie') {
      sought.cookie = message.cookie;
      return this.#greet(sought, now);
    }
    sought.answeredAt = now;
    this.#keep(source, now);
    for (const place of message.places) this.#learn(place, source, now);
  }

  #welcome(source: UdpSource, hello: SeedingMessage & { type: 'hello' }, now: number): void {
    const { token } = hello;
    const cookie = this.#cookieFor(source);
    if (keyOf(cookie) !== keyOf(hello.cookie)) {
      // As long as the hello: a forged one draws no more than it cost.
      return this.#say(source, { type: 'cookie', token, cookie });
    }
    if (this.#keep(source, now)) {
      this.#say(source, { type: 'places', token, places: this.#placesFor(source, now) });
    }
  }

  /** False if there is no room. */
  #keep(source: UdpSource, now: number): boolean {
    const until = now + CORRESPONDENT_MS;
    const kept = this.#until.get(source.id);
    if (kept !== undefined) {
      kept.until = until;
      return true;
    }
    const { address } = source;
    const beside = this.targets.filter((other) => other.address === address).length;
    if (this.#until.size >= CORRESPONDENTS_MAX || beside >= CORRESPONDENTS_HOST_MAX) return false;
    this.#until.set(source.id, { source, until });
    this.#targets = undefined;
    return true;
  }

  #forget(id: string): void {
    this.#until.delete(id);
    this.#targets = undefined;
  }

  #seekSeeds(now: number): void {
    for (const seed of this.#seeds) this.#seek(this.#options.sourceAt(seed), true, now);
  }

  #learn(place: Uint8Array, toldBy: UdpSource, now: number): void {
    const source = this.#options.locate(place, toldBy);
    if (source === undefined || this.#hears(source, now)) return;
    const all = [...this.#sought.values()];
    if (all.some(({ at, place }) => at.id === source.id || place.id === source.id)) return;
    if (all.filter(({ isSeed }) => !isSeed).length >= TOLD_MAX) return;
    this.#greet(this.#seek(source, false, now), now);
  }

  #seek(place: UdpSource, isSeed: boolean, now: number): Sought {
    const token = this.#options.random.bytes(TOKEN_BYTES);
    const silent = { cookie: NO_COOKIE, askedAt: -Infinity, answeredAt: -Infinity };
    const sought: Sought = { place, isSeed, token, since: now, at: place, ...silent };
    this.#sought.set(keyOf(token), sought);
    return sought;
  }

  /** It may have another port since it was started again. */
  #beginAnew(sought: Sought): void {
    sought.at = sought.place;
    sought.cookie = NO_COOKIE;
  }

  #greet(sought: Sought, now: number): void {
    sought.askedAt = now;
    const { token, cookie } = sought;
    this.#say(sought.at, { type: 'hello', token, cookie });
  }

  #say(to: UdpSource, message: SeedingMessage): void {
    this.#options.send(to, encodeSeeding(message));
  }

  /** Others that write to us, and those that were heard on their own links, but for whoever asks. */
  #placesFor(to: UdpSource, now: number): Uint8Array[] {
    const heard = [...this.#options.sources].filter(
      (source) => isNear(source) && this.#hears(source, now),
    );
    const known = new Map([...this.targets, ...heard].map((source) => [source.id, source]));
    known.delete(to.id);
    const all = [...known.values()];
    const first = this.#turn % Math.max(1, all.length);
    this.#turn += PLACES_MAX;
    return [...all.slice(first), ...all.slice(0, first)]
      .map((source) => this.#options.placeOf(source, to))
      .filter((place) => place !== undefined)
      .slice(0, PLACES_MAX);
  }

  /** Whether what a station says to everyone reaches us without a copy of our own. */
  #hears(source: UdpSource, now: number): boolean {
    return now - this.#options.sourceAt(source).toAllAt <= HEARD_MS;
  }

  #cookieFor({ id }: UdpSource): Uint8Array {
    return createHmac('sha256', this.#secret).update(id).digest().subarray(0, TOKEN_BYTES);
  }
}

function isNear({ trust }: UdpSource): boolean {
  return trust === 'on-link' || trust === 'loopback';
}

function keyOf(token: Uint8Array): string {
  return Buffer.from(token).toString('hex');
}
