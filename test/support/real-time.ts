/** Waiting for what really happens: for a condition, never for a time. */

import { setTimeout } from 'node:timers/promises';

/** Far more than most things take; a test that gets here has failed. */
const PATIENCE_MS = 10_000;
/** How much longer than needed a wait may take: what is waited for long is looked at less often. */
const PRECISION = 0.01;
/** Asking other programs takes a process each time, so it is not done more often than this after a while. */
const LONGEST_PAUSE_MS = 50;

/**
 * Resolves as soon as the condition holds, with how long that took in milliseconds. Rejects, with the condition as it
 * is written, after `patienceMs` (10 000).
 */
export async function until(
  condition: () => boolean | Promise<boolean>,
  patienceMs: number = PATIENCE_MS,
): Promise<number> {
  const start = performance.now();
  const waitedMs = (): number => performance.now() - start;
  while (!(await condition())) {
    if (waitedMs() > patienceMs) throw new Error(`In vain: ${condition.toString()}`);
    await setTimeout(Math.min(waitedMs() * PRECISION, LONGEST_PAUSE_MS));
  }
  return waitedMs();
}
