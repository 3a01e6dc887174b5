import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { type Rate, TokenBucket, TokenBuckets } from '../src/presence/token-bucket.ts';

const RATE: Rate = { perSecond: 3, burst: 5 };

function takeMany(take: () => boolean, times: number): number {
  return Array.from({ length: times }, take).filter(Boolean).length;
}

describe('a token bucket', () => {
  test('gives its burst at once, and then one token with each interval of its rate', () => {
    const bucket = new TokenBucket(RATE);
    expect(takeMany(() => bucket.take(1000), 10)).toBe(5);
    expect(bucket.take(1333)).toBe(false);
    expect(bucket.take(1334)).toBe(true);
    expect(bucket.take(1334)).toBe(false);
  });

  test('gets no fuller than its burst, however long nothing is taken', () => {
    const bucket = new TokenBucket(RATE);
    bucket.take(1);
    expect(takeMany(() => bucket.take(1e9), 10)).toBe(5);
  });

  test('gives in any time no more than its burst and its rate, and in the long run no less', () => {
    const rates = fc.record({
      perSecond: fc.integer({ min: 1, max: 5000 }),
      burst: fc.integer({ min: 1, max: 200 }),
    });
    const start = fc.double({ min: 1, max: 1e9, noNaN: true });
    fc.assert(
      fc.property(rates, start, fc.integer({ min: 1, max: 300 }), (rate, start, earned) => {
        const bucket = new TokenBucket(rate);
        const asks = 20 * earned;
        const askMs = 1000 / rate.perSecond / 20;
        let given = takeMany(() => bucket.take(start), rate.burst + 1);
        for (let ask = 1; ask <= asks; ask++) if (bucket.take(start + ask * askMs)) given++;
        expect(given).toBeLessThanOrEqual(rate.burst + earned);
        expect(given).toBeGreaterThanOrEqual(rate.burst + earned * 0.95 - 1);
      }),
    );
  });
});

describe('buckets by key', () => {
  test('are one for each key', () => {
    const buckets = new TokenBuckets(10);
    expect(takeMany(() => buckets.take('a', RATE, 1), 10)).toBe(5);
    expect(takeMany(() => buckets.take('b', RATE, 1), 10)).toBe(5);
    expect(buckets.take('a', RATE, 2)).toBe(false);
  });

  test('are remembered while as many others are used as the limit says, and forgotten after twice as many', () => {
    for (const [others, left] of [
      [9, 0],
      [20, 5],
    ] as const) {
      const buckets = new TokenBuckets(10);
      takeMany(() => buckets.take('a', RATE, 1), 5);
      for (let other = 0; other < others; other++) buckets.take(`other ${other}`, RATE, 1);
      expect(takeMany(() => buckets.take('a', RATE, 1), 10)).toBe(left);
    }
  });

  test('are not remembered for those who ask in vain', () => {
    const buckets = new TokenBuckets(10);
    takeMany(() => buckets.take('a', RATE, 1), 5);
    takeMany(() => buckets.take('b', RATE, 1), 1000);
    expect(buckets.take('a', RATE, 1)).toBe(false);
  });
});
