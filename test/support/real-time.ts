/** Waiting for what really happens: for a condition, never for a time. */

import { setTimeout } from 'node:timers/promises';

/** Far more than anything takes; a test that gets here has failed. */
const PATIENCE_MS = 10_000;

export async function until(condition: () => boolean): Promise<void> {
  for (const end = performance.now() + PATIENCE_MS; !condition(); await setTimeout(1)) {
    if (performance.now() > end) throw new Error(`In vain: ${condition.toString()}`);
  }
}
