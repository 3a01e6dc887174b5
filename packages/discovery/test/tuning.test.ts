import { MailslotError } from '@mailslot/core';
import { describe, expect, test } from 'vitest';

import { presets, tune, type Tuning } from '../src/presence/tuning.ts';

const RANGES: [keyof Tuning, least: number, most: number][] = [
  ['intervalMsMin', 100, 60_000],
  ['budgetBitsPerSecond', 10_000, 10_000_000],
  ['wakeupsPerSecond', 10, 1_000_000],
  ['deliveriesPerSecond', 1000, 10_000_000],
  ['graceMs', 50, 10_000],
  ['roundMs', 60, 5000],
  ['peersMax', 1, 1_000_000],
];

describe('tuning', () => {
  test('is that of a LAN where nothing is given', () => {
    expect(tune({})).toEqual(presets.lan());
    expect(tune({ intervalMsMin: 1000 })).toEqual({ ...presets.lan(), intervalMsMin: 1000 });
  });

  test.each(RANGES)(
    'takes a %s from %i to %i, and refuses one less and one more',
    (name, ...ends) => {
      const [least, most] = ends;
      for (const value of ends) expect(tune({ [name]: value })[name]).toBe(value);
      for (const value of [least - 1, most + 1, least + 0.5, NaN, Infinity]) {
        expect(() => tune({ [name]: value })).toThrow(MailslotError);
      }
    },
  );

  test('says what is out of which range', () => {
    expect(() => tune({ roundMs: 59 })).toThrow(
      'roundMs is 59; it takes a whole number from 60 to 5000.',
    );
  });
});
