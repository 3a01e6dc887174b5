/** Waiting for what really happens: for a condition, never for a time. */

import { setTimeout } from 'node:timers/promises';

/** Far more than anything takes; a test that gets here has failed. */
const PATIENCE_MS = 10_000;

/** Resolves with how long it took, in milliseconds. */
export async function until(
  condition: () => boolean,
  patienceMs: number = PATIENCE_MS,
): Promise<number> {
  const start = performance.now();
  for (; !condition(); await setTimeout(1)) {
    if (performance.now() - start > patienceMs) throw new Error(`In vain: ${condition.toString()}`);
  }
  return performance.now() - start;
}

/** For what other programs take their time for, or has to be asked of them: it is not looked at as often. */
export async function untilWithin(
  patienceMs: number,
  condition: () => boolean | Promise<boolean>,
): Promise<void> {
  for (const end = performance.now() + patienceMs; !(await condition()); await setTimeout(50)) {
    if (performance.now() > end) throw new Error(`In vain: ${condition.toString()}`);
  }
}
