/** Time that moves only when it is told to. */

import { Agenda } from './agenda.ts';
import type { Clock, Timer } from './clock.ts';

/** 2025-01-01, in milliseconds since 1970: what {@link VirtualClock.wallTime} starts from. */
const EPOCH_MS = Date.UTC(2025, 0, 1);

/**
 * A {@link Clock} for tests: `advance()` runs what falls due, in order, each at its own time. A day passes as fast as
 * its timers run, and twice in the same way.
 */
export class VirtualClock implements Clock {
  readonly #agenda = new Agenda<() => void>();
  /** Time starts at 1: an lru-cache takes 0 for "no time". */
  #now = 1;

  now(): number {
    return this.#now;
  }

  wallTime(): number {
    return EPOCH_MS + this.#now;
  }

  schedule(delayMs: number, callback: () => void): Timer {
    if (delayMs === Infinity) return { cancel() {} };
    const entry = this.#agenda.add(this.#now + Math.max(0, delayMs), callback);
    return { cancel: () => this.#agenda.cancel(entry) };
  }

  /** Lets `durationMs` milliseconds pass. */
  advance(durationMs: number): void {
    const until = this.#now + durationMs;
    for (let due = this.#agenda.takeDue(until); due; due = this.#agenda.takeDue(until)) {
      this.#now = Math.max(this.#now, due.at);
      due.item();
    }
    this.#now = Math.max(this.#now, until);
  }

  /** As {@link advance}, but lets promises settle after each timer: for code that awaits between its timers. */
  async advanceAsync(durationMs: number): Promise<void> {
    const until = this.#now + durationMs;
    await settled();
    for (let due = this.#agenda.takeDue(until); due; due = this.#agenda.takeDue(until)) {
      this.#now = Math.max(this.#now, due.at);
      due.item();
      await settled();
    }
    this.#now = Math.max(this.#now, until);
  }
}

/** Every promise reaction that is ready, and what those make ready, has run before a macrotask does. */
function settled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
