/** Connect Four by its rules alone: discs fall down columns, four in a line win. */

/** 0 is the host of the room, 1 its guest. */
export type Side = 0 | 1;

/** Seven columns, each from the bottom up. */
export type Board = readonly (readonly Side[])[];

export interface Cell {
  readonly column: number;
  readonly row: number;
}

export const COLUMNS = 7;
export const ROWS = 6;
const IN_LINE = 4;

export const EMPTY_BOARD: Board = Array.from({ length: COLUMNS }, () => []);

/** To the right, upwards, and both diagonals. */
const DIRECTIONS = [
  [1, 0],
  [0, 1],
  [1, 1],
  [1, -1],
] as const;

export function hasRoom(board: Board, column: number): boolean {
  const discs = board[column];
  return discs !== undefined && discs.length < ROWS;
}

/** The board after a disc. Expects that the column has room. */
export function drop(board: Board, column: number, side: Side): Board {
  return board.map((discs, at) => (at === column ? [...discs, side] : discs));
}

export function isFull(board: Board): boolean {
  return board.every((discs) => discs.length === ROWS);
}

/** The discs of all lines that the last disc of a column completed; none if it completed none. */
export function linesThrough(board: Board, column: number): readonly Cell[] {
  const row = board[column]!.length - 1;
  const side = board[column]![row];
  const owns = ({ column, row }: Cell): boolean => board[column]?.[row] === side;
  const lines = DIRECTIONS.map(([right, up]) => {
    const reach = (way: 1 | -1): Cell[] => {
      const cells: Cell[] = [];
      for (let n = 1; n < IN_LINE; n++) {
        const cell = { column: column + n * right * way, row: row + n * up * way };
        if (!owns(cell)) break;
        cells.push(cell);
      }
      return cells;
    };
    return [...reach(-1).toReversed(), { column, row }, ...reach(1)];
  });
  const won = lines.filter((line) => line.length >= IN_LINE).flat();
  return won.filter(
    (cell, at) => won.findIndex((one) => one.column === cell.column && one.row === cell.row) === at,
  );
}
