/**
 * How long things may take: the formulas of docs/presence.md, written down a second time. What the machines compute is
 * not asked, or a mistake there would excuse itself here.
 */

import { presets, type Tuning } from '@mailslot/discovery/internal';

/** What a beat takes on the wire at most on average: its share of a full one, and of all that is not a beat. */
const BEAT_BYTES_MAX = 320;

const BEAT_SHARE = 0.9;

/** Beyond this an interval is no longer for the sake of few wakeups. */
const RESTFUL_S_MAX = 8;

const JITTER = 1.25;

/** Announced intervals are rounded up to the next of eight steps in each doubling. */
const ROUNDING = 2 ** (1 / 8);

/** Of rounds: the spread of questions in each, and what is waited when one ends late. */
const ROUND_SPREAD_MS = 100;
const ROUNDS_MIN = 4;
const ROUNDS_MAX = 14;

/** Beats that may be missed in a row before a peer is asked after. */
const BEATS_MAX = 10;

/** What the loss may be taken for after trouble. */
const TROUBLED_LOSS = 0.3;

/** For so long whoever hears nobody at all doubts itself. */
const STANDSTILL_MS = 10_000;

/** Ticks, answers under way, a clock that is slow by 0.05 %. */
const MARGIN_MS = 1500;

/** The longest interval in a group of so many. */
export function intervalMsMax(peers: number, given: Partial<Tuning>): number {
  const tuning = { ...presets.lan(), ...given };
  const fairMs = (peers * BEAT_BYTES_MAX * 8 * 1000) / (BEAT_SHARE * tuning.budgetBitsPerSecond);
  const restfulMs = Math.min(peers ** 2 / tuning.wakeupsPerSecond, RESTFUL_S_MAX) * 1000;
  return Math.max(tuning.intervalMsMin, fairMs, restfulMs) * ROUNDING;
}

/** From the first question after a peer to the verdict. */
function roundsMs(loss: number, given: Partial<Tuning>): number {
  const { roundMs } = { ...presets.lan(), ...given };
  const believed = estimated(loss);
  const fails = 1 - (1 - believed ** 2) ** 2;
  const rounds = Math.ceil(Math.log(1e14) / -Math.log(fails));
  return clamp(rounds, ROUNDS_MIN, ROUNDS_MAX) * (roundMs + ROUND_SPREAD_MS);
}

/**
 * How long a peer that has gone may be listed, wherever nothing else is wrong. Whoever was troubled before may take the
 * loss for much more than it is, and be as patient as it ever is.
 */
export function ghostMs(peers: number, loss: number, given: Partial<Tuning>): number {
  const { graceMs } = { ...presets.lan(), ...given };
  const silentMs = BEATS_MAX * JITTER * intervalMsMax(peers, given) + graceMs;
  return silentMs + roundsMs(Math.max(loss, TROUBLED_LOSS), given) + STANDSTILL_MS + MARGIN_MS;
}

/** How long lists may differ after the last trouble: a ghost's time, and then a comparison of lists. */
export function convergenceMs(peers: number, loss: number, given: Partial<Tuning>): number {
  return Math.max(20_000, ghostMs(peers, loss, given));
}

/** How soon after trouble a peer is safe: what began before it is over, and its beats have come again. */
export function recoveryMs(peers: number, loss: number, given: Partial<Tuning>): number {
  return (
    roundsMs(Math.max(loss, TROUBLED_LOSS), given) + 2 * intervalMsMax(peers, given) + MARGIN_MS
  );
}

/** What members may take the loss for. */
function estimated(loss: number): number {
  return Math.min(0.5, loss * 1.5 + 0.02);
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(Math.max(least, value), most);
}
