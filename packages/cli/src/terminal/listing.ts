/** A list that a person moves through: what each key does to it. Pure: state and key in, state out. */

import type { Style } from '../paint.ts';
import type { Key } from './key.ts';

export interface Column<Row> {
  readonly title: string;
  /** Cells it takes at most; the last column takes what is left. */
  readonly cells: number;
  /** Need not be printable. */
  text(row: Row): string;
  style?(row: Row): Style | undefined;
  /** How rows are sorted by it. Default: by their text. */
  order?(a: Row, b: Row): number;
}

export interface Listing<Row> {
  readonly columns: readonly Column<Row>[];
  /** What stays the same of a row while it changes. */
  key(row: Row): string;
  /** All there is to know of one row, a line each. Need not be printable. */
  detail(row: Row): readonly string[];
}

export interface ListingState {
  /** The column that rows are sorted by. */
  readonly sortedBy: number;
  readonly descending: boolean;
  readonly filter: string;
  /** The filter is being typed. */
  readonly typing: boolean;
  readonly paused: boolean;
  /** The key of a row. */
  readonly selected: string | undefined;
  /** The selected row is shown alone, from this line on. */
  readonly detail: number | undefined;
  readonly quit: boolean;
}

export const INITIAL: ListingState = {
  sortedBy: 0,
  descending: false,
  filter: '',
  typing: false,
  paused: false,
  selected: undefined,
  detail: undefined,
  quit: false,
};

/** What is on the screen when a key is pressed. */
export interface Shown {
  /** Of the rows, in their order. */
  readonly keys: readonly string[];
  readonly columns: number;
  /** How many rows a page has. */
  readonly page: number;
  /** From which line on the selected row is shown to its end. */
  readonly lastTop: number;
}

/** A person filters by a few words; whoever pastes a book is not served. */
const FILTER_CHARACTERS_MAX = 64;

/** The rows that pass the filter, sorted. */
export function arrange<Row>(
  rows: Iterable<Row>,
  { columns }: Listing<Row>,
  { sortedBy, descending, filter }: ListingState,
): readonly Row[] {
  const wanted = filter.toLowerCase();
  const passes = (row: Row): boolean =>
    columns.some((column) => column.text(row).toLowerCase().includes(wanted));
  const column = columns[sortedBy]!;
  const order = column.order?.bind(column) ?? byText(column);
  const sign = descending ? -1 : 1;
  return Array.from(rows)
    .filter((row) => wanted === '' || passes(row))
    .toSorted((a, b) => sign * order(a, b));
}

function byText<Row>(column: Column<Row>): (a: Row, b: Row) => number {
  return (a, b) => {
    const [one, other] = [column.text(a), column.text(b)];
    return one < other ? -1 : Number(one > other);
  };
}

export function press(state: ListingState, key: Key, shown: Shown): ListingState {
  if (key.name === 'interrupt') return { ...state, quit: true };
  if (state.typing) return pressTyping(state, key);
  if (state.detail !== undefined) return pressInDetail(state, state.detail, key, shown);
  const step = stepOf(key, shown.page);
  if (step !== undefined) return select(state, shown, step);
  if (key.name === 'text') return pressLetter(state, key.text, shown);
  if (key.name === 'return') {
    const selected = state.selected ?? shown.keys[0];
    return selected === undefined ? state : { ...state, selected, detail: 0 };
  }
  if (key.name !== 'escape') return state;
  return state.selected === undefined
    ? { ...state, filter: '' }
    : { ...state, selected: undefined };
}

/** How many rows, or lines, a key moves by; undefined if it does not move. */
function stepOf(key: Key, page: number): number | undefined {
  const steps: { readonly [Name in Key['name']]?: number } = {
    up: -1,
    down: 1,
    pageup: -page,
    pagedown: page,
    home: -Infinity,
    end: Infinity,
  };
  return steps[key.name];
}

function pressLetter(state: ListingState, letter: string, shown: Shown): ListingState {
  switch (letter) {
    case '/':
      return { ...state, typing: true };
    case 's':
      return { ...state, sortedBy: (state.sortedBy + 1) % shown.columns, descending: false };
    case 'r':
      return { ...state, descending: !state.descending };
    case 'p':
    case ' ':
      return { ...state, paused: !state.paused };
    case 'j':
      return select(state, shown, 1);
    case 'k':
      return select(state, shown, -1);
    case 'q':
      return { ...state, quit: true };
    default:
      return state;
  }
}

function pressTyping(state: ListingState, key: Key): ListingState {
  const { filter } = state;
  if (key.name === 'text') {
    return { ...state, filter: (filter + key.text).slice(0, FILTER_CHARACTERS_MAX) };
  }
  if (key.name === 'backspace') {
    return { ...state, filter: Array.from(filter).slice(0, -1).join('') };
  }
  if (key.name === 'escape') return { ...state, filter: '', typing: false };
  return key.name === 'return' ? { ...state, typing: false } : state;
}

function pressInDetail(
  state: ListingState,
  top: number,
  key: Key,
  { page, lastTop }: Shown,
): ListingState {
  const step = stepOf(key, page);
  if (step !== undefined) return { ...state, detail: Math.max(0, Math.min(top + step, lastTop)) };
  if (key.name === 'text') {
    if (key.text === 'q') return { ...state, quit: true };
    return key.text === 'p' ? { ...state, paused: !state.paused } : state;
  }
  return { ...state, detail: undefined };
}

function select(state: ListingState, { keys }: Shown, by: number): ListingState {
  const at = state.selected === undefined ? -1 : keys.indexOf(state.selected);
  // With nothing selected, the first key that moves selects the first row.
  const next = at < 0 && by === -1 ? 0 : Math.min(Math.max(at + by, 0), keys.length - 1);
  return { ...state, selected: keys[next] };
}
