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
