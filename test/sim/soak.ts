/**
 * Swarm testing for hours: one seed after the other, on all processors, until the time is up.
 *
 *   npx pnpm test:soak            an hour, seeds drawn from the clock
 *   npx pnpm test:soak 123        seed 123 once more, with the last seconds of it in words
 *
 * HOURS (1) and SEED, the first of all, are taken from the environment. It ends with 1 if any seed failed.
 */

import { once } from 'node:events';
import { availableParallelism } from 'node:os';

import { forkSource } from '../support/fork-source.ts';
import { type Failure, replaySeed } from '../support/swarm/check-seed.ts';
import type { Batch, BatchResult } from './soak-worker.ts';

const BATCH_SEEDS = 20;
const PROGRESS_MS = 60_000;

/** More say nothing that these do not. */
const FAILURES_MAX = 10;

const HOUR_MS = 3_600_000;

async function soak(first: number, durationMs: number): Promise<void> {
  const start = Date.now();
  const failures: Failure[] = [];
  let next = first;
  let virtualMs = 0;
  let delivered = 0;
  const tell = (): void => {
    const seconds = (Date.now() - start) / 1000;
    console.log(
      `${(seconds / 60).toFixed(0)} min: ${next - first} seeds, ${(virtualMs / HOUR_MS).toFixed(1)} h of virtual time, ` +
        `${(delivered / 1e6).toFixed(1)} M deliveries (${Math.round(delivered / seconds)} a second), ${failures.length} failures`,
    );
  };
  const progress = setInterval(tell, PROGRESS_MS);
  const work = async (): Promise<void> => {
    const worker = forkSource(new URL('soak-worker.ts', import.meta.url));
    while (Date.now() - start < durationMs && failures.length < FAILURES_MAX) {
      const batch: Batch = { first: next, count: BATCH_SEEDS };
      next += BATCH_SEEDS;
      worker.send(batch);
      const [result] = (await once(worker, 'message')) as [BatchResult];
      virtualMs += result.virtualMs;
      delivered += result.delivered;
      for (const failure of result.failures) {
        failures.push(failure);
        console.log(failure.message);
      }
    }
    worker.disconnect();
  };
  console.log(`From seed ${first} on, for ${durationMs / HOUR_MS} h.`);
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  clearInterval(progress);
  tell();
  if (failures.length > 0) process.exitCode = 1;
}

const [wanted] = process.argv.slice(2);
if (wanted === undefined) {
  const { HOURS = '1', SEED } = process.env;
  await soak(Number(SEED ?? Math.trunc(Date.now() / 1000)), Number(HOURS) * HOUR_MS);
} else {
  console.log(replaySeed(Number(wanted)));
}
