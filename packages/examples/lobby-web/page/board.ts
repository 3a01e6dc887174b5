/** The board: a button for each column, with discs in it. */

import type { Side } from '../src/game/board.ts';
import type { MatchView, TableView } from '../src/view.ts';
import type { Command } from '../src/wire/command.ts';
import { byId, make } from './dom.ts';

// As in the game's own rules; a page loads only what is compiled for it.
const COLUMNS = 7;
const ROWS = 6;

export class BoardView {
  readonly #columns: readonly Column[];

  constructor(send: (command: Command) => void) {
    const root = byId('board', HTMLElement);
    this.#columns = Array.from({ length: COLUMNS }, (_, column) => {
      return new Column(column, () => send({ type: 'drop', column }));
    });
    root.append(...this.#columns.map(({ root }) => root));
    root.addEventListener('keydown', (event) => this.#onKey(event));
  }

  show({ match, side, names, opponent }: TableView): void {
    const mayPlay = opponent !== 'asked' && match?.outcome === null && match.turn === side;
    for (const column of this.#columns) column.show(match, names, mayPlay, side);
  }

  /** Arrows go from column to column, digits straight to one. */
  #onKey(event: KeyboardEvent): void {
    const at = this.#columns.findIndex(({ root }) => root === document.activeElement);
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const digit = Number(event.key) - 1;
    const column = step === undefined ? this.#columns[digit] : this.#columns[at + step];
    if (column === undefined) return;
    event.preventDefault();
    column.root.focus();
  }
}

class Column {
  readonly root = make('button', 'column');
  readonly #number: number;
  readonly #cells: readonly HTMLElement[];

  constructor(number: number, choose: () => void) {
    this.#number = number;
    this.#cells = Array.from({ length: ROWS }, () => make('span', 'cell'));
    this.root.append(...this.#cells);
    this.root.type = 'button';
    this.root.addEventListener('click', () => {
      if (this.root.ariaDisabled !== 'true') choose();
    });
  }

  show(match: MatchView | null, names: TableView['names'], mayPlay: boolean, side: Side): void {
    const discs = match?.board[this.#number] ?? [];
    const line = match?.outcome?.type === 'won' ? match.outcome.line : [];
    for (const [row, cell] of this.#cells.entries()) {
      const here = (one: { column: number; row: number }): boolean =>
        one.column === this.#number && one.row === row;
      setData(cell, 'side', discs[row]);
      cell.classList.toggle('won', line.some(here));
      cell.classList.toggle('last', match?.last != null && here(match.last));
      cell.classList.toggle('next', mayPlay && row === discs.length);
    }
    setData(this.root, 'mine', side);
    // Not `disabled`: that would take the focus away after every move.
    this.root.ariaDisabled = String(!mayPlay || discs.length === ROWS);
    this.root.ariaLabel = describe(this.#number, discs, names);
  }
}

function describe(number: number, discs: readonly Side[], names: TableView['names']): string {
  const owners = discs.map((side) => names[side] ?? 'somebody');
  const content = owners.length === 0 ? 'empty' : `from the bottom: ${owners.join(', ')}`;
  return `Column ${number + 1}, ${content}`;
}

function setData(element: HTMLElement, name: string, value: Side | undefined): void {
  if (value === undefined) delete element.dataset[name];
  else element.dataset[name] = String(value);
}
