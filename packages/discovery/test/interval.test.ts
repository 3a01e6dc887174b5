import { seededRandom } from '@mailslot/core/testing';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import {
  beatDelayFactor,
  budgetIntervalMs,
  type Group,
  INTERVAL_MS_MAX,
  intervalCodeOf,
  intervalMsOf,
  brokerIntervalMs,
} from '../src/presence/interval.ts';
import { presets } from '../src/presence/tuning.ts';

/** Without regard for processors. */
const sleepless = { ...presets.lan(), wakeupsPerSecond: 1_000_000 };

/** So many, and no strangers among them. */
const all = (members: number): Group => ({ members, residents: members });

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
    expect(Math.round(budgetIntervalMs(all(peers), beatBytes, sleepless))).toBe(intervalMs);
  });

  test('keeps any group within nine tenths of the budget once it is above the minimum', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 20, max: 20_000 }),
        fc.integer({ min: 122, max: 1290 }),
        (n, s) => {
          const intervalMs = budgetIntervalMs(all(n), s, sleepless);
          fc.pre(intervalMs < INTERVAL_MS_MAX);
          expect((n * s * 8 * 1000) / intervalMs).toBeLessThanOrEqual(45_000.001);
        },
      ),
    );
  });
});

describe('the interval that a server bears', () => {
  test.each([
    [1, 0],
    [10, 5],
    [100, 550],
    [1000, 55_500],
    [2000, 222_111],
    [100_000, INTERVAL_MS_MAX],
  ])('of %i peers is %i ms', (peers, intervalMs) => {
    expect(Math.round(brokerIntervalMs(all(peers), 1, presets.lan()))).toBe(intervalMs);
  });

  test('is longer for what the group sends besides', () => {
    expect(brokerIntervalMs(all(1000), 1.5, presets.lan())).toBe(
      1.5 * brokerIntervalMs(all(1000), 1, presets.lan()),
    );
  });
});

describe('the interval that lets processors rest', () => {
  test.each([
    [1, 500],
    [12, 500],
    [13, 563],
    [30, 3000],
    [48, 7680],
    [49, 8000],
    [281, 8000],
    [282, 8021],
  ])('of %i peers is %i ms', (peers, intervalMs) => {
    expect(Math.round(budgetIntervalMs(all(peers), 160, presets.lan()))).toBe(intervalMs);
  });

  test('counts nobody who may be gone in a moment', () => {
    const group = { members: 40, residents: 10 };
    expect(budgetIntervalMs(group, 160, presets.lan())).toBeLessThan(1200);
  });

  test('keeps what all wake each other within its limit, up to its longest', () => {
    for (let peers = 1; peers <= 48; peers++) {
      const intervalMs = budgetIntervalMs(all(peers), 160, presets.lan());
      expect((peers * peers * 1000) / intervalMs).toBeLessThanOrEqual(300.001);
    }
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
  const delays = Array.from({ length: 1000 }, () => beatDelayFactor(random));
  expect(Math.min(...delays)).toBeGreaterThanOrEqual(0.75);
  expect(Math.max(...delays)).toBeLessThan(1.25);
  expect(Math.max(...delays) - Math.min(...delays)).toBeGreaterThan(0.48);
});
