/** The only source of time. Everything that waits or measures takes a {@link Clock}. */

/** A timer that a {@link Clock} handed out. */
export interface Timer {
  /** Forgets the timer; a second call does nothing. */
  cancel(): void;
}

export interface Clock {
  /** Monotonic milliseconds, never 0 (an lru-cache takes 0 for "no time"). Only differences mean anything. */
  now(): number;
  /** Milliseconds since 1970, for people and logs; it may jump. */
  wallTime(): number;
  /**
   * Runs `callback` once, `delayMs` milliseconds from now. A timer does not keep the process alive:
   * sockets do. `Infinity` never fires.
   */
  schedule(delayMs: number, callback: () => void): Timer;
}

/** setTimeout holds a signed 32-bit count; a longer wait is made of several. */
const TIMEOUT_MS_MAX = 2 ** 31 - 1;

const never: Timer = { cancel() {} };

class SystemTimer implements Timer {
  #handle: NodeJS.Timeout | undefined;

  constructor(delayMs: number, callback: () => void) {
    this.#arm(delayMs, callback);
  }

  #arm(delayMs: number, callback: () => void): void {
    // setTimeout cuts fractions off: it would fire when nothing is due yet, and wake the process twice.
    const stepMs = Math.min(Math.ceil(delayMs), TIMEOUT_MS_MAX);
    const next = stepMs < delayMs ? () => this.#arm(delayMs - stepMs, callback) : callback;
    this.#handle = setTimeout(next, stepMs);
    this.#handle.unref();
  }

  cancel(): void {
    clearTimeout(this.#handle);
  }
}

/** The computer's own clock. */
export const systemClock: Clock = {
  now: () => performance.now() + 1,
  wallTime: () => Date.now(),
  schedule: (delayMs, callback) =>
    delayMs === Infinity ? never : new SystemTimer(Math.max(0, delayMs), callback),
};
