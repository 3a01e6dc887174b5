/**
 * The simulated figures of docs/presence.md, as a Markdown table.
 *
 *   npx pnpm bench:sim                    all of them: hours
 *   npx pnpm bench:sim crash flood        some
 *   npx pnpm bench:sim --seeds 1          a first look
 *
 * Each seed of each case is a run of its own; they share all processors.
 */

import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { fork } from 'node:child_process';

import { FIGURES } from './figures/figures.ts';
import type { Case, Samples } from './figures/figure.ts';
import type { Job } from './figures-worker.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seeds: { type: 'string' }, only: { type: 'string' } },
});
const unknown = positionals.filter((name) => FIGURES.every((figure) => figure.name !== name));
if (unknown.length > 0) {
  console.error(
    `No ${unknown.join(', ')}. There are ${FIGURES.map(({ name }) => name).join(', ')}.`,
  );
  process.exit(2);
}

interface Row {
  readonly job: Omit<Job, 'seed'>;
  readonly measured: Case;
  readonly seeds: number;
  readonly samples: number[];
}

const rows: Row[] = FIGURES.flatMap(({ name, cases }, figure) =>
  cases.flatMap((measured, index) => {
    if (positionals.length > 0 && !positionals.includes(name)) return [];
    if (values.only !== undefined && !measured.what.includes(values.only)) return [];
    const seeds = Math.min(measured.seeds, Number(values.seeds ?? Infinity));
    return [{ job: { figure, index }, measured, seeds, samples: [] }];
  }),
);

const jobs = rows.flatMap((row) => Array.from({ length: row.seeds }, (_, seed) => ({ row, seed })));
let done = 0;

async function work(): Promise<void> {
  const worker = fork(fileURLToPath(new URL('figures-worker.ts', import.meta.url)), {
    execArgv: [...process.execArgv, '--expose-gc', '--max-old-space-size=4096'],
  });
  for (let next = jobs.shift(); next !== undefined; next = jobs.shift()) {
    const { row, seed } = next;
    worker.send({ ...row.job, seed: seed + 1 } satisfies Job);
    const [samples] = (await once(worker, 'message')) as [Samples];
    // JSON has no word for infinity.
    row.samples.push(...samples.map((sample) => sample ?? Infinity));
    done++;
    console.error(`${done} of ${done + jobs.length}: ${row.measured.what}, seed ${seed + 1}`);
  }
  worker.disconnect();
}

const start = Date.now();
await Promise.all(Array.from({ length: availableParallelism() }, work));
console.log('| figure | must | simulated | met |\n| --- | --- | --- | --- |');
for (const { measured, samples } of rows) {
  const { figures, met } = measured.judge(samples);
  const verdict = met === undefined ? '' : met ? 'yes' : '**no**';
  console.log(`| ${measured.what} | ${measured.must ?? ''} | ${figures} | ${verdict} |`);
}
console.log(`\nNode ${process.version}, ${((Date.now() - start) / 60_000).toFixed(1)} minutes.`);
