/** Windows' behaviour, case by case, between two processes and within one. docs/semantics.md tells where it is left. */

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';

import { CaseRun, type Cast } from '../support/case-runner.ts';
import { tableRows } from '../support/markdown-table.ts';
import type { WindowsCase } from '../support/windows-cases.ts';
import { Worker } from '../support/worker.ts';

const CASES = new URL('../vectors/windows-cases.json', import.meta.url);
const PAGE = new URL('../../docs/semantics.md', import.meta.url);
const WORKER = new URL('children/semantics-worker.ts', import.meta.url);
const COMPUTER_NAME = 'ANN-PC';

/** Node compiles the worker anew for every process, which on a busy machine takes seconds. */
const START_MS_MAX = 60_000;

const cases: readonly WindowsCase[] = JSON.parse(readFileSync(CASES, 'utf8'));

function named(which: (windowsCase: WindowsCase) => boolean): readonly [string, WindowsCase][] {
  return cases.filter(which).map((one) => [one.id, one]);
}

/** Where Mailslot leaves Windows' way on purpose: the row of each case in the documentation. */
const documented = new Map(
  tableRows(readFileSync(PAGE, 'utf8'), 'case').map(([id, windows, mailslot]) => [
    quoted(id!)[0]!,
    { windows: quoted(windows!), mailslot: quoted(mailslot!) },
  ]),
);

/** What stands between backticks. */
function quoted(cell: string): readonly string[] {
  return Array.from(cell.matchAll(/`([^`]+)`/g), ([, text]) => text!);
}

/** Not of Windows: so many at once that one writer is far behind another when the reader turns to it. */
const FLOOD: Pick<WindowsCase, 'steps'> = {
  steps: [
    { op: 'create', args: { name: 'flooded', as: 's' }, expect: {} },
    { op: 'open', args: { name: 'flooded', as: 'w1' }, expect: {} },
    { op: 'open', args: { name: 'flooded', as: 'w2' }, expect: {} },
    { op: 'bgwrite', args: { h: 'w1', text: 'x', repeat: 20_000, as: 'b1' }, expect: {} },
    { op: 'bgwrite', args: { h: 'w2', text: 'x', repeat: 20_000, as: 'b2' }, expect: {} },
    { op: 'join', args: { as: 'b1' }, expect: {} },
    { op: 'join', args: { as: 'b2' }, expect: {} },
    { op: 'info', args: { h: 's' }, expect: { value: { count: 40_000 } } },
  ],
};

const directory = mkdtempSync(join(tmpdir(), 'mailslot-'));
const workers: Worker[] = [];

async function startWorker(): Promise<Worker> {
  const worker = await Worker.start(WORKER, [directory, COMPUTER_NAME]);
  workers.push(worker);
  return worker;
}

afterAll(async () => {
  await Promise.all(workers.map((worker) => worker.stop()));
  rmSync(directory, { recursive: true });
});

describe.each([
  { place: 'between two processes', processes: 2 },
  { place: 'within one process', processes: 1 },
])('Windows semantics $place', ({ processes }) => {
  let cast: Cast;

  beforeAll(async () => {
    const reader = await startWorker();
    const writer = processes === 1 ? reader : await startWorker();
    cast = { computerName: COMPUTER_NAME, reader, writer, startChild: startWorker };
  }, START_MS_MAX);

  afterEach(async () => {
    for (const worker of [cast.writer, cast.reader]) await worker.call('reset', {});
  });

  test('writers that write at once lose nothing', async () => {
    expect(await new CaseRun(cast).take(FLOOD)).toEqual([]);
  });

  test.each(named(({ id }) => !documented.has(id)))('%s', async (_, windowsCase) => {
    expect(await new CaseRun(cast).take(windowsCase)).toEqual([]);
  });

  test.each(named(({ id }) => documented.has(id)))(
    '%s; deviates as documented',
    async (_, windowsCase) => {
      const deviations = await new CaseRun(cast).take(windowsCase);
      const { windows, mailslot } = documented.get(windowsCase.id)!;
      expect(deviations).not.toEqual([]);
      expect(windows).toEqual(expect.arrayContaining(deviations.map(({ expected }) => expected)));
      expect(mailslot).toEqual(expect.arrayContaining(deviations.map(({ actual }) => actual)));
    },
  );
});

test('The documentation lists no deviation from a case that is not run', () => {
  expect(cases.map(({ id }) => id)).toEqual(expect.arrayContaining([...documented.keys()]));
});
