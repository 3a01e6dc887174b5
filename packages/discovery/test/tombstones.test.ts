import { describe, expect, test } from 'vitest';

import {
  STRANGER_TOMBSTONES_MAX,
  TOMBSTONE_MS_MIN,
  Tombstones,
  TOMBSTONES_MAX,
} from '../src/presence/tombstones.ts';

function graveyard(): { tombstones: Tombstones; wait: (ms: number) => void } {
  let now = 1;
  return {
    tombstones: new Tombstones(() => now),
    wait: (ms) => {
      now += ms;
    },
  };
}

describe('a tombstone', () => {
  test('covers what was sent up to the end, and nothing newer', () => {
    const { tombstones } = graveyard();
    tombstones.bury('a', 10, 0, false);
    expect([9, 10, 11].map((sequence) => tombstones.covers('a', sequence))).toEqual([
      true,
      true,
      false,
    ]);
    expect(tombstones.covers('b', 1)).toBe(false);
  });

  test('stands for a minute, or for longer if the peer was slow', () => {
    const { tombstones, wait } = graveyard();
    tombstones.bury('quick', 10, 3000, false);
    tombstones.bury('slow', 10, 2 * TOMBSTONE_MS_MIN, false);
    wait(TOMBSTONE_MS_MIN);
    expect(tombstones.covers('quick', 1)).toBe(true);
    wait(1);
    expect(tombstones.covers('quick', 1)).toBe(false);
    expect(tombstones.covers('slow', 1)).toBe(true);
  });

  test('moves on with later goodbyes, but is not made by one', () => {
    const { tombstones } = graveyard();
    tombstones.bury('a', 10, 0, false);
    tombstones.renew('a', 12);
    tombstones.renew('a', 11);
    tombstones.renew('b', 5);
    expect(tombstones.covers('a', 12)).toBe(true);
    expect(tombstones.covers('b', 5)).toBe(false);
  });

  test('goes when the peer lives after all', () => {
    const { tombstones } = graveyard();
    tombstones.bury('a', 10, 0, false);
    tombstones.open('a');
    expect(tombstones.covers('a', 1)).toBe(false);
  });

  test('makes way when there are too many: the oldest goes', () => {
    const { tombstones } = graveyard();
    for (let at = 0; at < TOMBSTONES_MAX; at++) tombstones.bury(`peer ${at}`, 10, 0, false);
    expect(tombstones.covers('peer 1', 10)).toBe(true);
    tombstones.bury('one more', 10, 0, false);
    expect(tombstones.covers('peer 0', 10)).toBe(false);
    expect(tombstones.covers('peer 1', 10)).toBe(true);
  });

  test('of a stranger makes way for those of strangers only, and the others not for it', () => {
    const { tombstones } = graveyard();
    tombstones.bury('known', 10, 0, false);
    for (let at = 0; at < STRANGER_TOMBSTONES_MAX; at++) tombstones.bury(`${at}`, 10, 0, true);
    expect(tombstones.covers('0', 10)).toBe(true);
    expect(tombstones.size).toBe(STRANGER_TOMBSTONES_MAX + 1);
    for (let at = 0; at < TOMBSTONES_MAX; at++) tombstones.bury(`more ${at}`, 10, 0, true);
    expect(tombstones.covers('0', 10)).toBe(false);
    expect(tombstones.covers('known', 10)).toBe(true);
    expect(tombstones.size).toBe(STRANGER_TOMBSTONES_MAX + 1);
  });

  test('of a stranger does what any other does', () => {
    const { tombstones, wait } = graveyard();
    tombstones.bury('a', 10, 0, true);
    tombstones.renew('a', 12);
    expect(tombstones.covers('a', 12)).toBe(true);
    wait(TOMBSTONE_MS_MIN + 1);
    expect(tombstones.covers('a', 12)).toBe(false);
    tombstones.bury('a', 10, 0, true);
    tombstones.open('a');
    expect(tombstones.covers('a', 10)).toBe(false);
  });
});
