import { describe, expect, test } from 'vitest';

import { type Random, seededRandom, systemRandom } from '@mailslot/core';
import { uniform } from '@mailslot/core/internal';

const draw = (random: Random, count: number): number[] =>
  Array.from({ length: count }, () => random.next());

describe.each([
  ['the system', systemRandom],
  ['a seed', seededRandom(42)],
] satisfies [string, Random][])('chance from %s', (_, random) => {
  test('is spread evenly over [0, 1)', () => {
    const drawn = draw(random, 20_000);
    expect(Math.min(...drawn)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...drawn)).toBeLessThan(1);
    for (let decile = 0; decile < 10; decile++) {
      const share = drawn.filter((each) => Math.floor(each * 10) === decile).length / drawn.length;
      expect(share).toBeGreaterThan(0.08);
      expect(share).toBeLessThan(0.12);
    }
  });

  test('comes in as many bytes as asked for, of every value', () => {
    expect(random.bytes(0)).toHaveLength(0);
    expect(new Set(random.bytes(20_000)).size).toBe(256);
  });
});

describe('a seed', () => {
  test('gives the same sequence each time, and another seed another', () => {
    expect(draw(seededRandom(7), 100)).toEqual(draw(seededRandom(7), 100));
    expect(draw(seededRandom(7), 100)).not.toEqual(draw(seededRandom(8), 100));
  });

  test('gives the sequence that mulberry32 gives everywhere', () => {
    const random = seededRandom(1);
    expect([random.next(), random.next()]).toEqual([0.6270739405881613, 0.002735721180215478]);
  });
});

test('uniform stays within its bounds', () => {
  const random = seededRandom(3);
  const drawn = Array.from({ length: 1000 }, () => uniform(random, 50, 60));
  expect(Math.min(...drawn)).toBeGreaterThanOrEqual(50);
  expect(Math.max(...drawn)).toBeLessThan(60);
  expect(uniform(random, 5, 5)).toBe(5);
});
