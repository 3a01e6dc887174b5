/** The clock that silence is measured on: time in which we could have heard somebody. */

/**
 * The most that a late step adds beyond the time it was due. When the process was suspended or its event loop stalled,
 * the rest of that time proves nothing about others: whoever spoke is still in the socket, or will speak within the time
 * they have left.
 */
export const LATENESS_MS_MAX = 250;

/** Nobody is heard for this long at least before that is strange: Wi-Fi power saving holds multicast back as long. */
const QUIET_MS_MIN = 250;

/** And for so many mean gaps between the beats of all: by chance once in 150 gaps. */
const QUIET_BEATS = 5;

/** How long the clock stands still at a time, then we believe that all are gone. */
const STANDSTILL_MS_MAX = 10_000;

/** With one or two others it may well be true that they are gone. */
const STANDSTILL_MS_MAX_FEW = 1000;
const FEW_PEERS = 2;

export class LivenessClock {
  #steppedAt: number | undefined;
  #now = 0;
  #heardAt = 0;
  #stoodMs = 0;
  #quietMs = Infinity;
  #standstillMs = 0;

  /** Liveness time at the last step, in milliseconds. */
  get now(): number {
    return this.#now;
  }

  /** True while it stands still: we are deaf, or all the others are. */
  get standing(): boolean {
    const silent = this.#steppedAt! - this.#heardAt > this.#quietMs;
    return silent && this.#stoodMs < this.#standstillMs;
  }

  /** True once it has stood still for so long that it runs again, until somebody is heard. */
  get isolated(): boolean {
    return this.#standstillMs > 0 && this.#stoodMs >= this.#standstillMs;
  }

  /** Nobody was heard for so long before it stands still; `Infinity` if there is nobody. */
  get quietMs(): number {
    return this.#quietMs;
  }

  /** How many others there are, and how many beats a millisecond they send together. */
  expect(peers: number, beatsPerMs: number): void {
    this.#quietMs = peers === 0 ? Infinity : Math.max(QUIET_MS_MIN, QUIET_BEATS / beatsPerMs);
    this.#standstillMs = peers > FEW_PEERS ? STANDSTILL_MS_MAX : STANDSTILL_MS_MAX_FEW;
  }

  /** Somebody was heard. */
  heard(now: number): void {
    this.#heardAt = now;
    this.#stoodMs = 0;
  }

  /** Takes a step to `now`, of the monotonic clock, where one was due at `dueAt` at the latest. */
  advance(now: number, dueAt: number): void {
    const before = this.#steppedAt ?? now;
    this.#steppedAt = now;
    const until = Math.min(now, Math.max(before, dueAt) + LATENESS_MS_MAX);
    const elapsedMs = Math.max(0, until - before);
    const stillMs = Math.min(
      elapsedMs,
      Math.max(0, now - this.#heardAt - this.#quietMs),
      this.#standstillMs - this.#stoodMs,
    );
    this.#stoodMs += stillMs;
    this.#now += elapsedMs - stillMs;
  }
}
