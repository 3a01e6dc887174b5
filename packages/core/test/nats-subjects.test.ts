import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { domainTag, slotPath, type Station } from '@mailslot/core/internal';

import { HOST_NAME_BYTES_MAX, isHostName, PATH_BYTES_MAX } from '../src/name.ts';
import { SUBJECT_BYTES_MAX } from '../src/transports/nats/options.ts';
import { Subjects, token } from '../src/transports/nats/subjects.ts';

const ANN: Station = { id: 'ann\x00\xff!', computerName: 'ANN-PC', domain: 'SALES' };
const subjects = new Subjects('mailslot', ANN);
const LOBBY = slotPath('lobby');

function named(name: string) {
  return { kind: 'name', name } as const;
}

/** What nats-server takes for a line, less what publishing adds to a subject. */
const SUBJECT_LINE_BYTES_MAX = 4_000;

describe('a token', () => {
  test.each([
    ['LOBBY', 'LOBBY'],
    ['NET-SEND_2', 'NET-SEND_2'],
    ['A.B', 'A=2eB'],
    ['*', '=2a'],
    ['>', '=3e'],
    ['=', '=3d'],
    ['TWO WORDS', 'TWO=20WORDS'],
    ['GRÜSSE\\ß', 'GR=c3=9cSSE=5c=c3=9f'],
  ])('of %s is %s', (name, expected) => {
    expect(token(name)).toBe(expected);
  });

  test('of any name is one that NATS takes, and no other name has it', () => {
    const name = fc.string({ unit: 'grapheme', minLength: 1 });
    fc.assert(
      fc.property(name, name, (one, other) => {
        expect(token(one)).toMatch(/^[\w=-]+$/);
        expect(token(one) === token(other)).toBe(one === other);
      }),
    );
  });
});

describe('the subjects of a station', () => {
  test('begin with its domain', () => {
    expect(subjects.ofReader(LOBBY.key)).toEqual([
      ['all', 'mailslot.SALES.all.LOBBY'],
      ['computer', 'mailslot.SALES.computer.ANN-PC.LOBBY'],
      ['station', 'mailslot.SALES.station.616e6e00ff21.LOBBY'],
    ]);
  });

  test('are those that others write to', () => {
    const [all, computer, station] = subjects.ofReader(LOBBY.key).map(([, subject]) => subject);
    const bob = new Subjects('mailslot', { ...ANN, id: 'bobbob', computerName: 'BOB-PC' });
    expect(bob.toScope({ kind: 'domain' }, LOBBY).subjects).toEqual([all]);
    expect(bob.toScope({ kind: 'name', name: 'ANN-PC' }, LOBBY).subjects).toContain(computer);
    expect(bob.toScope({ kind: 'name', name: 'SALES' }, LOBBY).subjects).toEqual([all]);
    expect(bob.toStation(ANN.id, LOBBY.key).subjects).toEqual([station]);
    const cat = new Subjects('mailslot', { ...ANN, domain: 'LAB' });
    expect(cat.toScope({ kind: 'name', name: 'SALES' }, LOBBY).subjects).toContain(all);
  });

  test('are short enough for any server with the longest of names', () => {
    const longest = 'Ä'.repeat(PATH_BYTES_MAX / 2);
    const host = 'Ö'.repeat(HOST_NAME_BYTES_MAX / 2);
    expect(isHostName(host)).toBe(true);
    const station = { ...ANN, computerName: host, domain: host };
    const all = new Subjects('x'.repeat(SUBJECT_BYTES_MAX), station).ofReader(longest);
    for (const [, subject] of all) expect(subject.length).toBeLessThan(SUBJECT_LINE_BYTES_MAX);
  });

  test('take only what is for those who read them', () => {
    const sales = { kind: 'domain', tag: domainTag('SALES') } as const;
    const lab = { kind: 'domain', tag: domainTag('LAB') } as const;
    const direct = { kind: 'direct' } as const;
    const taken = (['all', 'computer', 'station'] as const).map((audience) =>
      [sales, lab, direct, named('ANN-PC'), named('SALES'), named('BOB-PC')].map((address) =>
        subjects.agrees(audience, address),
      ),
    );
    expect(taken).toEqual([
      [true, false, false, false, true, false],
      [false, false, false, true, false, false],
      [false, false, true, false, false, false],
    ]);
  });
});
