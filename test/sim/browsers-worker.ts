/** Runs batches of seeds for browsers.ts, which forks it. */

import { runBrowsers } from '../support/browsers/scenario.ts';

export interface Batch {
  readonly first: number;
  readonly count: number;
}

export interface BatchResult {
  readonly failures: readonly string[];
  readonly virtualMs: number;
  readonly delivered: number;
  /** The longest that a segment took to have one master for good. */
  readonly settledMs: number;
}

process.on('message', ({ first, count }: Batch) => {
  const failures: string[] = [];
  let virtualMs = 0;
  let delivered = 0;
  let settledMs = 0;
  for (let seed = first; seed < first + count; seed++) {
    try {
      const outcome = runBrowsers(seed);
      virtualMs += outcome.virtualMs;
      delivered += outcome.delivered;
      settledMs = Math.max(settledMs, outcome.settledMs);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      failures.push(`Seed ${seed}: ${reason} Again: npx pnpm test:browsers 1 ${seed}`);
    }
  }
  const result: BatchResult = { failures, virtualMs, delivered, settledMs };
  process.send!(result);
});
