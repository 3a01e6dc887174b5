/**
 * Fifty browsers on one segment, with random criteria and faults, once for each seed, on all processors:
 *
 *   npx pnpm test:browsers            1 000 seeds
 *   npx pnpm test:browsers 1 123      seed 123 once more
 *
 * It ends with 1 if any seed failed. test/support/browsers/scenario.ts says what has to hold.
 */

import { once } from 'node:events';
import { availableParallelism } from 'node:os';

import { forkSource } from '../support/fork-source.ts';
import type { Batch, BatchResult } from './browsers-worker.ts';

const BATCH_SEEDS = 10;

const HOUR_MS = 3_600_000;

async function run(seeds: number, first: number): Promise<void> {
  const start = Date.now();
  const total = { failures: 0, virtualMs: 0, delivered: 0, settledMs: 0 };
  let next = first;
  const work = async (): Promise<void> => {
    const worker = forkSource(new URL('browsers-worker.ts', import.meta.url));
    while (next < first + seeds) {
      const batch: Batch = { first: next, count: Math.min(BATCH_SEEDS, first + seeds - next) };
      next += batch.count;
      worker.send(batch);
      const [result] = (await once(worker, 'message')) as [BatchResult];
      for (const failure of result.failures) console.log(failure);
      total.failures += result.failures.length;
      total.virtualMs += result.virtualMs;
      total.delivered += result.delivered;
      total.settledMs = Math.max(total.settledMs, result.settledMs);
    }
    worker.disconnect();
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  console.log(
    `${seeds} seeds in ${((Date.now() - start) / 1000).toFixed(0)} s: ${(total.virtualMs / HOUR_MS).toFixed(0)} h of virtual time, ` +
      `${(total.delivered / 1e6).toFixed(1)} M deliveries, one master for good after ${total.settledMs / 1000} s at most, ` +
      `${total.failures} failures`,
  );
  if (total.failures > 0) process.exitCode = 1;
}

const [seeds = '1000', first = '0'] = process.argv.slice(2);
await run(Number(seeds), Number(first));
