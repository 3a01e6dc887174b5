/** Whatever comes at the ports of NetBIOS: nothing is thrown, little is answered, and the station gets over it. */

import { expect, test } from 'vitest';

import { fuzzNetbios } from '../support/netbios-fuzz.ts';

test.each([1, 2, 3, 4])('the classic transport takes any packet, with seed %i', async (seed) => {
  const { inputs, messages, malformed } = await fuzzNetbios(seed, 10_000);
  expect(malformed).toBeGreaterThan(inputs / 20);
  expect(messages).toBeGreaterThan(inputs / 100);
});
