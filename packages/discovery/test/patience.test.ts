import { describe, expect, test } from 'vitest';

import { fallbackBeats, patienceMs, roundsNeeded, watcherBeats } from '../src/presence/patience.ts';

/** As shares: 0.1, 1, 5, 20 and 50 %. */
const LOSSES = [0.001, 0.01, 0.05, 0.2, 0.5];

describe('the beats a watcher lets a peer miss', () => {
  test.each([
    [0.001, 1],
    [0.01, 1],
    [0.05, 2],
    [0.2, 3],
    [0.5, 6],
  ])('at a loss of %d are %i', (loss, beats) => {
    expect(watcherBeats(loss)).toBe(beats);
  });

  test('are missed by a living peer once in forty beats at most, up to a loss of half', () => {
    for (const loss of LOSSES) expect(loss ** watcherBeats(loss)).toBeLessThanOrEqual(1 / 40);
  });
});

describe('the beats the others let a peer miss', () => {
  test.each([
    [0.001, 2, 2],
    [0.001, 100, 3],
    [0.001, 10_000, 3],
    [0.01, 2, 3],
    [0.01, 100, 3],
    [0.01, 10_000, 4],
    [0.05, 2, 3],
    [0.05, 100, 5],
    [0.05, 10_000, 6],
    [0.2, 2, 5],
    [0.2, 100, 7],
    [0.2, 10_000, 10],
    [0.5, 2, 9],
    [0.5, 100, 10],
    [0.5, 10_000, 10],
  ])('at a loss of %d among %i peers are %i', (loss, peers, beats) => {
    expect(fallbackBeats(loss, peers)).toBe(beats);
  });

  test('are missed once in a hundred rounds of beats of the group, where that is less than ten', () => {
    for (const loss of LOSSES) {
      for (const peers of [1, 10, 100, 1000]) {
        const beats = fallbackBeats(loss, peers);
        // One more than is needed: the watchers go first.
        const missed = peers * loss ** (beats - 1);
        expect(beats === 10 || missed <= 1 / 100).toBe(true);
      }
    }
  });

  test('are more than a watcher lets it miss', () => {
    for (const loss of LOSSES) {
      expect(fallbackBeats(loss, 2)).toBeGreaterThan(watcherBeats(loss));
    }
  });

  test('are some in a group of nobody, too', () => {
    expect(fallbackBeats(0.01, 0)).toBe(fallbackBeats(0.01, 1));
  });
});

describe('the rounds that make a peer dead', () => {
  test.each([
    [0.001, 4],
    [0.01, 4],
    [0.05, 7],
    [0.1, 9],
    [0.2, 13],
    [0.3, 14],
    [0.5, 14],
  ])('at a loss of %d are %i', (loss, rounds) => {
    expect(roundsNeeded(loss)).toBe(rounds);
  });

  test('are left unanswered by a living peer once in 10¹⁴ suspicions, up to a fifth', () => {
    for (const loss of LOSSES.filter((loss) => loss <= 0.2)) {
      // A question or an answer fails if both its copies are lost.
      const roundFails = 1 - (1 - loss ** 2) ** 2;
      expect(roundFails ** roundsNeeded(loss)).toBeLessThanOrEqual(1e-14);
    }
  });
});

describe('patience', () => {
  test('is so many late beats and a grace', () => {
    expect(patienceMs(1, 500, 500, 250)).toBe(875);
    expect(patienceMs(3, 500, 500, 100)).toBe(1975);
  });

  test('counts the longer of both intervals', () => {
    expect(patienceMs(2, 500, 2000, 250)).toBe(5250);
    expect(patienceMs(2, 2000, 500, 250)).toBe(5250);
  });
});
