/**
 * Token buckets: so many a second in the long run, and up to a burst at once.
 *
 * When a bucket will be full again is all there is to know of it: it needs no timer, and a full one need not be kept.
 */

export interface Rate {
  readonly perSecond: number;
  /** Tokens that a full bucket holds. */
  readonly burst: number;
}

/** Of a token: sums of fractions are not exact. */
const TOLERANCE = 1e-6;

/** When a bucket will be full that was to be full at `fullAt` and gives a token at `now`; undefined if it has none. */
export function takeToken(
  fullAt: number,
  { perSecond, burst }: Rate,
  now: number,
): number | undefined {
  const tokenMs = 1000 / perSecond;
  const next = Math.max(now, fullAt) + tokenMs;
  return next - now > (burst + TOLERANCE) * tokenMs ? undefined : next;
}

export class TokenBucket {
  readonly #rate: Rate;
  #fullAt = -Infinity;

  constructor(rate: Rate) {
    this.#rate = rate;
  }

  /** Takes a token. False if there is none. */
  take(now: number): boolean {
    const fullAt = takeToken(this.#fullAt, this.#rate, now);
    if (fullAt === undefined) return false;
    this.#fullAt = fullAt;
    return true;
  }
}

/** A bucket for each key. */
export class TokenBuckets {
  readonly #max: number;
  /** Two generations: a cache of fixed size would take its room at once, for floods that never come. */
  #younger = new Map<string, number>();
  #elder = new Map<string, number>();

  /** Remembers at least the `max` buckets used last, and twice as many at most; all others count as full. */
  constructor(max: number) {
    this.#max = max;
  }

  /** Is the bucket of that key remembered? */
  has(key: string): boolean {
    return this.#younger.has(key) || this.#elder.has(key);
  }

  /** Takes a token from the bucket of a key. False if there is none. */
  take(key: string, rate: Rate, now: number): boolean {
    const before = this.#younger.get(key) ?? this.#elder.get(key) ?? -Infinity;
    const fullAt = takeToken(before, rate, now);
    if (fullAt === undefined) return false;
    this.#younger.set(key, fullAt);
    if (this.#younger.size >= this.#max) {
      this.#elder = this.#younger;
      this.#younger = new Map();
    }
    return true;
  }
}
