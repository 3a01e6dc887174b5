import * as v from 'valibot';
import { describe, expect, test } from 'vitest';

import { ENTRIES_MAX } from '../src/game/journal.ts';
import { Announcement, TITLE_CHARACTERS_MAX } from '../src/wire/announcement.ts';
import { Command } from '../src/wire/command.ts';
import { decodeLetter, encodeLetter } from '../src/wire/letter.ts';

const key = 'a'.repeat(43);
const room = { id: 'r1', title: 'Dunes', guest: null, sitting: null };

describe('an announcement', () => {
  test('is a player with or without a room', () => {
    for (const announcement of [
      { type: 'player', room: null, at: null },
      { type: 'player', room, at: null },
      { type: 'player', room: { ...room, guest: key, sitting: 's' }, at: null },
      { type: 'player', room: null, at: { host: key, room: 'r1', sitting: 's' } },
      { type: 'player', room: { ...room, title: 'x'.repeat(TITLE_CHARACTERS_MAX) }, at: null },
    ]) {
      expect(v.parse(Announcement, announcement)).toEqual(announcement);
    }
  });

  test.each([
    null,
    7,
    'a room',
    [],
    {},
    { type: 'player' },
    { type: 'player', room: { ...room, title: '' }, at: null },
    { type: 'player', room: { ...room, title: 'x'.repeat(TITLE_CHARACTERS_MAX + 1) }, at: null },
    { type: 'player', room: { ...room, title: { toString: 'x' } }, at: null },
    { type: 'player', room: { ...room, guest: 'Bob' }, at: null },
    { type: 'player', room: { ...room, id: '<img>' }, at: null },
    { type: 'player', room: { ...room, seats: 1e9 }, at: null },
    { type: 'player', room: null, at: { host: key } },
  ])('that is anything else is unknown: %j', (announcement) => {
    expect(v.parse(Announcement, announcement)).toEqual({ type: 'unknown' });
  });
});

describe('a letter', () => {
  const letter = {
    sitting: 's',
    from: 0,
    entries: [
      { seen: 0, act: { type: 'drop', column: 6 } as const },
      { seen: 1, act: { type: 'say', text: 'hm' } as const },
    ],
    acknowledged: 3,
  };

  test('is read as it was written', () => {
    expect(decodeLetter(encodeLetter(letter))).toEqual(letter);
  });

  test.each([
    '',
    'null',
    '{',
    '[]',
    JSON.stringify({ ...letter, from: -1 }),
    JSON.stringify({ ...letter, from: ENTRIES_MAX + 1 }),
    JSON.stringify({ ...letter, acknowledged: 0.5 }),
    JSON.stringify({ ...letter, sitting: '' }),
    JSON.stringify({ ...letter, entries: [{ seen: 0, act: { type: 'drop', column: 7 } }] }),
    JSON.stringify({ ...letter, entries: [{ seen: 0, act: { type: 'win' } }] }),
    JSON.stringify({
      ...letter,
      entries: [{ seen: 0, act: { type: 'say', text: 'x'.repeat(201) } }],
    }),
  ])('that is anything else is none: %s', (text) => expect(decodeLetter(text)).toBeUndefined());
});

test('a command is one of those there are', () => {
  expect(v.is(Command, { type: 'host', title: ' Dunes ' })).toBe(true);
  for (const command of [
    undefined,
    {},
    { type: 'host' },
    { type: 'host', title: '   ' },
    { type: 'quit' },
    { type: 'leave', force: true },
    { type: 'join', host: 'x', room: 'r' },
  ]) {
    expect(v.is(Command, command)).toBe(false);
  }
});
