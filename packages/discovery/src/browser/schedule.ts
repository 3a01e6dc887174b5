/** Announcements at growing intervals, the last of which repeats. */

import type { Agenda } from '@mailslot/core/internal';

import { Alarm, type Task } from './alarm.ts';

export class Schedule {
  readonly #intervalsMs: readonly number[];
  readonly #announce: (periodMs: number) => void;
  readonly #alarm: Alarm;
  #count = 0;

  /** `announce` is told when the next one comes. */
  constructor(
    agenda: Agenda<Task>,
    intervalsMs: readonly number[],
    announce: (periodMs: number) => void,
  ) {
    this.#intervalsMs = intervalsMs;
    this.#announce = announce;
    this.#alarm = new Alarm(agenda, (now) => this.#next(now));
  }

  get isRunning(): boolean {
    return this.#alarm.isSet;
  }

  /** Announces now, and from the shortest interval on. */
  start(now: number): void {
    this.#count = 0;
    this.#next(now);
  }

  /** Announces once more, out of turn; the next one counts from now. Nothing happens if it does not run. */
  repeat(now: number): void {
    if (!this.isRunning) return;
    this.#count = Math.max(0, this.#count - 1);
    this.#next(now);
  }

  stop(): void {
    this.#alarm.cancel();
  }

  #next(now: number): void {
    const last = this.#intervalsMs.length - 1;
    const periodMs = this.#intervalsMs[Math.min(this.#count, last)]!;
    this.#count = Math.min(this.#count + 1, last);
    this.#alarm.set(now + periodMs);
    this.#announce(periodMs);
  }
}
