/** Small groups under faults drawn by chance, all invariants checked: the short run of `npx pnpm test:soak`. */

import { once } from 'node:events';

import { describe, expect, test } from 'vitest';

import { forkSource } from '../support/fork-source.ts';
import { runScenario } from '../support/swarm/scenario.ts';
import type { BatchResult } from './soak-worker.ts';

/** Shared between two processes. */
const SEEDS = 200;

/** Runs seeds in a process of its own: of what runs beside it, only the processors are shared. */
async function runSeeds(first: number, count: number): Promise<BatchResult> {
  const worker = forkSource(new URL('soak-worker.ts', import.meta.url));
  worker.send({ first, count });
  const [result] = (await once(worker, 'message')) as [BatchResult];
  worker.disconnect();
  return result;
}

describe('a swarm', () => {
  test(`keeps all invariants in ${SEEDS} runs`, { timeout: 300_000 }, async () => {
    const results = await Promise.all([runSeeds(0, SEEDS / 2), runSeeds(SEEDS / 2, SEEDS / 2)]);
    const failures = results.flatMap((result) => result.failures);
    expect(failures.map(({ message }) => message).join('\n')).toBe('');
  });

  test.each([1, 2, 3, 4, 5])('runs the same way again with seed %i (I9)', (seed) => {
    expect(runScenario(seed)).toEqual(runScenario(seed));
  });

  test('runs another way with another seed', () => {
    expect(runScenario(1).hash).not.toBe(runScenario(2).hash);
  });
});
