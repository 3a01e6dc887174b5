/** What a user may set. All peers of a service should agree, and need not: each announces its own interval. */

import { MailslotError } from '@mailslot/core';

export interface Tuning {
  /**
   * The shortest interval between beats, in milliseconds, 250 to 60 000. Default 500: ten peers then take 28 of
   * 50 kbit/s, and a crash shows within 4 s. Shorter finds crashes sooner; longer is quieter in small groups.
   */
  readonly intervalMsMin: number;
  /**
   * What all peers of the service may send together on one segment, in bits per second, 10 000 to 10 000 000. Default
   * 50 000, which Wi-Fi multicast bears too. In a group that fills it, every time is in proportion to peers ÷ budget.
   */
  readonly budgetBitsPerSecond: number;
  /**
   * Beats a peer may miss before it is given up, 1 to 100. Default 5: at 5 % loss five in a row are missed once in
   * three million beats. Fewer finds crashes sooner and gives up living peers more often.
   */
  readonly missedBeatsMax: number;
  /**
   * Peers held at most, 1 to 1 000 000. Default 16 384, about 6 MiB without their records. Beyond it the one heard
   * least recently goes.
   */
  readonly peersMax: number;
}

export const DEFAULT_TUNING: Tuning = {
  intervalMsMin: 500,
  budgetBitsPerSecond: 50_000,
  missedBeatsMax: 5,
  peersMax: 16_384,
};

const RANGES: readonly (readonly [name: keyof Tuning, least: number, most: number])[] = [
  ['intervalMsMin', 250, 60_000],
  ['budgetBitsPerSecond', 10_000, 10_000_000],
  ['missedBeatsMax', 1, 100],
  ['peersMax', 1, 1_000_000],
];

/** Fills in the defaults. Throws a {@link MailslotError} for a value out of its range. */
export function tune(given: Partial<Tuning>): Tuning {
  const tuning = { ...DEFAULT_TUNING, ...given };
  for (const [name, least, most] of RANGES) {
    const value = tuning[name];
    if (Number.isInteger(value) && value >= least && value <= most) continue;
    throw new MailslotError(
      'ERROR_INVALID_PARAMETER',
      `${name} is ${value}; it takes a whole number from ${least} to ${most}.`,
    );
  }
  return tuning;
}
