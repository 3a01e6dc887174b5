/** Time that moves only when it is told to. */

import type { Clock, Timer } from './clock.ts';
import { type HeapNode, OUTSIDE, TimeHeap } from './time-heap.ts';

/** 2025-01-01, in milliseconds since 1970: what {@link VirtualClock.wallTime} starts from. */
const EPOCH_MS = Date.UTC(2025, 0, 1);

/** Something that happens at one time: what simulators schedule where a timer and its closure would be too dear. */
export interface VirtualEvent extends HeapNode {
  happen(): void;
}

/**
 * A {@link Clock} for tests: `advance()` runs what falls due, in order, each at its own time. A day passes as fast as
 * its timers run, and twice in the same way.
 */
export class VirtualClock implements Clock {
  readonly #events = new TimeHeap<VirtualEvent>();
  /** Time starts at 1: an lru-cache takes 0 for "no time". */
  #now = 1;

  now(): number {
    return this.#now;
  }

  wallTime(): number {
    return EPOCH_MS + this.#now;
  }

  schedule(delayMs: number, callback: () => void): Timer {
    const timer = new VirtualTimer(this, callback);
    if (delayMs !== Infinity) this.add(this.#now + Math.max(0, delayMs), timer);
    return timer;
  }

  /** Has an event happen at that time, or at once if that is past. It may be added again once it has happened. */
  add(at: number, event: VirtualEvent): void {
    this.#events.push(at, event);
  }

  /** Calls an event off; nothing happens if it is not to come. */
  remove(event: VirtualEvent): void {
    this.#events.remove(event);
  }

  /** Lets `durationMs` milliseconds pass. */
  advance(durationMs: number): void {
    const until = this.#now + durationMs;
    while (this.#isDue(until)) this.#next();
    this.#now = Math.max(this.#now, until);
  }

  /** As {@link advance}, but lets promises settle after each timer: for code that awaits between its timers. */
  async advanceAsync(durationMs: number): Promise<void> {
    const until = this.#now + durationMs;
    await settled();
    while (this.#isDue(until)) {
      this.#next();
      await settled();
    }
    this.#now = Math.max(this.#now, until);
  }

  #isDue(until: number): boolean {
    return this.#events.size > 0 && this.#events.nextAt <= until;
  }

  #next(): void {
    this.#now = Math.max(this.#now, this.#events.nextAt);
    this.#events.pop().happen();
  }
}

class VirtualTimer implements Timer, VirtualEvent {
  index: number = OUTSIDE;
  readonly #clock: VirtualClock;
  readonly #callback: () => void;

  constructor(clock: VirtualClock, callback: () => void) {
    this.#clock = clock;
    this.#callback = callback;
  }

  happen(): void {
    this.#callback();
  }

  cancel(): void {
    this.#clock.remove(this);
  }
}

/** Every promise reaction that is ready, and what those make ready, has run before a macrotask does. */
export function settled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
