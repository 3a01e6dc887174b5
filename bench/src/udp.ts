/** Messages from one process to another by multicast on loopback: a mailslot against a bare socket, run in turns. */

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

import type { BenchRow } from './row.ts';
import { median } from './statistics.ts';

const WAYS = ['mailslot', 'multicast', 'unicast'] as const;

/** How messages go: through the library, which sends by multicast; or over a bare `node:dgram` socket. */
type Way = (typeof WAYS)[number];

/** What a process has to do: see udp-process.ts. */
export interface Task {
  readonly role: 'reader' | 'writer';
  readonly way: Way;
  readonly port: number;
  /** Bytes of a message. */
  readonly size: number;
  /** Time that does not count, before that which does. */
  readonly warmUpMs: number;
  readonly runMs: number;
}

/** Messages sent or received, and in which time. The first of a process says only that it is ready. */
export interface Report {
  readonly count: number;
  readonly ms: number;
}

interface Rates {
  /** Messages a second. */
  readonly sent: number;
  readonly delivered: number;
}

const ROUNDS = 7;
const MESSAGES = { size: 100, warmUpMs: 300, runMs: 700 };
/** Away from the port that programs use, and below those that the system gives away. */
const FIRST_PORT = 29_800;

async function start(task: Task): Promise<ChildProcess> {
  const script = fileURLToPath(new URL('udp-process.js', import.meta.url));
  const child = fork(script, [JSON.stringify(task)]);
  await nextReport(child);
  return child;
}

/** Tells the process to go on, and waits for what it reports. */
function ask(child: ChildProcess): Promise<Report> {
  child.send('go on');
  return nextReport(child);
}

async function nextReport(child: ChildProcess): Promise<Report> {
  const [report]: Report[] = await once(child, 'message');
  return report!;
}

/** What the reader has when nothing more arrives. */
async function total(reader: ChildProcess): Promise<Report> {
  for (let before = await ask(reader); ;) {
    const after = await ask(reader);
    if (after.count === before.count) return after;
    before = after;
  }
}

/** One writer and one reader, both of them new processes, on a port of their own. */
async function run(way: Way, port: number): Promise<Rates> {
  const children: ChildProcess[] = [];
  try {
    for (const role of ['reader', 'writer'] as const) {
      children.push(await start({ role, way, port, ...MESSAGES }));
    }
    const [reader, writer] = children;
    const sent = await ask(writer!);
    const delivered = await total(reader!);
    return { sent: perSecond(sent), delivered: perSecond(delivered) };
  } finally {
    for (const child of children) child.kill();
  }
}

function perSecond({ count, ms }: Report): number {
  return (count / ms) * 1000;
}

export async function benchUdp(): Promise<BenchRow[]> {
  const all: Record<Way, Rates[]> = { mailslot: [], multicast: [], unicast: [] };
  // Round by round: what disturbs one disturbs the others, too.
  for (let round = 0; round < ROUNDS; round++) {
    for (const [at, way] of WAYS.entries()) {
      all[way].push(await run(way, FIRST_PORT + round * WAYS.length + at));
    }
  }
  const row = (figure: keyof Rates, floor: Way, target: string): BenchRow => {
    const rate = (way: Way): string =>
      `${Math.round(median(all[way].map((rates) => rates[figure])) / 1000)} 000/s`;
    const ratios = all.mailslot.map((ours, round) => ours[figure] / all[floor][round]![figure]);
    return {
      what: `100-byte messages between two processes on loopback by udp, ${figure}`,
      ours: rate('mailslot'),
      floor: `${rate(floor)}, bare node:dgram, ${floor}`,
      ratio: `${median(ratios).toFixed(2)} x`,
      target,
    };
  };
  return [
    row('sent', 'multicast', '>= 0.8 x'),
    row('delivered', 'multicast', '>= 0.8 x'),
    row('delivered', 'unicast', '-'),
  ];
}
