import fc from 'fast-check';
import { expect, test } from 'vitest';

import {
  type Board,
  type Cell,
  COLUMNS,
  drop,
  EMPTY_BOARD,
  hasRoom,
  isFull,
  linesThrough,
  ROWS,
  type Side,
} from '../src/game/board.ts';

/** Sides take turns in these columns, as far as they have room. */
function boardOf(columns: readonly number[]): Board {
  let side: Side = 0;
  return columns.reduce((board, column) => {
    if (!hasRoom(board, column)) return board;
    const next = drop(board, column, side);
    side = side === 0 ? 1 : 0;
    return next;
  }, EMPTY_BOARD);
}

/** All cells in lines of four of one side, looked for by looking at every line of four there is. */
function allLines(board: Board): Set<string> {
  const found = new Set<string>();
  for (let column = 0; column < COLUMNS; column++) {
    for (let row = 0; row < ROWS; row++) {
      for (const [right, up] of [
        [1, 0],
        [0, 1],
        [1, 1],
        [1, -1],
      ] as const) {
        const cells = [0, 1, 2, 3].map((n) => ({ column: column + n * right, row: row + n * up }));
        const sides = new Set(cells.map((cell) => board[cell.column]?.[cell.row]));
        if (sides.size === 1 && !sides.has(undefined))
          cells.map(textOf).forEach((one) => found.add(one));
      }
    }
  }
  return found;
}

function textOf({ column, row }: Cell): string {
  return `${column}:${row}`;
}

test('a disc that completes lines completes exactly those that are there', () => {
  const columns = fc.array(fc.integer({ min: 0, max: COLUMNS - 1 }), { maxLength: 60 });
  fc.assert(
    fc.property(columns, (columns) => {
      let board = EMPTY_BOARD;
      let side: Side = 0;
      for (const column of columns) {
        if (!hasRoom(board, column)) continue;
        board = drop(board, column, side);
        side = side === 0 ? 1 : 0;
        const lines = linesThrough(board, column).map(textOf);
        expect(new Set(lines)).toEqual(allLines(board));
        expect(new Set(lines).size).toBe(lines.length);
        if (lines.length > 0) return;
      }
    }),
    { numRuns: 500 },
  );
});

test('a column takes six discs, and there are seven columns', () => {
  const full = boardOf([3, 3, 3, 3, 3, 3]);
  expect(hasRoom(full, 3)).toBe(false);
  expect(hasRoom(full, 2)).toBe(true);
  for (const column of [-1, COLUMNS, 0.5, Number.NaN]) expect(hasRoom(full, column)).toBe(false);
});

test('a board is full after 42 discs', () => {
  const order = Array.from({ length: COLUMNS * ROWS }, (_, n) => n % COLUMNS);
  expect(isFull(boardOf(order.slice(1)))).toBe(false);
  expect(isFull(boardOf(order))).toBe(true);
});
