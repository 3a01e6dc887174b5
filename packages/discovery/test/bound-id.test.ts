import { seededRandom } from '@mailslot/core/testing';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { drawBoundId, isLaterLife, ownerPartFor, ownerPartOf } from '../src/presence/bound-id.ts';
import { peerKeyOf } from '../src/presence/peer-id.ts';

const MINUTE_MS = 60_000;
/** How long minutes modulo 2²⁴ last. */
const AGE_MS = 2 ** 24 * MINUTE_MS;

const publicKeys = fc.uint8Array({ minLength: 32, maxLength: 32 });

const bear = (publicKey: Uint8Array, wallTime: number, seed = 1): string =>
  peerKeyOf(drawBoundId(seededRandom(seed), publicKey, wallTime));

describe('the id of one who signs', () => {
  test('is bound to its public key, and drawn anew for each life', () => {
    fc.assert(
      fc.property(publicKeys, publicKeys, fc.nat(2 ** 48), (mine, other, now) => {
        const [one, two] = [bear(mine, now, 1), bear(mine, now, 2)];
        expect(one).not.toBe(two);
        expect(ownerPartOf(one)).toBe(ownerPartFor(mine));
        expect(ownerPartOf(two)).toBe(ownerPartFor(mine));
        const same = Buffer.compare(mine, other) === 0;
        expect(ownerPartOf(one) === ownerPartFor(other)).toBe(same);
      }),
    );
  });

  test('tells the later life from the earlier one, to the minute, for fifteen years', () => {
    const key = new Uint8Array(32);
    fc.assert(
      fc.property(fc.nat(2 ** 45), fc.integer({ min: 1, max: 2 ** 23 - 1 }), (at, minutes) => {
        const [earlier, later] = [bear(key, at, 1), bear(key, at + minutes * MINUTE_MS, 2)];
        expect(isLaterLife(later, earlier)).toBe(true);
        expect(isLaterLife(earlier, later)).toBe(false);
      }),
    );
    expect(isLaterLife(bear(key, AGE_MS), bear(key, AGE_MS - MINUTE_MS))).toBe(true);
  });

  test('decides between two of one minute in the same way wherever they are heard', () => {
    const key = new Uint8Array(32);
    const [one, two] = [bear(key, 0, 1), bear(key, 0, 2)];
    expect(isLaterLife(one, two)).toBe(!isLaterLife(two, one));
    expect(isLaterLife(one, one)).toBe(false);
  });
});
