/** Browsers under fire. At length: FUZZ_INPUTS=1000000 npx vitest run --project sim browser-fuzz */

import { expect, test } from 'vitest';

import { fuzzBrowser } from '../support/browsers/fuzz.ts';

const INPUTS = Number(process.env['FUZZ_INPUTS'] ?? 20_000);

test.each([1, 2, 3, 4])(
  'a browser survives distorted frames (%i)',
  { timeout: 600_000 },
  (seed) => {
    const { malformed, hosts } = fuzzBrowser(seed, INPUTS);
    expect(malformed).toBeGreaterThan(0);
    expect(hosts).toBeGreaterThan(0);
  },
);
