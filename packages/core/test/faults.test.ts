import { describe, expect, test } from 'vitest';

import { seededRandom } from '@mailslot/core/testing';

import { Outages } from '../src/simulation/impairment.ts';

/** Looks every `stepMs`, and says for each time whether it was bad. */
function watch(bursts: { meanMs: number; share: number }, stepMs: number, looks: number) {
  const outages = new Outages(bursts, seededRandom(11), 1);
  return Array.from({ length: looks }, (_, look) => outages.lose(1 + look * stepMs));
}

const shareOf = (flags: readonly boolean[]): number => flags.filter(Boolean).length / flags.length;

describe('outages', () => {
  const bursts = { meanMs: 500, share: 0.05 };

  test.each([1, 100, 1_000, 60_000, 10_000_000])(
    'take their share of time, looked at every %i ms',
    (stepMs) => {
      const looks = stepMs === 1 ? 2_000_000 : 50_000;
      const share = shareOf(watch(bursts, stepMs, looks));
      expect(share).toBeGreaterThan(0.044);
      expect(share).toBeLessThan(0.056);
    },
  );

  test('last as long as they say on average, and as often as not less than ln 2 of that', () => {
    const flags = watch(bursts, 1, 5_000_000);
    const lengths: number[] = [];
    let length = 0;
    for (const isBad of flags) {
      if (isBad) length++;
      else if (length > 0) {
        lengths.push(length);
        length = 0;
      }
    }
    const mean = lengths.reduce((sum, one) => sum + one, 0) / lengths.length;
    const median = lengths.toSorted((a, b) => a - b)[lengths.length >> 1]!;
    expect(mean).toBeGreaterThan(430);
    expect(mean).toBeLessThan(570);
    expect(median / mean).toBeGreaterThan(0.55);
    expect(median / mean).toBeLessThan(0.82);
  });

  test('are remembered from one look to the next, and forgotten after long', () => {
    const persistence = [50, 100_000].map((stepMs) => {
      const flags = watch(bursts, stepMs, 200_000);
      return shareOf(flags.filter((_, look) => look > 0 && flags[look - 1]!));
    });
    // e^-0.1 of outages of 500 ms go on for 50 ms more.
    expect(persistence[0]).toBeCloseTo(0.9, 1);
    expect(persistence[1]).toBeCloseTo(0.05, 1);
  });

  test('are not less when a look comes a moment after a long silence', () => {
    const random = seededRandom(2);
    const flags = Array.from({ length: 20_000 }, () => {
      const outages = new Outages(bursts, random, 1);
      outages.lose(1);
      return outages.lose(3_600_000);
    });
    expect(shareOf(flags)).toBeGreaterThan(0.044);
    expect(shareOf(flags)).toBeLessThan(0.056);
  });
});
