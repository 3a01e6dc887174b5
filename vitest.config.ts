import { defineConfig } from 'vitest/config';

export default defineConfig({
  // Workspace packages resolve to their TypeScript sources: no build is needed to run the tests.
  // Vitest loads modules through Vite's "ssr" environment, so the condition belongs here.
  ssr: {
    resolve: { conditions: ['@mailslot/source', 'module', 'node', 'development|production'] },
  },
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['packages/{*,*/*}/test/**/*.test.ts', 'test/unit/**/*.test.ts'],
          // None takes a second by itself. On a machine that does ten other things, they may.
          testTimeout: 30_000,
          typecheck: { tsconfig: 'test/tsconfig.json' },
        },
      },
      // Whole networks in one process, on a virtual clock, replayable from a seed.
      {
        extends: true,
        test: { name: 'sim', include: ['test/sim/**/*.test.ts'], testTimeout: 30_000 },
      },
      // Real sockets, processes, namespaces: never two files at once.
      {
        extends: true,
        test: {
          name: 'live',
          include: ['test/live/**/*.test.ts'],
          testTimeout: 30_000,
          fileParallelism: false,
        },
      },
      // With Samba, on networks of namespaces; it takes its time.
      {
        extends: true,
        test: {
          name: 'interop',
          include: ['test/interop/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 60_000,
          fileParallelism: false,
          // Labs wait most of the time: Samba takes 23 s to become master.
          maxConcurrency: 10,
        },
      },
    ],
    coverage: { provider: 'v8', include: ['packages/{core,discovery,services,page,cli}/src/**'] },
  },
});
