/** What was measured, and the file it is kept in. */

import { existsSync, readFileSync, writeFileSync } from 'node:fs';

import type { Figures } from './figure.ts';
import type { ScenarioName } from './scenarios.ts';
import type { SystemName } from './systems.ts';

export interface Result {
  readonly system: SystemName;
  readonly scenario: ScenarioName;
  readonly hosts: number;
  readonly date: string;
  /** Of the machine, over a minute, before and after: others may have used it too. */
  readonly load: readonly [before: number, after: number];
  readonly figures: Figures;
}

/** Results, the last of each kind; in a file if it has one, with those that were there before. */
export class Results {
  readonly #file: string | undefined;
  readonly #results = new Map<string, Result>();

  constructor(file?: string) {
    this.#file = file;
    if (file === undefined || !existsSync(file)) return;
    const kept: Result[] = JSON.parse(readFileSync(file, 'utf8'));
    for (const result of kept) this.#results.set(keyOf(result), result);
  }

  get all(): readonly Result[] {
    return Array.from(this.#results.values());
  }

  add(result: Result): void {
    this.#results.set(keyOf(result), result);
    if (this.#file === undefined) return;
    writeFileSync(this.#file, `${JSON.stringify(this.all, undefined, 1)}\n`);
  }
}

function keyOf({ system, scenario, hosts }: Result): string {
  return `${system} ${scenario} ${hosts}`;
}
