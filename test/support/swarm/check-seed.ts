/** One seed run, and what is said of it to a person if it fails. */

import { Chronicle } from './chronicle.ts';
import { describeScenario, type Outcome, runScenario } from './scenario.ts';

/** How far back the story of a failure goes. */
const TOLD_MS = 3000;

export interface Failure {
  readonly seed: number;
  readonly message: string;
}

/** What happened, or how it failed. Whatever a machine throws is a failure, too. */
export function checkSeed(seed: number): Outcome | Failure {
  try {
    return runScenario(seed);
  } catch (error) {
    const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
    const message = `Seed ${seed}: ${describeScenario(seed)}\n${reason}\nAgain, with what led to it: npx pnpm test:soak ${seed}\n`;
    return { seed, message };
  }
}

/** Runs a seed once more, and tells of its last seconds. */
export function replaySeed(seed: number): string {
  const chronicle = new Chronicle(TOLD_MS);
  let end: string;
  try {
    const { hash, delivered, virtualMs } = runScenario(seed, { chronicle });
    end = `Nothing was broken in ${(virtualMs / 1000).toFixed(1)} s and ${delivered} deliveries; trace ${hash}.`;
  } catch (error) {
    end = error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
  return `${describeScenario(seed)}\n\n${chronicle.text}\n\n${end}`;
}
