/** Messages from one process to another on one computer: a mailslot against a bare Unix socket, run in turns. */

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import type { BenchRow } from './row.ts';
import { median, quantile } from './statistics.ts';

/** How messages go: through the library, or over a socket with the least that tells them apart. */
const WAYS = ['mailslot', 'one by one', 'in batches'] as const;

type Way = (typeof WAYS)[number];

/** What a process has to do: see local-peer.ts. */
export interface Task {
  readonly role: 'reader' | 'writer';
  readonly way: Way;
  readonly directory: string;
  /** Bytes of a message. */
  readonly size: number;
  /** Messages that do not count, before those that do. */
  readonly warmUp: number;
  readonly count: number;
  /** Each message that counts comes alone, with its time in it. */
  readonly lone: boolean;
}

/** The first says that the process is ready, the second when it began or ended. */
export interface Report {
  readonly atNs: string;
  readonly latenciesMs?: readonly number[];
}

const ROUNDS = 5;
const FLOOD = { size: 100, warmUp: 50_000, count: 200_000, lone: false };
const LONE = { size: 100, warmUp: 20_000, count: 500, lone: true };

async function start(task: Task): Promise<ChildProcess> {
  const script = fileURLToPath(new URL('local-peer.js', import.meta.url));
  const child = fork(script, [JSON.stringify(task)]);
  await nextReport(child);
  return child;
}

async function nextReport(child: ChildProcess): Promise<Report> {
  const [report]: Report[] = await once(child, 'message');
  return report!;
}

/** One writer and one reader, both of them new processes. */
async function run(
  way: Way,
  messages: typeof FLOOD,
): Promise<{ perSecond: number; latenciesMs: readonly number[] }> {
  const directory = await mkdtemp(join(tmpdir(), 'ms-'));
  const children: ChildProcess[] = [];
  try {
    for (const role of ['reader', 'writer'] as const) {
      children.push(await start({ role, way, directory, ...messages }));
    }
    const reports = Promise.all(children.map(nextReport));
    children[1]!.send('go');
    const [end, begin] = await reports;
    const seconds = Number(BigInt(end!.atNs) - BigInt(begin!.atNs)) / 1e9;
    return { perSecond: messages.count / seconds, latenciesMs: end!.latenciesMs ?? [] };
  } finally {
    for (const child of children) child.kill();
    await rm(directory, { recursive: true, force: true });
  }
}

/** Runs each way in turn, round by round: what disturbs one disturbs the others, too. */
async function inTurns<Figure>(
  ways: readonly Way[],
  measure: (way: Way) => Promise<Figure>,
): Promise<Record<Way, Figure[]>> {
  const figures: Record<Way, Figure[]> = { mailslot: [], 'one by one': [], 'in batches': [] };
  for (let round = 0; round < ROUNDS; round++) {
    for (const way of ways) figures[way].push(await measure(way));
  }
  return figures;
}

function rateRow(all: Record<Way, number[]>, floor: Way, target: string): BenchRow {
  const rate = (way: Way): string =>
    `${(Math.round(median(all[way]) / 1000) * 1000).toLocaleString('en')}/s`;
  const ratios = all.mailslot.map((ours, round) => ours / all[floor][round]!);
  return {
    what: '100-byte messages between two processes, each write awaited',
    ours: rate('mailslot'),
    floor: `${rate(floor)}, bare Unix socket, ${floor}`,
    ratio: `${median(ratios).toFixed(1)} x`,
    target,
  };
}

/** The median over the rounds of a quantile of each. */
function loneRow(
  all: Record<Way, (readonly number[])[]>,
  share: number,
  limitMs: number,
): BenchRow {
  const [ours, floor] = (['mailslot', 'one by one'] as const).map((way) =>
    median(all[way].map((latenciesMs) => quantile(latenciesMs, share))),
  );
  return {
    what: `a lone message between two processes, ${share === 0.5 ? 'median' : `p${share * 100}`}`,
    ours: `${ours!.toFixed(2)} ms`,
    floor: `${floor!.toFixed(2)} ms, bare Unix socket`,
    ratio: `${(ours! / floor!).toFixed(1)} x`,
    target: `< ${limitMs} ms`,
  };
}

export async function benchLocal(): Promise<BenchRow[]> {
  const rates = await inTurns(WAYS, async (way) => (await run(way, FLOOD)).perSecond);
  const latencies = await inTurns(
    ['mailslot', 'one by one'],
    async (way) => (await run(way, LONE)).latenciesMs,
  );
  return [
    rateRow(rates, 'one by one', '>= 1.0 x'),
    rateRow(rates, 'in batches', '-'),
    loneRow(latencies, 0.5, 0.5),
    loneRow(latencies, 0.99, 2),
  ];
}
