import { seededRandom } from '@mailslot/core/testing';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { bucketOf, BUCKETS, Coverage, EVERYWHERE, positionOf } from '../src/presence/position.ts';
import { drawKeys } from './support/transfer.ts';

/** A position is one of so many steps: so that ranges meet, touch and overlap. */
const STEPS = 40;
const STEP = Math.ceil(2 ** 32 / STEPS);

/** The steps from `a` to `b`, the last one up to the end of all positions. */
function stepsOf(a: number, b: number): { first: number; last: number } {
  const last = (Math.max(a, b) + 1) * STEP - 1;
  return { first: Math.min(a, b) * STEP, last: Math.min(last, EVERYWHERE.last) };
}

describe('a position', () => {
  test('is the octets 1 to 4 of an id, big endian', () => {
    expect(positionOf('\u003f\u0001\u0002\u0003\u0004'.padEnd(16, '\u00ff'))).toBe(0x0102_0304);
    expect(positionOf('\0'.padEnd(16, '\u00ff'))).toBe(0xffff_ffff);
  });

  test('is in one of 16 buckets, and peers are spread evenly over them', () => {
    const counts = Array.from({ length: BUCKETS }, () => 0);
    for (const key of drawKeys(16_000, seededRandom(1))) counts[bucketOf(positionOf(key))]!++;
    expect(Math.min(...counts)).toBeGreaterThan(850);
    expect(Math.max(...counts)).toBeLessThan(1150);
  });
});

describe('coverage', () => {
  test('begins with nothing, and is complete when nothing is missing', () => {
    const coverage = new Coverage();
    expect(coverage.gaps(9)).toEqual([EVERYWHERE]);
    expect(coverage.add({ first: 0, last: 9 })).toBe(true);
    expect(coverage.gaps(9)).toEqual([{ first: 10, last: EVERYWHERE.last }]);
    expect(coverage.isComplete).toBe(false);
    expect(coverage.add({ first: 10, last: EVERYWHERE.last })).toBe(true);
    expect(coverage.isComplete).toBe(true);
    expect(coverage.gaps(9)).toEqual([]);
    coverage.clear();
    expect(coverage.gaps(9)).toEqual([EVERYWHERE]);
  });

  test('tells the first gaps, as many as are asked for', () => {
    const coverage = new Coverage();
    for (const first of [10, 20, 30]) coverage.add({ first, last: first + 4 });
    expect(coverage.pieces).toBe(3);
    expect(coverage.gaps(2)).toEqual([
      { first: 0, last: 9 },
      { first: 15, last: 19 },
    ]);
  });

  test('is what a set of positions would be', () => {
    const ranges = fc.array(fc.tuple(fc.nat(STEPS - 1), fc.nat(STEPS - 1)), { maxLength: 20 });
    fc.assert(
      fc.property(ranges, (added) => {
        const coverage = new Coverage();
        const model = new Set<number>();
        for (const [a, b] of added) {
          const before = model.size;
          for (let step = Math.min(a, b); step <= Math.max(a, b); step++) model.add(step);
          expect(coverage.add(stepsOf(a, b))).toBe(model.size > before);
        }
        const missing = coverage.gaps(Infinity);
        for (let step = 0; step < STEPS; step++) {
          const inGap = ({ first, last }: { first: number; last: number }): boolean =>
            first <= step * STEP && step * STEP <= last;
          expect(missing.filter(inGap)).toHaveLength(model.has(step) ? 0 : 1);
        }
        expect(coverage.isComplete).toBe(model.size === STEPS);
      }),
    );
  });
});
