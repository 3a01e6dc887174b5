/**
 * How long silence is borne before somebody asks, and how often is asked before a peer is given up. Pure maths, from the
 * share of datagrams that is lost.
 */

import { BEAT_JITTER } from './interval.ts';

/** Peers whose task it is to ask after a given one first. Four, so that two may die with it and one may be deaf. */
export const WATCHERS = 4;

/** A watcher asks without need once in so many beats. */
const WATCHER_BEATS_PER_FALSE_ALARM = 40;

/** Any of the others does so once in so many beats of the whole group. */
const FALLBACK_BEATS_PER_FALSE_ALARM = 100;

/** Missed beats after which a watcher asks, and the others do. */
const WATCHER_BEATS_MAX = 6;
const FALLBACK_BEATS_MIN = 2;
const FALLBACK_BEATS_MAX = 10;

/** The chance to give up a peer that lives, once it is suspected: one in so many. */
const SUSPICIONS_PER_FALSE_DOWN = 1e14;

/** Rounds of questions: four in any case, since an outage of half a second is no loss of single datagrams. */
const ROUNDS_MIN = 4;
export const ROUNDS_MAX = 14;

/** Beats that may be missed in a row before a watcher asks. */
export function watcherBeats(loss: number): number {
  const beats = Math.ceil(Math.log(WATCHER_BEATS_PER_FALSE_ALARM) / Math.log(1 / loss));
  return Math.min(Math.max(1, beats), WATCHER_BEATS_MAX);
}

/** Beats that may be missed in a row before any of `peers` asks. */
export function fallbackBeats(loss: number, peers: number): number {
  const rare = Math.log(FALLBACK_BEATS_PER_FALSE_ALARM * Math.max(1, peers));
  const beats = Math.ceil(rare / Math.log(1 / loss)) + 1;
  return Math.min(Math.max(FALLBACK_BEATS_MIN, beats), FALLBACK_BEATS_MAX);
}

/** Rounds, each a question and an answer sent twice, that a living peer leaves unanswered once in 10¹⁴ suspicions. */
export function roundsNeeded(loss: number): number {
  const roundFails = 1 - (1 - loss * loss) ** 2;
  const rounds = Math.ceil(Math.log(SUSPICIONS_PER_FALSE_DOWN) / Math.log(1 / roundFails));
  return Math.min(Math.max(ROUNDS_MIN, rounds), ROUNDS_MAX);
}

/**
 * How long a peer may be silent if it may miss so many beats. The longer of its own interval and ours counts: when the
 * group grows, the beat that says so may be the one we missed.
 */
export function patienceMs(
  beats: number,
  subjectMs: number,
  ownMs: number,
  graceMs: number,
): number {
  return beats * (1 + BEAT_JITTER) * Math.max(subjectMs, ownMs) + graceMs;
}
