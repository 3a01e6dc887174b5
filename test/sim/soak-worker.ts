/** Runs batches of seeds for soak.ts, which forks it. */

import { checkSeed, type Failure } from '../support/swarm/check-seed.ts';

export interface Batch {
  readonly first: number;
  readonly count: number;
}

export interface BatchResult {
  readonly failures: readonly Failure[];
  readonly virtualMs: number;
  readonly delivered: number;
}

process.on('message', ({ first, count }: Batch) => {
  const failures: Failure[] = [];
  let virtualMs = 0;
  let delivered = 0;
  for (let seed = first; seed < first + count; seed++) {
    const outcome = checkSeed(seed);
    if ('message' in outcome) {
      failures.push(outcome);
    } else {
      virtualMs += outcome.virtualMs;
      delivered += outcome.delivered;
    }
  }
  const result: BatchResult = { failures, virtualMs, delivered };
  process.send!(result);
});
