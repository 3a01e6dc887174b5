import { describe, expect, test } from 'vitest';

import {
  beats,
  CALL,
  type Candidacy,
  compare,
  criteriaOf,
  DESIRE,
  OS_LEVEL,
  TIE_MS,
} from '../src/browser/criteria.ts';

const ann: Candidacy = { version: 1, criteria: 0x2001_0f00, uptimeMs: 60_000, name: 'ANN' };
const bob: Candidacy = { ...ann, name: 'BOB' };

describe('of two candidates', () => {
  test.each<[string, Partial<Candidacy>, Partial<Candidacy>]>([
    ['the one with greater criteria', { criteria: 0x2001_0f01 }, { criteria: 0x2001_0f00 }],
    [
      'the one with the greater level, whatever else',
      { criteria: 0x2100_0000 },
      { criteria: 0x20ff_ffff },
    ],
    [
      'the one whose level has its highest bit',
      { criteria: 0xff00_0000 },
      { criteria: 0x7fff_ffff },
    ],
    ['the one that has been up for longer', { uptimeMs: 70_000 }, { uptimeMs: 60_000 }],
    ['the one with the lower name among equals', {}, { name: 'CID' }],
    ['the one that speaks a later version', { version: 2, criteria: 1 }, {}],
    ['whoever stands, against a mere call', { criteria: 1, uptimeMs: 0 }, CALL],
    [
      'the one whose uptime has not wrapped around yet',
      { uptimeMs: 5000 },
      { uptimeMs: 0xffff_f000 },
    ],
  ])('%s wins', (_what, winner, loser) => {
    const better = { ...ann, ...winner };
    const worse = { ...bob, ...loser };
    expect(beats(better, worse)).toBe(true);
    expect(beats(worse, better)).toBe(false);
  });

  test('names decide up to 2 s of difference, and not beyond', () => {
    const older = (ms: number): Candidacy => ({ ...bob, uptimeMs: ann.uptimeMs + ms });
    expect(compare(older(TIE_MS), ann)).toBe('tie');
    expect(beats(older(TIE_MS), ann)).toBe(false);
    expect(compare(older(TIE_MS + 1), ann)).toBe('better');
    expect(beats(older(TIE_MS + 1), ann)).toBe(true);
  });

  test('exactly one wins, whatever they are', () => {
    const some = [1, 2].flatMap((version) =>
      [0, 1, 0x1401_0f02, 0x8000_0000].flatMap((criteria) =>
        [0, 1999, 2000, 2001, 4000, 0xffff_ffff].flatMap((uptimeMs) =>
          ['ANN', 'BOB'].map((name) => ({ version, criteria, uptimeMs, name })),
        ),
      ),
    );
    const pairs = some.flatMap((one) => some.map((other) => ({ one, other })));
    const undecided = pairs.filter(
      ({ one, other }) => one.name !== other.name && beats(one, other) === beats(other, one),
    );
    expect(undecided).toEqual([]);
  });
});

test('criteria are those of Windows and Samba', () => {
  expect(criteriaOf(OS_LEVEL.WORKSTATION, DESIRE.MASTER)).toBe(0x1001_0f04);
  expect(criteriaOf(20, DESIRE.STANDBY | DESIRE.PREFERRED)).toBe(0x1401_0f0a);
  expect(criteriaOf(255, 0)).toBe(0xff01_0f00);
});
