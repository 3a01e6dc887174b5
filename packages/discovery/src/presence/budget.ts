/** How much the group may say, how much it does say, and how often each of its peers may beat by that. */

import { brokerIntervalMs, budgetIntervalMs, type Group } from './interval.ts';
import { Load, LOAD_PERIOD_MS } from './load.ts';
import { TYPE } from './message.ts';
import type { Roster } from './roster.ts';
import type { Tuning } from './tuning.ts';

/** A transport that carries presence. Each has a budget of its own, for those who are reached by it. */
export interface Way {
  /** The name of the transport; may be left out if it is the only one. */
  readonly name?: string;
  /** A server hands each peer a copy of its own. */
  readonly brokered?: boolean;
}

export interface BudgetOptions {
  readonly roster: Roster;
  readonly tuning: Tuning;
  readonly ways: readonly Way[];
  /** Ourselves among the peers: 1, or 0 for an observer. */
  readonly self: 0 | 1;
}

export class Budget {
  readonly #roster: Roster;
  readonly #tuning: Tuning;
  readonly #self: 0 | 1;
  readonly #load = new Load();
  /** The part of the peers that each way leads to, as last counted: all, until then. */
  #shares: readonly (readonly [Way, number])[];

  constructor({ roster, tuning, ways, self }: BudgetOptions) {
    this.#roster = roster;
    this.#tuning = tuning;
    this.#self = self;
    this.#shares = ways.map((way) => [way, 1]);
  }

  /** Peers of the group, ourselves included. */
  get members(): number {
    return this.#roster.members + this.#self;
  }

  /** The interval that suits the group as it is now: a beat goes all ways, so the one with least room decides. */
  get intervalMs(): number {
    return Math.max(...this.#shares.map(([way, share]) => this.#intervalMsOn(way, share)));
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
    if (this.#shares.length > 1) this.#count();
  }

  #intervalMsOn({ brokered = false }: Way, share: number): number {
    const group: Group = {
      members: this.#roster.members * share + this.#self,
      residents: this.#roster.residents * share + this.#self,
    };
    const intervalMs = budgetIntervalMs(group, this.#load.bytesPerBeat, this.#tuning);
    if (!brokered) return intervalMs;
    return Math.max(intervalMs, brokerIntervalMs(group, this.#load.ratio, this.#tuning));
  }

  /** Whoever was not heard yet may be anywhere. */
  #count(): void {
    const peers = Array.from(this.#roster);
    this.#shares = this.#shares.map(([way]) => {
      const there = peers.filter(({ path, paths }) => {
        return path === undefined || paths.some(({ transport }) => transport === way.name);
      });
      return [way, there.length / Math.max(1, peers.length)];
    });
  }
}
