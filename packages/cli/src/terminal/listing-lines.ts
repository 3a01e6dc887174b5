/** A list as the lines of a screen. Pure: no line is wider than the screen, and nothing foreign is left unprintable. */

import { fit, pad, splitAt, width } from '../columns.ts';
import type { Paint, Style } from '../paint.ts';
import { printable } from '../printable.ts';
import type { Listing, ListingState } from './listing.ts';

export interface Page {
  readonly columns: number;
  readonly rows: number;
  readonly paint: Paint;
}

/** What stands around the list. */
export interface Frame {
  /** What is looked at, and how it is. */
  readonly title: string;
  /** The last thing the program had to say, or ''. */
  readonly note: string;
  /** What stands in place of rows as long as there are none. */
  readonly empty: string;
}

/** The title above, the note and the keys below. */
const LINES_AROUND = 3;

const GAP = '  ';

const MARK = '› ';

/** Of rows that have no mark. */
const INDENT = '  ';

/** Rows of a list, below its headings, that fit a screen of so many lines. */
export function pageOf(rows: number): number {
  return Math.max(1, bodyOf(rows) - 1);
}

function bodyOf(rows: number): number {
  return Math.max(1, rows - LINES_AROUND);
}

/** `rows` are those that {@link arrange} returned. */
export function linesOf<Row>(
  rows: readonly Row[],
  listing: Listing<Row>,
  state: ListingState,
  frame: Frame,
  page: Page,
): readonly string[] {
  const chosen = rows.find((row) => listing.key(row) === state.selected);
  const inDetail = state.detail !== undefined && chosen !== undefined;
  const body = inDetail
    ? detailLines(listing.detail(chosen), state.detail, page)
    : listLines(rows, listing, state, frame, page);
  const room = bodyOf(page.rows);
  const filling = Array.from({ length: Math.max(0, room - body.length) }, () => '');
  return [
    titleLine(frame, state, page),
    ...body.slice(0, room),
    ...filling,
    noteLine(frame, state, page),
    keysLine(inDetail, state, page),
  ].slice(-page.rows);
}

function titleLine({ title }: Frame, { paused }: ListingState, { columns, paint }: Page): string {
  const words = paused ? `PAUSED  ${title}` : title;
  return paint(paused ? 'yellow' : 'bold', fit(printable(words), columns));
}

function listLines<Row>(
  rows: readonly Row[],
  listing: Listing<Row>,
  state: ListingState,
  { empty }: Frame,
  page: Page,
): readonly string[] {
  const { columns } = listing;
  const titles = columns.map(({ title }, at) =>
    at === state.sortedBy ? `${title} ${state.descending ? '▼' : '▲'}` : title,
  );
  const texts = rows.map((row) => columns.map((column) => printable(column.text(row))));
  const widths = columns.map(({ cells }, at) =>
    Math.min(cells, Math.max(...[titles, ...texts].map((line) => width(line[at]!)))),
  );
  const headings = page.paint('underline', fit(INDENT + inColumns(titles, widths), page.columns));
  if (rows.length === 0) {
    const words = state.filter === '' ? printable(empty) : 'Nothing passes the filter.';
    return [headings, page.paint('dim', fit(INDENT + words, page.columns))];
  }
  const size = pageOf(page.rows);
  const selected = rows.findIndex((row) => listing.key(row) === state.selected);
  const top = Math.max(0, Math.min(selected - Math.floor(size / 2), rows.length - size));
  const shown = rows.slice(top, top + size).map((row, at) => {
    const line = texts[top + at]!;
    if (top + at === selected) return selectedLine(inColumns(line, widths), page);
    const styles = columns.map((column) => column.style?.(row));
    return rowLine(line, widths, styles, page);
  });
  return [headings, ...shown];
}

/** Texts under each other; the last one as long as it is. */
function inColumns(texts: readonly string[], widths: readonly number[]): string {
  const last = texts.length - 1;
  return texts
    .map((text, at) => (at === last ? text : pad(fit(text, widths[at]!), widths[at]!)))
    .join(GAP);
}

function selectedLine(text: string, { columns, paint }: Page): string {
  return paint('inverse', pad(fit(MARK + text, columns), columns));
}

/** As {@link inColumns}, each text in its own style. Styles take no cells, so each text is cut before it has one. */
function rowLine(
  texts: readonly string[],
  widths: readonly number[],
  styles: readonly (Style | undefined)[],
  { columns, paint }: Page,
): string {
  const last = texts.length - 1;
  let line = fit(INDENT, columns);
  let left = columns - line.length;
  for (const [at, text] of texts.entries()) {
    const room = at === last ? left : Math.min(widths[at]!, left);
    if (room <= 0) break;
    const cut = fit(text, room);
    const style = styles[at];
    const filled = at === last ? cut : pad(cut, Math.min(room + GAP.length, left));
    line += style === undefined ? filled : paint(style, cut) + filled.slice(cut.length);
    left -= width(filled);
  }
  return line;
}

/** From which line on the end of a detail is on the screen. */
export function lastTopOf(lines: readonly string[], page: Page): number {
  return Math.max(0, wrapped(lines, page).length - bodyOf(page.rows));
}

function detailLines(lines: readonly string[], top: number, page: Page): readonly string[] {
  // It may have become shorter since.
  const first = Math.min(top, lastTopOf(lines, page));
  return wrapped(lines, page).slice(first, first + bodyOf(page.rows));
}

function wrapped(lines: readonly string[], { columns }: Page): readonly string[] {
  return lines.flatMap((line) => splitAt(printable(line), columns));
}

function noteLine({ note }: Frame, { typing, filter }: ListingState, page: Page): string {
  const { columns, paint } = page;
  if (typing) return fit(`Filter: ${printable(filter)}▏`, columns);
  if (filter !== '') return paint('yellow', fit(`Filter: ${printable(filter)}`, columns));
  return paint('dim', fit(printable(note), columns));
}

function keysLine(inDetail: boolean, { typing, paused }: ListingState, page: Page): string {
  const pause = `p ${paused ? 'go on' : 'pause'}`;
  const list = ['↑↓ select', 'Enter detail', '/ filter', 's sort', 'r reverse', pause, 'q quit'];
  const detail = ['↑↓ scroll', 'Esc back', pause, 'q quit'];
  const keys = typing ? ['Enter keep', 'Esc clear'] : inDetail ? detail : list;
  return page.paint('dim', fit(keys.join('  '), page.columns));
}
