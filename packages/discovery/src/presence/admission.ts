/**
 * Who is heard at all: decided before a datagram is proven or its record is read, so that a flood costs little, and in
 * lanes, so that it takes nothing from those who are known.
 *
 * | who speaks                                | its own bucket          | shared with          |
 * | ----------------------------------------- | ----------------------- | -------------------- |
 * | a vouched or proven peer at its place     | 4000/s                  | nobody               |
 * | a source of an open question of ours      | as many as we asked for | nobody               |
 * | a listed stranger at its place            | 10/s                    | all listed strangers |
 * | anybody else, whose host has spoken before | by its host            | all of these         |
 * | anybody else                              | by its host             | all of these         |
 *
 * Whoever takes a new address for each datagram is alone in the last lane. Whoever forges every address of a subnet uses
 * up their buckets, and a newcomer at another address gets through. Against new addresses used twice each, as IPv6 has
 * them without end, no bucket helps: everybody else gets as large a part of the lane as it is of the traffic. But a
 * newcomer speaks ten times in its first two seconds, to many who each hear it by chance, and has a lane above as soon
 * as it is heard.
 */

import type { Source } from '@mailslot/core/internal';

import type { Peer } from './peer.ts';
import { hostOf, limitsOf } from './source-limits.ts';
import { type Rate, takeToken, TokenBucket, TokenBuckets } from './token-bucket.ts';

/**
 * Datagrams in the name and from the place of a peer that is known. By itself it sends a hundred, or a thousand pages.
 * Whoever forges its address can send many more, and each one that is refused may be its own: so there is room for most
 * of what a flood can be, for 3 % of a core, or 4 % with a secret.
 */
export const RESIDENT_RATE: Rate = { perSecond: 4000, burst: 4000 };

/** Datagrams of a listed stranger: copies of its first seconds, then beats; and questions and answers when a host goes. */
export const STRANGER_RATE: Rate = { perSecond: 100, burst: 200 };

/** Datagrams of all listed strangers: a thousand that start at once. A flood of them takes 3 % of a core. */
export const LISTED_STRANGERS_RATE: Rate = { perSecond: 4000, burst: 10_000 };

/** Datagrams of all others: with those below 5 % of a core. The burst lets two thousand peers of one host begin at once. */
export const UNKNOWN_RATE: Rate = { perSecond: 1500, burst: 4000 };

/** Datagrams of hosts that have not spoken before. The burst lets two thousand of them begin at once. */
export const UNKNOWN_HOSTS_RATE: Rate = { perSecond: 500, burst: 2000 };

/** Signatures of peers that are not proven: at 0.1 ms each, 5 % of a core. */
export const SIGNATURE_RATE: Rate = { perSecond: 500, burst: 500 };

/** Hosts remembered, at least: those of a large subnet, or of half a second of a flood from new ones. 2 MB at most. */
export const HOSTS_MAX = 8192;

/** Sources that we have put a question to, at most; far more than are ever asked at a time. */
export const EXPECTED_SOURCES_MAX = 64;

/** How long an answer is expected. */
export const EXPECTED_MS = 2000;

export class Admission {
  readonly #hosts = new TokenBuckets(HOSTS_MAX);
  readonly #unknown = new TokenBucket(UNKNOWN_RATE);
  readonly #unknownHosts = new TokenBucket(UNKNOWN_HOSTS_RATE);
  readonly #listedStrangers = new TokenBucket(LISTED_STRANGERS_RATE);
  readonly #signatures = new TokenBucket(SIGNATURE_RATE);
  /** By source, the one asked least recently first. */
  readonly #expected = new Map<string, { datagrams: number; readonly until: number }>();

  /** May a datagram be read that came from there, in the name of `peer` if that is listed? */
  admit(source: Source, peer: Peer | undefined, now: number): boolean {
    // Nobody is impersonated at a place where it was never heard, unless it was heard nowhere.
    const isKnown = peer !== undefined && (peer.path === undefined || peer.isAt(source));
    if (isKnown && peer.standing !== 'stranger') return admitOne(peer, RESIDENT_RATE, now);
    if (this.#isExpected(source, now)) return true;
    return isKnown ? this.#admitStranger(peer, now) : this.#admitUnknown(source, now);
  }

  /** We have asked there, and let so many datagrams of the answer through whatever else comes. */
  expect(source: Source, datagrams: number, now: number): void {
    this.#expected.delete(source.id);
    this.#expected.set(source.id, { datagrams, until: now + EXPECTED_MS });
    if (this.#expected.size <= EXPECTED_SOURCES_MAX) return;
    const [oldest] = this.#expected.keys();
    this.#expected.delete(oldest!);
  }

  /** May the signature of a peer that is not proven be checked? */
  admitSignature(now: number): boolean {
    return this.#signatures.take(now);
  }

  #isExpected({ id }: Source, now: number): boolean {
    if (this.#expected.size === 0) return false;
    const answer = this.#expected.get(id);
    if (answer === undefined) return false;
    if (answer.datagrams > 0 && now <= answer.until) {
      answer.datagrams--;
      return true;
    }
    this.#expected.delete(id);
    return false;
  }

  // The own bucket is asked first, so that whoever has used it up takes nothing from the common one.

  #admitStranger(peer: Peer, now: number): boolean {
    return admitOne(peer, STRANGER_RATE, now) && this.#listedStrangers.take(now);
  }

  #admitUnknown(source: Source, now: number): boolean {
    const host = hostOf(source);
    const shared = this.#hosts.has(host) ? this.#unknown : this.#unknownHosts;
    return this.#hosts.take(host, limitsOf(source).datagrams, now) && shared.take(now);
  }
}

/** A peer holds the state of its bucket in whole ticks, small integers for a week; every rate above is a whole number. */
const TICKS_PER_MS = 4;

/** Takes a token from a peer's own bucket. */
function admitOne(peer: Peer, rate: Rate, now: number): boolean {
  const fullAt = takeToken(peer.fullAt / TICKS_PER_MS, rate, now);
  if (fullAt === undefined) return false;
  peer.fullAt = Math.round(fullAt * TICKS_PER_MS);
  return true;
}
