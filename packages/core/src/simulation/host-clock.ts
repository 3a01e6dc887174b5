/** The clock of one simulated computer: it drifts, it began at another time, and it stands still with its owner. */

import type { Clock, Timer } from '../clock.ts';
import { type HeapNode, OUTSIDE, TimeHeap } from '../time-heap.ts';
import type { VirtualClock, VirtualEvent } from '../virtual-clock.ts';
import { check } from './faults.ts';

/** Half the speed of true time, and twice; a computer is a thousand times closer to it. */
const DRIFT_PPM_MIN = -500_000;
const DRIFT_PPM_MAX = 1_000_000;

/** What the monotonic clock of a computer does while its programs are suspended. */
export type Monotonic =
  /** It runs on: a stopped process, a paused container; sleep on macOS and Windows. */
  | 'runs'
  /** It stands still: sleep on Linux, a paused virtual machine. */
  | 'stops';

/**
 * A {@link Clock} of one host, driven by the true time of a {@link VirtualClock}. Its timers wait in a heap of their
 * own, by its own time; in the true clock there is one alarm, for the first of them.
 */
export class HostClock implements Clock {
  readonly #true: VirtualClock;
  readonly #timers = new TimeHeap<HostTimer>();
  readonly #alarm: VirtualEvent & { at: number };
  /** Own time is `true time * rate + offset`: without drift, exactly the true time. */
  #rate = 1;
  #offsetMs = 0;
  /** The latest time that was due, so that rounding never has a timer see the time before its own. */
  #reached = 0;
  /** Own time at which the host was suspended; undefined while it is awake. */
  #suspendedAt: number | undefined;
  #monotonic: Monotonic = 'runs';

  /** `startMs` is what it says now; by default, what the true clock says. */
  constructor(clock: VirtualClock, startMs: number = clock.now()) {
    check('clockStartMs', startMs, Number.MIN_VALUE, Number.MAX_VALUE);
    this.#true = clock;
    this.#offsetMs = startMs - clock.now();
    this.#alarm = { index: OUTSIDE, at: Infinity, happen: () => this.#ring() };
  }

  now(): number {
    if (this.#suspendedAt !== undefined && this.#monotonic === 'stops') return this.#suspendedAt;
    return Math.max(this.#reached, this.#true.now() * this.#rate + this.#offsetMs);
  }

  /** The true one: the network sets it. */
  wallTime(): number {
    return this.#true.wallTime();
  }

  schedule(delayMs: number, callback: () => void): Timer {
    const timer = new HostTimer(this.#timers, callback);
    if (delayMs !== Infinity) {
      this.#timers.push(this.now() + Math.max(0, delayMs), timer);
      this.#setAlarm();
    }
    return timer;
  }

  /** Makes it fast (or slow, if negative) by so many parts in a million, from now on. */
  drift(ppm: number): void {
    check('driftPpm', ppm, DRIFT_PPM_MIN, DRIFT_PPM_MAX);
    const now = this.now();
    this.#rate = 1 + ppm / 1e6;
    this.#continueFrom(now);
    this.#setAlarm();
  }

  /** No timer runs until {@link resume}. */
  suspend(monotonic: Monotonic): void {
    if (this.#suspendedAt !== undefined) return;
    this.#suspendedAt = this.now();
    this.#monotonic = monotonic;
    this.#setAlarm();
  }

  /** Timers run again; those that are overdue, at once. */
  resume(): void {
    if (this.#suspendedAt === undefined) return;
    const suspendedAt = this.#suspendedAt;
    this.#suspendedAt = undefined;
    if (this.#monotonic === 'stops') this.#continueFrom(suspendedAt);
    this.#setAlarm();
  }

  #continueFrom(now: number): void {
    this.#offsetMs = now - this.#true.now() * this.#rate;
  }

  /** Sets the alarm for the first timer. One that is set for earlier stays: to ring in vain costs less than to move it. */
  #setAlarm(): void {
    const suspended = this.#suspendedAt !== undefined;
    const at = suspended ? Infinity : this.#trueTime(this.#timers.nextAt);
    if (at >= this.#alarm.at && !suspended) return;
    this.#true.remove(this.#alarm);
    this.#alarm.at = at;
    if (at !== Infinity) this.#true.add(at, this.#alarm);
  }

  #ring(): void {
    this.#alarm.at = Infinity;
    const due = this.#timers.nextAt;
    if (this.#trueTime(due) <= this.#true.now()) this.#reached = Math.max(this.#reached, due);
    const now = this.now();
    try {
      while (this.#suspendedAt === undefined && this.#timers.size > 0) {
        if (this.#timers.nextAt > now) break;
        this.#timers.pop().callback();
      }
    } finally {
      this.#setAlarm();
    }
  }

  #trueTime(own: number): number {
    return (own - this.#offsetMs) / this.#rate;
  }
}

class HostTimer implements Timer, HeapNode {
  index: number = OUTSIDE;
  readonly callback: () => void;
  readonly #timers: TimeHeap<HostTimer>;

  constructor(timers: TimeHeap<HostTimer>, callback: () => void) {
    this.#timers = timers;
    this.callback = callback;
  }

  cancel(): void {
    this.#timers.remove(this);
  }
}
