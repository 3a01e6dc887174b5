/** How much the group may say, how much it does say, and how often each of its peers may beat by that. */

import { budgetIntervalMs } from './interval.ts';
import { Load, LOAD_PERIOD_MS } from './load.ts';
import { TYPE } from './message.ts';
import type { Roster } from './roster.ts';
import type { Tuning } from './tuning.ts';

export class Budget {
  readonly #roster: Roster;
  readonly #tuning: Tuning;
  /** Ourselves among the peers: 1, or 0 for an observer. */
  readonly #self: 0 | 1;
  readonly #load = new Load();

  constructor(roster: Roster, tuning: Tuning, self: 0 | 1) {
    this.#roster = roster;
    this.#tuning = tuning;
    this.#self = self;
  }

  /** Peers of the group, ourselves included. */
  get members(): number {
    return this.#roster.members + this.#self;
  }

  /** The interval that suits the group as it is now. */
  get intervalMs(): number {
    const residents = this.#roster.residents + this.#self;
    const group = { members: this.members, residents };
    return budgetIntervalMs(group, this.#load.bytesPerBeat, this.#tuning);
  }

  /** A message went to the group: one of ours, or of a peer that is known. */
  spend(type: number, messageBytes: number): void {
    if (type === TYPE.ANNOUNCE) this.#load.announced(messageBytes);
    else this.#load.sent(messageBytes);
  }

  /** Another {@link LOAD_PERIOD_MS} have passed, in which we beat each `intervalMs` and missed the share `loss` of all. */
  measure(intervalMs: number, loss: number): void {
    const beatsPerMs = this.#roster.beatsPerMs + this.#self / intervalMs;
    this.#load.measure(LOAD_PERIOD_MS * beatsPerMs, loss);
  }
}
