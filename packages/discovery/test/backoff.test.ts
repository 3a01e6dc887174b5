import { seededRandom } from '@mailslot/core/testing';
import { describe, expect, test } from 'vitest';

import { backoffMs } from '../src/presence/backoff.ts';

const MAX_MS = 50;
const RUNS = 1000;

/** How many of a group speak on the mean, if each is heard by all after `latencyMs`, and when the first does. */
function play(
  group: number,
  speakers: number,
  latencyMs: number,
): { spoke: number; firstMs: number } {
  const random = seededRandom(group);
  let spoke = 0;
  let firstMs = 0;
  for (let run = 0; run < RUNS; run++) {
    const delays = Array.from({ length: speakers }, () => backoffMs(MAX_MS, group, random));
    const first = Math.min(...delays);
    firstMs += first / RUNS;
    spoke += delays.filter((delay) => delay <= first + latencyMs).length / RUNS;
  }
  return { spoke, firstMs };
}

describe('a random delay', () => {
  test('is never negative, never longer than it may be, and mostly long', () => {
    const random = seededRandom(1);
    for (const group of [1, 4, 100, 10_000]) {
      const delays = Array.from({ length: RUNS }, () => backoffMs(MAX_MS, group, random));
      expect(Math.min(...delays)).toBeGreaterThanOrEqual(0);
      expect(Math.max(...delays)).toBeLessThanOrEqual(MAX_MS);
      const late = delays.filter((delay) => delay > MAX_MS / 2).length;
      expect(late / RUNS).toBeGreaterThan(0.5);
    }
  });

  test('is distributed as RFC 5401 has it', () => {
    // P(t <= x) = (e^(λx/T) - 1) / (e^λ - 1), with λ = ln N + 1.
    const random = seededRandom(2);
    for (const group of [4, 1000]) {
      const lambda = Math.log(group) + 1;
      const delays = Array.from({ length: 20_000 }, () => backoffMs(MAX_MS, group, random));
      for (const part of [0.25, 0.5, 0.75, 0.9]) {
        const expected = Math.expm1(lambda * part) / Math.expm1(lambda);
        const share = delays.filter((delay) => delay <= part * MAX_MS).length / delays.length;
        expect(Math.abs(share - expected)).toBeLessThan(0.01);
      }
    }
  });

  test.each([4, 10, 100, 1000])(
    'lets one or two of %i speak before the others hear them',
    (group) => {
      const { spoke } = play(group, group, 0.5);
      expect(spoke).toBeGreaterThanOrEqual(1);
      expect(spoke).toBeLessThan(1.5);
    },
  );

  test('lets few speak even if it takes a tenth of the time to hear them', () => {
    expect(play(1000, 1000, MAX_MS / 10).spoke).toBeLessThan(3);
  });

  test('does without most of those it counts on, only later', () => {
    const all = play(1000, 1000, 1);
    const few = play(1000, 3, 1);
    expect(few.spoke).toBeLessThan(1.6);
    expect(few.firstMs).toBeGreaterThan(all.firstMs);
  });

  test('is none if there is no time', () => {
    expect(backoffMs(0, 100, seededRandom(1))).toBe(0);
  });

  test('takes a group of nobody for one of one', () => {
    expect(backoffMs(MAX_MS, 0, seededRandom(1))).toBe(backoffMs(MAX_MS, 1, seededRandom(1)));
  });
});
