/** Segments of fifty browsers under faults drawn by chance: the short run of `npx pnpm test:browsers`. */

import { once } from 'node:events';

import { describe, expect, test } from 'vitest';

import { forkSource } from '../support/fork-source.ts';
import { runBrowsers } from '../support/browsers/scenario.ts';
import type { BatchResult } from './browsers-worker.ts';

const SEEDS = 16;

describe('fifty browsers', () => {
  test(
    `have one master a minute after the last fault, and true lists in time, in ${SEEDS} runs`,
    { timeout: 300_000 },
    async () => {
      const worker = forkSource(new URL('browsers-worker.ts', import.meta.url));
      worker.send({ first: 0, count: SEEDS });
      const [result] = (await once(worker, 'message')) as [BatchResult];
      worker.disconnect();
      expect(result.failures.join('\n')).toBe('');
    },
  );

  test('do the same again with the same seed', () => {
    expect(runBrowsers(7)).toEqual(runBrowsers(7));
  });
});
