/** Knows who is the master of the segment, and looks for one again and again: [MS-BRWS] 3.3.6. */

import type { Random } from '@mailslot/core';
import { type Agenda, uniform } from '@mailslot/core/internal';

import { Alarm, type Task } from './alarm.ts';
import type { Whereabouts } from './effects.ts';
import type { BrowserTimers } from './timers.ts';

export interface MasterWatchParts {
  readonly agenda: Agenda<Task>;
  readonly timers: BrowserTimers;
  readonly random: Random;
  /** Whether it is ourselves. */
  readonly isMaster: () => boolean;
  /** Asks the segment who is it. */
  readonly find: () => void;
}

export class MasterWatch {
  readonly #parts: MasterWatchParts;
  readonly #alarm: Alarm;
  #master: Whereabouts | undefined;

  constructor(parts: MasterWatchParts) {
    this.#parts = parts;
    this.#alarm = new Alarm(parts.agenda, (now) => this.look(now));
  }

  /** Undefined if none is known, and if it is ourselves. */
  get master(): Whereabouts | undefined {
    return this.#master;
  }

  /** Another host is it, or nobody. Answers whether that is another one than before. */
  heard(master: Whereabouts | undefined, now: number): boolean {
    const isNew = master?.name !== this.#master?.name;
    this.#master = master;
    if (master !== undefined) this.#rest(now);
    return isNew;
  }

  /** We are it. A rival is looked for now and then. */
  lead(now: number): void {
    this.#master = undefined;
    this.#rest(now);
  }

  look(now: number): void {
    this.#rest(now);
    this.#parts.find();
  }

  /** Another is to become master; if none shows itself, we look. */
  expect(now: number): void {
    this.#alarm.set(now + this.#parts.timers.electionOutcomeMs);
  }

  /** Nothing is to be looked for during this time. */
  #rest(now: number): void {
    const { timers, random, isMaster } = this.#parts;
    const { masterCheckMs, rivalCheckMs } = timers;
    const delayMs = isMaster() ? rivalCheckMs : uniform(random, masterCheckMs / 2, masterCheckMs);
    this.#alarm.set(now + delayMs);
  }
}
