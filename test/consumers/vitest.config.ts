/** The packages in the hands of others. It needs a registry, so `npx pnpm test` leaves it out. */

import { fileURLToPath } from 'node:url';

import { defineConfig } from 'vitest/config';

export default defineConfig({
  root: fileURLToPath(new URL('../..', import.meta.url)),
  test: {
    name: 'consumers',
    include: ['test/consumers/**/*.test.ts'],
    testTimeout: 60_000,
    // Downloads, the first time.
    hookTimeout: 180_000,
  },
});
