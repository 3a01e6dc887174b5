import { expect, test } from 'vitest';

import { REFUSED_MAX } from '../src/presence/gate.ts';
import { messageWith, Solo } from './support/solo.ts';
import { sourceAt } from './support/sources.ts';

/** In a way that an open service does not understand. */
const PROTECTED = messageWith({ flags: 0x10, trailer: new Uint8Array(16) });

test('what proves nothing is counted, and so are the places it came from, up to a limit', () => {
  const solo = Solo.settled();
  for (let place = 0; place < REFUSED_MAX + 10; place++) {
    const source = sourceAt(`10.0.${place >>> 8}.${place & 0xff}:1`);
    solo.hear(PROTECTED, source);
    solo.hear(PROTECTED, source);
  }
  const { drops, strangers } = solo.machine.stats;
  expect(drops).toEqual({ security: 2 * (REFUSED_MAX + 10) });
  expect(strangers).toBe(REFUSED_MAX);
});
