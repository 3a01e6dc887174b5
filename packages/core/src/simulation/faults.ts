/** What goes wrong on a simulated network, in the words of Linux' netem: loss, latency, jitter, duplication. */

import { MailslotError } from '../errors.ts';

/** Outages that come and go by chance: the model of Gilbert and Elliott, in continuous time. */
export interface Bursts {
  /** How long an outage lasts on average, in milliseconds, at least 0.001; how long each does is exponentially distributed. */
  readonly meanMs: number;
  /** The share of time that is outage, from 0 to 0.99. */
  readonly share: number;
  /** The share of datagrams that an outage loses, from 0 to 1. Default 1. */
  readonly loss?: number;
}

/** What can be set, and changed while the simulation runs. */
export interface Faults {
  /** How long a datagram takes, in milliseconds. */
  readonly latencyMs?: number;
  /** Up to this much is added, evenly drawn for each receiver. More than the gap between two datagrams reorders them. */
  readonly jitterMs?: number;
  /** The share of datagrams that each receiver misses, from 0 to 1, each independent of all others. */
  readonly loss?: number;
  /** Losses in a row: each receiver has outages of its own. `undefined` ends them. */
  readonly bursts?: Bursts | undefined;
  /** The share that each receiver gets twice, from 0 to 1. */
  readonly duplication?: number;
}

export const NO_FAULTS: Required<Faults> = {
  latencyMs: 0,
  jitterMs: 0,
  loss: 0,
  bursts: undefined,
  duplication: 0,
};

/** A microsecond: what is shorter, no datagram tells from independent loss. */
const MEAN_MS_MIN = 0.001;

/** An outage that never ends is a loss of 1, or an unplugged host. */
const SHARE_MAX = 0.99;

/** Faults with some of them changed. Throws `ERROR_INVALID_PARAMETER` for what no network can do. */
export function changeFaults(faults: Required<Faults>, changes: Faults): Required<Faults> {
  const changed = { ...faults, ...changes };
  const { latencyMs, jitterMs, loss, bursts, duplication } = changed;
  check('latencyMs', latencyMs, 0, Number.MAX_VALUE);
  check('jitterMs', jitterMs, 0, Number.MAX_VALUE);
  check('loss', loss, 0, 1);
  check('duplication', duplication, 0, 1);
  if (bursts !== undefined) {
    check('bursts.meanMs', bursts.meanMs, MEAN_MS_MIN, Number.MAX_VALUE);
    check('bursts.share', bursts.share, 0, SHARE_MAX);
    check('bursts.loss', bursts.loss ?? 1, 0, 1);
  }
  return bursts?.share === 0 ? { ...changed, bursts: undefined } : changed;
}

/** Throws `ERROR_INVALID_PARAMETER` for a value out of its range. */
export function check(what: string, value: number, least: number, most: number): void {
  if (value >= least && value <= most) return;
  throw new MailslotError(
    'ERROR_INVALID_PARAMETER',
    `${what} lies between ${least} and ${most}; it was ${value}.`,
  );
}
