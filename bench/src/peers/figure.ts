/** What is measured, as it is kept in files. */

export type Figure =
  /** Milliseconds until something was seen, for each who should have; `null` for one who did not see it in time. */
  | { readonly times: readonly (number | null)[] }
  /** So many of so many. */
  | { readonly count: number; readonly of: number }
  | { readonly amount: number };

export type Figures = Readonly<Record<string, Figure>>;

/** The time from the start to each moment. */
export function timesFrom(
  start: number,
  moments: readonly (number | undefined)[],
): (number | null)[] {
  return moments.map((at) => (at === undefined ? null : Math.round((at - start) * 100) / 100));
}

/** The time within which that share of them saw it; infinite if fewer ever did. */
export function quantileOf(times: readonly (number | null)[], share: number): number {
  const sorted = times.map((time) => time ?? Infinity).toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Infinity;
}
