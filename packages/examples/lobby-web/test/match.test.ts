import { describe, expect, test } from 'vitest';

import type { Side } from '../src/game/board.ts';
import {
  append,
  type Journal,
  deeds,
  EMPTY_JOURNAL,
  ENTRIES_MAX,
  matchOf,
} from '../src/game/journal.ts';
import {
  type Act,
  allows,
  type Match,
  NEW_MATCH,
  play,
  TALK_CHARACTERS_MAX,
} from '../src/game/match.ts';

const disc = (column: number): Act => ({ type: 'drop', column });
const AGAIN: Act = { type: 'again' };
const say = (text: string): Act => ({ type: 'say', text });

/** Both sides take turns in these columns. */
function playColumns(columns: string, match: Match = NEW_MATCH): Match {
  return Array.from(columns, Number).reduce((match, column) => {
    expect(allows(match, match.turn, disc(column))).toBe(true);
    return play(match, match.turn, disc(column));
  }, match);
}

/** Nobody wins. */
const DRAW = '545062455041104565311226266362030334314210';

describe('a round', () => {
  test('is won by four in a line', () => {
    const match = playColumns('0101010');
    expect(match.outcome).toEqual({
      type: 'won',
      by: 0,
      line: [0, 1, 2, 3].map((row) => ({ column: 0, row })),
    });
    expect(match.wins).toEqual([1, 0]);
    for (const side of [0, 1] as const) expect(allows(match, side, disc(3))).toBe(false);
  });

  test('is drawn when the board is full', () => {
    const match = playColumns(DRAW);
    expect(match.board.flat()).toHaveLength(42);
    expect(match.outcome).toEqual({ type: 'drawn' });
  });

  test('is for one after the other', () => {
    expect(allows(NEW_MATCH, 0, disc(0))).toBe(true);
    expect(allows(NEW_MATCH, 1, disc(0))).toBe(false);
    expect(allows(playColumns('3'), 0, disc(0))).toBe(false);
    expect(allows(playColumns('333333'), 0, disc(3))).toBe(false);
  });

  test('is followed by another when both want it, which the other side begins', () => {
    const over = playColumns('0101010');
    expect(allows(NEW_MATCH, 0, AGAIN)).toBe(false);
    const asked = play(over, 1, AGAIN);
    expect(asked.again).toEqual([false, true]);
    expect(allows(asked, 1, AGAIN)).toBe(false);
    const next = play(asked, 0, AGAIN);
    expect(next).toMatchObject({ round: 1, turn: 1, wins: [1, 0], outcome: undefined });
    expect(next.board.flat()).toEqual([]);
  });
});

test('talk has a length, and is more than nothing', () => {
  expect(allows(NEW_MATCH, 0, say('x'.repeat(TALK_CHARACTERS_MAX)))).toBe(true);
  expect(allows(NEW_MATCH, 0, say('x'.repeat(TALK_CHARACTERS_MAX + 1)))).toBe(false);
  expect(allows(NEW_MATCH, 0, say('  '))).toBe(false);
});

const write = (journal: Journal, side: Side, seen: number, act: Act): Journal => {
  const next = append(journal, side, { seen, act });
  if (next === undefined) throw new Error('The journal refuses it.');
  return next;
};

describe('a journal', () => {
  test('keeps what answers behind what is answered, whoever wrote first', () => {
    let journal = write(EMPTY_JOURNAL, 1, 0, say('Shall we?'));
    journal = write(journal, 0, 1, say('Yes.'));
    journal = write(journal, 0, 1, disc(3));
    journal = write(journal, 1, 2, disc(3));
    expect(deeds(journal).map(({ side, act }) => `${side} ${act.type}`)).toEqual([
      '1 say',
      '0 say',
      '0 drop',
      '1 drop',
    ]);
    expect(matchOf(journal).board[3]).toEqual([0, 1]);
  });

  test('refuses what its writer cannot have seen, or has forgotten', () => {
    const journal = write(write(EMPTY_JOURNAL, 0, 0, say('a')), 1, 1, say('b'));
    expect(append(journal, 1, { seen: 2, act: say('c') })).toBeUndefined();
    expect(append(journal, 1, { seen: 0, act: say('c') })).toBeUndefined();
  });

  test('has a limit', () => {
    const log = Array.from({ length: ENTRIES_MAX - 1 }, () => ({ seen: 0, act: say('x') }));
    const journal = write([log, []], 0, 0, say('the last'));
    expect(append(journal, 0, { seen: 0, act: say('one more') })).toBeUndefined();
  });
});
