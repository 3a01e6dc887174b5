/** The clock that silence is measured on: time in which we could have heard somebody. */

/**
 * The most one step adds. When the process was suspended or its event loop stalled, the rest of that time proves
 * nothing about others: whoever spoke is still in the socket, or will speak within the time they have left.
 */
export const LIVENESS_STEP_MS_MAX = 250;

export class LivenessClock {
  #steppedAt: number | undefined;
  #now = 0;

  /** Liveness time at the last step, in milliseconds. */
  get now(): number {
    return this.#now;
  }

  /** Takes a step to `now`, of the monotonic clock. */
  advance(now: number): void {
    const elapsedMs = now - (this.#steppedAt ?? now);
    this.#steppedAt = now;
    this.#now += Math.min(Math.max(0, elapsedMs), LIVENESS_STEP_MS_MAX);
  }
}
