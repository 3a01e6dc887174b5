/** Peers that know each other, each on a host of its own. */

import { setTimeout } from 'node:timers/promises';

import { until } from './clock.ts';
import { Lan } from './lan.ts';
import { PeerProcess } from './peer-process.ts';
import type { SystemName } from './systems.ts';

/** Processes that load their modules at the same time. */
const STARTS_MAX = 8;

/** Between two that join: nobody switches on fifty computers in one instant. */
const JOIN_SPACING_MS = 60;

/** Time to find each other, and once more to calm down. */
const FORMING_MS_MAX = 30_000;
const CALMING_MS = 5_000;

export class Mesh implements Disposable {
  readonly lan: Lan = new Lan();
  readonly residents: PeerProcess[] = [];
  readonly #systemName: SystemName;
  #lossPercent = 0;
  #named = 0;

  /** Resolves when the residents know each other, or have had time enough. */
  static async form(systemName: SystemName, count: number): Promise<Mesh> {
    const mesh = new Mesh(systemName);
    try {
      await mesh.#settle(count);
      return mesh;
    } catch (error) {
      mesh[Symbol.dispose]();
      throw error;
    }
  }

  private constructor(systemName: SystemName) {
    this.#systemName = systemName;
  }

  /** Pairs of residents of which one does not know the other. */
  get strangers(): number {
    return this.residents.reduce(
      (sum, one) =>
        sum + this.residents.filter((other) => other !== one && !one.knows(other)).length,
      0,
    );
  }

  /** A new process on a new host. It has not joined yet. */
  async admit(): Promise<PeerProcess> {
    const host = this.lan.addHost();
    if (this.#lossPercent > 0) host.lose(this.#lossPercent);
    return PeerProcess.start(this.#systemName, host, `peer${this.#named++}`);
  }

  /** From now on every host, of those to come too, loses that share of what arrives. */
  async lose(percent: number): Promise<void> {
    this.#lossPercent = percent;
    for (const { host } of this.residents) host.lose(percent);
    // What measures loss has to hear some.
    await setTimeout(4 * CALMING_MS);
  }

  [Symbol.dispose](): void {
    this.lan[Symbol.dispose]();
  }

  async #settle(count: number): Promise<void> {
    while (this.residents.length < count) {
      const length = Math.min(STARTS_MAX, count - this.residents.length);
      this.residents.push(...(await Promise.all(Array.from({ length }, () => this.admit()))));
    }
    for (const resident of this.residents) {
      await resident.join();
      await setTimeout(JOIN_SPACING_MS);
    }
    if (!(await until(() => this.strangers === 0, FORMING_MS_MAX))) {
      console.error(`  ${this.strangers} pairs do not know each other yet`);
    }
    await setTimeout(CALMING_MS);
  }
}
