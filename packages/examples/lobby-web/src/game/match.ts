/** What two players do at a table: rounds of Connect Four, one after another, and talk. */

import {
  type Board,
  type Cell,
  drop,
  EMPTY_BOARD,
  hasRoom,
  isFull,
  linesThrough,
  type Side,
} from './board.ts';

export type Act =
  | { readonly type: 'drop'; readonly column: number }
  /** Yes to another round. It begins when both have said so. */
  | { readonly type: 'again' }
  | { readonly type: 'say'; readonly text: string };

export type Outcome =
  | { readonly type: 'won'; readonly by: Side; readonly line: readonly Cell[] }
  | { readonly type: 'drawn' };

export interface Match {
  /** The first is 0. */
  readonly round: number;
  readonly board: Board;
  readonly last: Cell | undefined;
  readonly turn: Side;
  /** Of this round, once it is over. */
  readonly outcome: Outcome | undefined;
  readonly again: readonly [boolean, boolean];
  /** Rounds won by each side so far. */
  readonly wins: readonly [number, number];
}

export const NEW_MATCH: Match = {
  round: 0,
  board: EMPTY_BOARD,
  last: undefined,
  turn: 0,
  outcome: undefined,
  again: [false, false],
  wins: [0, 0],
};

/** As long as people say at once, in characters. */
export const TALK_CHARACTERS_MAX = 200;

/** Whether the rules allow it. */
export function allows(match: Match, side: Side, act: Act): boolean {
  switch (act.type) {
    case 'drop':
      return match.outcome === undefined && match.turn === side && hasRoom(match.board, act.column);
    case 'again':
      return match.outcome !== undefined && !match.again[side];
    case 'say':
      return act.text.trim() !== '' && act.text.length <= TALK_CHARACTERS_MAX;
  }
}

/** The match after an act that the rules allow. */
export function play(match: Match, side: Side, act: Act): Match {
  switch (act.type) {
    case 'drop':
      return afterDrop(match, side, act.column);
    case 'again': {
      const again = withSide(match.again, side, true);
      return again.every(Boolean) ? nextRound(match) : { ...match, again };
    }
    case 'say':
      return match;
  }
}

function afterDrop(match: Match, side: Side, column: number): Match {
  const board = drop(match.board, column, side);
  const last = { column, row: board[column]!.length - 1 };
  const next = { ...match, board, last, turn: other(side) };
  const line = linesThrough(board, column);
  if (line.length > 0) {
    const wins = withSide(match.wins, side, match.wins[side] + 1);
    return { ...next, outcome: { type: 'won', by: side, line }, wins };
  }
  return isFull(board) ? { ...next, outcome: { type: 'drawn' } } : next;
}

/** Who begins takes turns, too. */
function nextRound({ round, wins }: Match): Match {
  return { ...NEW_MATCH, round: round + 1, turn: round % 2 === 0 ? 1 : 0, wins };
}

export function other(side: Side): Side {
  return side === 0 ? 1 : 0;
}

export function withSide<Value>(
  pair: readonly [Value, Value],
  side: Side,
  value: Value,
): readonly [Value, Value] {
  return side === 0 ? [value, pair[1]] : [pair[0], value];
}
