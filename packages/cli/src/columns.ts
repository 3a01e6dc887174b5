/** Text in columns. */

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** What a terminal shows two cells wide: East Asian wide characters and emoji. */
const WIDE =
  /\p{Emoji_Presentation}|\ufe0f|[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]/u;

// oxlint-disable-next-line no-control-regex -- the printable characters of ASCII, one cell each
const ASCII = /^[\x20-\x7e]*$/;

/** Longer lines are hard to read. */
const LINE_CELLS_MAX = 100;

/** What a terminal has if it does not say. */
const LINE_CELLS = 80;

/** The cells to fill of a line, where a terminal may have said how many it has. */
export function lineCells(columns: number | undefined): number {
  // Some terminals say 0.
  return Math.min(columns || LINE_CELLS, LINE_CELLS_MAX);
}

/** The cells that a printable text takes on a terminal. */
export function width(text: string): number {
  if (ASCII.test(text)) return text.length;
  let cells = 0;
  for (const { segment } of graphemes.segment(text)) cells += WIDE.test(segment) ? 2 : 1;
  return cells;
}

/** The text, or as much of its beginning as goes into so many cells, with a sign that it goes on. */
export function fit(text: string, cells: number): string {
  if (width(text) <= cells) return text;
  if (cells <= 0) return '';
  const [start = ''] = splitAt(text, cells - 1);
  return width(start) < cells ? `${start}…` : '…';
}

/** Breaks a text anywhere into lines of at most so many cells, without a grapheme that is cut. */
export function splitAt(text: string, cells: number): string[] {
  const lines: string[] = [];
  let line = '';
  let left = cells;
  for (const { segment } of graphemes.segment(text)) {
    const taken = width(segment);
    if (taken > left && line !== '') {
      lines.push(line);
      line = '';
      left = cells;
    }
    line += segment;
    left -= taken;
  }
  return [...lines, line];
}

/** The text, and spaces after it up to so many cells. */
export function pad(text: string, cells: number): string {
  return text + ' '.repeat(Math.max(0, cells - width(text)));
}

/** Lines of two columns, indented; the second one wraps within its own. */
export function twoColumns(
  rows: readonly (readonly [string, string])[],
  lineCells: number,
): string {
  const left = Math.max(...rows.map(([term]) => width(term)));
  const indent = ' '.repeat(2 + left + 2);
  return rows
    .map(([term, meaning]) => {
      const lines = wrap(meaning, lineCells - indent.length);
      return `  ${pad(term, left)}  ${lines.join(`\n${indent}`)}`;
    })
    .join('\n');
}

/** Breaks a text between words into lines of at most so many cells, as far as its words allow. */
export function wrap(text: string, cells: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line === '') line = word;
    else if (width(line) + 1 + width(word) <= cells) line += ` ${word}`;
    else {
      lines.push(line);
      line = word;
    }
  }
  lines.push(line);
  return lines;
}
