import { MailslotError } from '@mailslot/core';
import { describe, expect, test } from 'vitest';

import { DEFAULT_TUNING, tune } from '../src/presence/tuning.ts';

describe('tuning', () => {
  test('is the default where nothing is given', () => {
    expect(tune({})).toEqual(DEFAULT_TUNING);
    expect(tune({ intervalMsMin: 1000 })).toEqual({ ...DEFAULT_TUNING, intervalMsMin: 1000 });
  });

  test.each([
    { intervalMsMin: 250 },
    { intervalMsMin: 60_000 },
    { budgetBitsPerSecond: 10_000 },
    { budgetBitsPerSecond: 10_000_000 },
    { missedBeatsMax: 1 },
    { missedBeatsMax: 100 },
    { peersMax: 1 },
    { peersMax: 1_000_000 },
  ])('takes %o', (given) => {
    expect(tune(given)).toMatchObject(given);
  });

  test.each([
    { intervalMsMin: 249 },
    { intervalMsMin: 60_001 },
    { budgetBitsPerSecond: 9999 },
    { budgetBitsPerSecond: 10_000_001 },
    { missedBeatsMax: 0 },
    { missedBeatsMax: 101 },
    { missedBeatsMax: 2.5 },
    { peersMax: 0 },
    { peersMax: 1_000_001 },
    { peersMax: NaN },
  ])('refuses %o', (given) => {
    expect(() => tune(given)).toThrow(MailslotError);
  });
});
