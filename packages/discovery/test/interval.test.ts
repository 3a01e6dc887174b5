import { seededRandom } from '@mailslot/core/testing';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import {
  BEAT_BYTES_INITIAL,
  beatDelayMs,
  budgetIntervalMs,
  INTERVAL_MS_MAX,
  intervalCodeOf,
  intervalMsOf,
  nextBeatBytes,
  timeToLiveMs,
} from '../src/presence/interval.ts';
import { DEFAULT_TUNING } from '../src/presence/tuning.ts';

describe('the budget interval', () => {
  test.each([
    [1, 160, 500],
    [10, 160, 500],
    [17, 160, 500],
    [18, 160, 512],
    [100, 160, 2844],
    [1000, 160, 28_444],
    [10_000, 160, 284_444],
    [1_000_000, 160, INTERVAL_MS_MAX],
  ])('of %i peers that send %i bytes a beat is %i ms', (peers, beatBytes, intervalMs) => {
    expect(Math.round(budgetIntervalMs(peers, beatBytes, DEFAULT_TUNING))).toBe(intervalMs);
  });

  test('keeps any group within nine tenths of the budget once it is above the minimum', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 20, max: 20_000 }),
        fc.integer({ min: 122, max: 1290 }),
        (n, s) => {
          const intervalMs = budgetIntervalMs(n, s, DEFAULT_TUNING);
          fc.pre(intervalMs < INTERVAL_MS_MAX);
          expect((n * s * 8 * 1000) / intervalMs).toBeLessThanOrEqual(45_000.001);
        },
      ),
    );
  });
});

describe('an interval code', () => {
  test.each([
    [125, 0],
    [250, 8],
    [500, 16],
    [501, 17],
    [1000, 24],
    [60_000, 72],
    [3_600_000, 119],
    [1, 0],
    [Infinity, 255],
  ])('of %i ms is %i', (intervalMs, code) => {
    expect(intervalCodeOf(intervalMs)).toBe(code);
  });

  test('never announces less than the interval, and at most an eleventh more', () => {
    fc.assert(
      fc.property(fc.double({ min: 125, max: INTERVAL_MS_MAX, noNaN: true }), (intervalMs) => {
        const announced = intervalMsOf(intervalCodeOf(intervalMs));
        expect(announced).toBeGreaterThanOrEqual(intervalMs * (1 - 1e-9));
        expect(announced).toBeLessThan(intervalMs * 1.0906);
      }),
    );
  });

  test('comes back from its interval, up to the longest', () => {
    for (let code = 0; code < intervalCodeOf(INTERVAL_MS_MAX); code++) {
      expect(intervalCodeOf(intervalMsOf(code))).toBe(code);
    }
    expect(intervalMsOf(255)).toBe(INTERVAL_MS_MAX);
  });
});

test('beats are a quarter early to a quarter late', () => {
  const random = seededRandom(1);
  const delays = Array.from({ length: 1000 }, () => beatDelayMs(1000, random));
  expect(Math.min(...delays)).toBeGreaterThanOrEqual(750);
  expect(Math.max(...delays)).toBeLessThan(1250);
  expect(Math.max(...delays) - Math.min(...delays)).toBeGreaterThan(480);
});

test('the time to live counts the longer of both intervals', () => {
  expect(timeToLiveMs(500, 500, 5)).toBe(3375);
  expect(timeToLiveMs(500, 2000, 5)).toBe(12_750);
  expect(timeToLiveMs(2000, 500, 5)).toBe(12_750);
});

test('the mean beat size follows what is sent, slowly', () => {
  let mean = BEAT_BYTES_INITIAL;
  mean = nextBeatBytes(mean, 1200);
  expect(mean).toBeLessThan(BEAT_BYTES_INITIAL * 1.2);
  for (let beat = 0; beat < 500; beat++) mean = nextBeatBytes(mean, 32);
  expect(mean).toBeCloseTo(122, 0);
});
