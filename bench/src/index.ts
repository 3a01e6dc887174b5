/**
 * The figures of the README, each against a floor that was measured in the same run.
 *
 *   npx pnpm bench               all of them but nats
 *   npx pnpm bench local udp     some
 */

import { cpus, release } from 'node:os';

import { benchLan } from './lan.ts';
import { benchLocal } from './local.ts';
import { benchNats } from './nats/crowd.ts';
import { benchNewcomer } from './newcomer.ts';
import { benchPresence } from './presence.ts';
import type { BenchRow } from './row.ts';
import { benchUdp } from './udp.ts';

const BENCHES: Readonly<Record<string, () => Promise<BenchRow[]>>> = {
  local: benchLocal,
  udp: benchUdp,
  presence: benchPresence,
  newcomer: benchNewcomer,
  lan: benchLan,
  nats: benchNats,
};

/** Only if it is named: it takes ten minutes, and a server that is not everywhere. */
const LENGTHY = 'nats';

const HEADINGS: BenchRow = {
  what: 'what',
  ours: 'ours',
  floor: 'floor, same run',
  ratio: 'ratio',
  target: 'target',
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => BENCHES[name] === undefined);
if (unknown.length > 0) {
  console.error(`No bench ${unknown.join(', ')}. There are ${Object.keys(BENCHES).join(', ')}.`);
  process.exit(2);
}

console.log(`Node ${process.version}, ${cpus().length} CPUs, ${process.platform} ${release()}\n`);
const rows: BenchRow[] = [];
for (const [name, bench] of Object.entries(BENCHES)) {
  if (wanted.length === 0 ? name === LENGTHY : !wanted.includes(name)) continue;
  console.error(`… ${name}`);
  rows.push(...(await bench()));
}
printTable(rows);

/** As Markdown, to be pasted. */
function printTable(rows: readonly BenchRow[]): void {
  const columns = ['what', 'ours', 'floor', 'ratio', 'target'] as const;
  const widths = columns.map((column) =>
    Math.max(...[HEADINGS, ...rows].map((row) => row[column].length)),
  );
  const line = (row: BenchRow): string =>
    `| ${columns.map((column, index) => row[column].padEnd(widths[index]!)).join(' | ')} |`;
  console.log(line(HEADINGS));
  console.log(`| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`);
  for (const row of rows) console.log(line(row));
}
