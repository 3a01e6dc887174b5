/** Counters, as `monitor --stats` shows them to people. */

import { pad } from '../columns.ts';
import type { Paint } from '../paint.ts';
import { printable } from '../printable.ts';
import { timeOfDay } from '../time-of-day.ts';
import type { Flow, StatsRow } from './stats-meter.ts';

const TRANSPORT_CELLS = 'netbios'.length;

const INTERFACE_CELLS = 'any interface'.length;

const COUNT_CELLS = '12345/s'.length;

const BYTES_CELLS = '123.4 kB/s'.length;

export function statsLine(time: number, row: StatsRow, paint: Paint): string {
  const { transport, interface: name, perSecond, drops, totals } = row;
  const sizes = 'sizes' in totals ? totals.sizes : {};
  return [
    paint('dim', timeOfDay(time)),
    paint('cyan', pad(transport, TRANSPORT_CELLS)),
    pad(name === undefined ? 'messages' : printable(name), INTERFACE_CELLS),
    ...flowCells(perSecond),
    ...(Object.keys(drops).length === 0 ? [] : [paint('yellow', `dropped ${listOf(drops)}`)]),
    ...(Object.values(sizes).every((size) => size === 0) ? [] : [paint('dim', listOf(sizes))]),
  ].join('  ');
}

function flowCells({ received, receivedBytes, sent, sentBytes }: Flow): string[] {
  return [`in ${rates(received, receivedBytes)}`, `out ${rates(sent, sentBytes)}`];
}

function rates(count: number, bytes: number): string {
  return `${`${Math.round(count)}/s`.padStart(COUNT_CELLS)} ${bytesPerSecond(bytes).padStart(BYTES_CELLS)}`;
}

function bytesPerSecond(bytes: number): string {
  if (bytes < 1e3) return `${Math.round(bytes)} B/s`;
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB/s` : `${(bytes / 1e6).toFixed(1)} MB/s`;
}

/** `echo 4, malformed 1`, without what is zero. */
function listOf(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .filter(([, count]) => count !== 0)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ');
}
