/** The results of several systems side by side, as Markdown. */

import { type Figure, quantileOf } from './figure.ts';
import type { Result } from './results.ts';
import { type Row, ROWS } from './rows.ts';
import { labelOf, SYSTEM_NAMES, type SystemName } from './systems.ts';

const LEGEND =
  'Times: the median unless said otherwise, and in brackets what nine of ten are within and the longest, over all ' +
  'runs and observers. "never": not within half a minute.';

/** A line for each row and size of group that was measured, a column for each system. */
export function tableOf(results: readonly Result[]): string {
  const systems = SYSTEM_NAMES.filter((name) => results.some(({ system }) => system === name));
  const lines = ROWS.flatMap((row) =>
    Object.entries(row.must).flatMap(([hosts, must]) => {
      const ofRow = results.filter(
        (one) => one.scenario === row.scenario && one.hosts === Number(hosts),
      );
      if (ofRow.length === 0) return [];
      const cells = systems.map((system) => cellOf(row, ofRow, system));
      return [[row.what, hosts, must, ...cells]];
    }),
  );
  const headings = ['what', 'N', 'must', ...systems.map(labelOf)];
  return [headings, headings.map(() => '---'), ...lines]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .concat('', LEGEND)
    .join('\n');
}

function cellOf(row: Row, results: readonly Result[], system: SystemName): string {
  const figure = results.find((one) => one.system === system)?.figures[row.figure];
  return figure === undefined ? '' : textOf(figure, row);
}

function textOf(figure: Figure, { unit, share = 0.5 }: Row): string {
  if ('amount' in figure) return [roundedText(figure.amount), unit].filter(Boolean).join(' ');
  if ('count' in figure) return `${figure.count} of ${figure.of}`;
  const shares = [share, 0.9, 1].filter((one) => one >= share);
  return timesText(shares.map((one) => quantileOf(figure.times, one)));
}

/** All in the unit that suits the first. */
function timesText(milliseconds: readonly number[]): string {
  const [unit, unitMs] = milliseconds[0]! < 1000 ? ['ms', 1] : ['s', 1000];
  const [first, ...others] = milliseconds.map((ms) =>
    ms === Infinity ? 'never' : roundedText(ms / unitMs),
  );
  return first === 'never' ? first : `${first} ${unit} (${others.join(', ')})`;
}

/** Two digits and no more, before a decimal point or behind. */
function roundedText(value: number): string {
  return value < 10 ? String(Number(value.toPrecision(2))) : value.toFixed(0);
}
