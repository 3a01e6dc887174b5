/** Notices that the computer slept, or this process was stopped: no system tells a program of Node. */

import type { Clock } from '../clock.ts';

/** More than a busy process is ever late, and more than any correction of the wall clock in one step. */
export const SLEEP_MS_MIN = 10_000;

export class SleepWatch {
  readonly #clock: Clock;
  readonly #everyMs: number;
  /** By the wall clock: the monotonic one stands still meanwhile on Linux, and goes on elsewhere. */
  #lookedAt: number;

  /** `everyMs`: how often it is going to be asked. */
  constructor(clock: Clock, everyMs: number) {
    this.#clock = clock;
    this.#everyMs = everyMs;
    this.#lookedAt = clock.wallTime();
  }

  /** Whether it slept since it was last asked. */
  slept(): boolean {
    const before = this.#lookedAt;
    this.#lookedAt = this.#clock.wallTime();
    return this.#lookedAt - before >= this.#everyMs + SLEEP_MS_MIN;
  }
}
