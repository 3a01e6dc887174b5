/** What a faulty link does to datagrams, one by one. */

import type { Random } from '../random.ts';
import { type Bursts, changeFaults, type Faults, NO_FAULTS } from './faults.ts';

/** After so many mean cycles of good and bad, less than 10^-34 is left of what the state was. */
const CYCLES_REMEMBERED = 20;

/** One place's good and bad times. They pass when they are looked at: no timer drives them. */
export class Outages {
  readonly bursts: Bursts;
  readonly #random: Random;
  readonly #goodMeanMs: number;
  #isBad = false;
  #until = 0;

  constructor(bursts: Bursts, random: Random, now: number) {
    this.bursts = bursts;
    this.#random = random;
    this.#goodMeanMs = (bursts.meanMs * (1 - bursts.share)) / bursts.share;
    this.#begin(now);
  }

  /** Does a datagram fall to an outage now? Time never goes back between two calls. */
  lose(now: number): boolean {
    if (now >= this.#until) this.#pass(now);
    if (!this.#isBad) return false;
    const { loss = 1 } = this.bursts;
    return loss === 1 || this.#random.next() < loss;
  }

  #pass(now: number): void {
    const cycleMs = this.bursts.meanMs + this.#goodMeanMs;
    if (now - this.#until > CYCLES_REMEMBERED * cycleMs) this.#begin(now);
    while (now >= this.#until) {
      this.#isBad = !this.#isBad;
      this.#until += this.#draw();
    }
  }

  /** As at any time of a run that began long ago. */
  #begin(now: number): void {
    this.#isBad = this.#random.next() < this.bursts.share;
    this.#until = now + this.#draw();
  }

  /** How long the present state lasts from now on. Exponential: it does not matter for how long it has lasted. */
  #draw(): number {
    const meanMs = this.#isBad ? this.bursts.meanMs : this.#goodMeanMs;
    return -meanMs * Math.log(1 - this.#random.next());
  }
}

/** Faults of one direction of one host's link, and the chance that they work by. */
export class Impairment {
  readonly faults: Required<Faults>;
  readonly #random: Random;
  readonly #outages: Outages | undefined;

  /** Faults with some of them changed; undefined if there is none left. */
  static change(
    impairment: Impairment | undefined,
    changes: Faults,
    random: Random,
    now: number,
  ): Impairment | undefined {
    const faults = changeFaults(impairment?.faults ?? NO_FAULTS, changes);
    const { latencyMs, jitterMs, loss, bursts, duplication } = faults;
    const isNone = latencyMs + jitterMs + loss + duplication === 0 && bursts === undefined;
    return isNone ? undefined : new Impairment(faults, random, now);
  }

  constructor(faults: Required<Faults>, random: Random, now: number) {
    this.faults = faults;
    this.#random = random;
    this.#outages = faults.bursts && new Outages(faults.bursts, random, now);
  }

  lose(now: number): boolean {
    const { loss } = this.faults;
    if (loss > 0 && this.#random.next() < loss) return true;
    return this.#outages !== undefined && this.#outages.lose(now);
  }

  duplicate(): boolean {
    const { duplication } = this.faults;
    return duplication > 0 && this.#random.next() < duplication;
  }

  delayMs(): number {
    const { latencyMs, jitterMs } = this.faults;
    return jitterMs === 0 ? latencyMs : latencyMs + jitterMs * this.#random.next();
  }
}
