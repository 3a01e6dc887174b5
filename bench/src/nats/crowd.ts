/**
 * Presence over NATS in a crowd: what it costs, and how soon a newcomer has the list. Every peer has a connection of its
 * own to one server on loopback; many share a process, as otherwise no machine would have the memory.
 */

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { cpuSecondsOf, residentBytesOf } from '../peers/process-usage.ts';
import type { BenchRow } from '../row.ts';
import { median, quantile } from '../statistics.ts';
import type { Order, Report } from './crowd-process.ts';
import { hasNatsServer, Server, type Usage } from './server.ts';

const SIZES = [10, 1000, 2000] as const;
const PROCESSES = 8;
const NEWCOMERS = 10;

/** One more peer comes each such time: a machine that carries all of them has to take them all in. */
const JOIN_EVERY_MS = 100;

/** For the lists to be whole, at most. */
const PATIENCE_MS = 120_000;

/** The least time to measure for; otherwise it is one interval, in which each peer beats once. */
const WINDOW_MS_MIN = 20_000;

/** Many peers in some processes, each on its own connection. */
class Crowd {
  readonly #children: readonly ChildProcess[];

  constructor(url: string) {
    const script = fileURLToPath(new URL('crowd-process.js', import.meta.url));
    this.#children = Array.from({ length: PROCESSES }, (_, at) =>
      fork(script, [url, String(at * SIZES.at(-1)!)]),
    );
  }

  get pids(): number[] {
    return this.#children.map(({ pid }) => pid!);
  }

  /** Lets it grow, and waits until everybody sees everybody. False if that is too much for the machine. */
  async grow(size: number): Promise<boolean> {
    const everyMs = JOIN_EVERY_MS * PROCESSES;
    await this.#ask((at) => ({
      order: 'grow',
      size: Math.floor((size + at) / PROCESSES),
      everyMs,
    }));
    for (const end = performance.now() + PATIENCE_MS; ; await pause(1000)) {
      const { seen } = await this.report();
      if (seen === size - 1) return true;
      if (performance.now() > end) return false;
    }
  }

  /** Of all processes together. */
  async report(): Promise<Report> {
    const reports = await this.#ask(() => ({ order: 'report' }));
    return {
      size: reports.reduce((sum, { size }) => sum + size, 0),
      seen: Math.min(...reports.filter(({ size }) => size > 0).map(({ seen }) => seen)),
      downs: reports.reduce((sum, { downs }) => sum + downs, 0),
      intervalMs: Math.max(...reports.map(({ intervalMs }) => intervalMs)),
    };
  }

  end(): void {
    for (const child of this.#children) child.kill();
  }

  #ask(orderTo: (at: number) => Order): Promise<Report[]> {
    return Promise.all(
      this.#children.map(async (child, at) => {
        child.send(orderTo(at));
        const [report] = await once(child, 'message');
        return report;
      }),
    );
  }
}

/** How long each of some newcomers, one after the other, took to have the whole list. */
async function newcomers(url: string, peers: number): Promise<number[]> {
  const script = fileURLToPath(new URL('newcomer-process.js', import.meta.url));
  const times: number[] = [];
  while (times.length < NEWCOMERS) {
    const [tookMs] = await once(fork(script, [url, String(peers)]), 'message');
    times.push(tookMs);
  }
  return times;
}

/** What a second costs. */
interface Cost {
  readonly server: Usage;
  readonly peersCpuSeconds: number;
  readonly seconds: number;
  readonly intervalMs: number;
}

async function costOf(crowd: Crowd, server: Server): Promise<Cost> {
  const { intervalMs } = await crowd.report();
  const [before, peersBefore, start] = [
    await server.usage(),
    cpuSecondsOf(crowd.pids),
    performance.now(),
  ];
  await pause(Math.max(WINDOW_MS_MIN, intervalMs));
  const seconds = (performance.now() - start) / 1000;
  const after = await server.usage();
  return {
    server: {
      toServer: (after.toServer - before.toServer) / seconds,
      fromServer: (after.fromServer - before.fromServer) / seconds,
      bytesFromServer: (after.bytesFromServer - before.bytesFromServer) / seconds,
      cpuSeconds: (after.cpuSeconds - before.cpuSeconds) / seconds,
      memoryBytes: after.memoryBytes,
    },
    peersCpuSeconds: (cpuSecondsOf(crowd.pids) - peersBefore) / seconds,
    seconds,
    intervalMs,
  };
}

function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(0)} MiB`;
}

/** Steady costs, in the order of the table of docs/beyond-one-lan.md; the floor is what the interval makes of it. */
function costRows(size: number, cost: Cost, pids: readonly number[]): BenchRow[] {
  const { server, peersCpuSeconds, intervalMs } = cost;
  const perSecond = size / (intervalMs / 1000);
  const row = (what: string, ours: string, floor = '-', ratio = '-'): BenchRow => {
    return { what: `${size} peers over NATS: ${what}`, ours, floor, ratio, target: '-' };
  };
  const rate = (what: string, measured: number, computed: number): BenchRow =>
    row(
      what,
      `${measured.toFixed(1)}/s`,
      `${computed.toFixed(1)}/s computed`,
      `${(measured / computed).toFixed(2)} x`,
    );
  return [
    rate('messages to the server', server.toServer, perSecond),
    rate('messages from it', server.fromServer, perSecond * (size - 1)),
    row('octets from it', `${(server.bytesFromServer / 1000).toFixed(0)} kB/s`),
    row('processor of the server', `${(server.cpuSeconds * 100).toFixed(1)} %`),
    row('processors of all peers', `${(peersCpuSeconds * 100).toFixed(1)} %`),
    row('memory of the server', mebibytes(server.memoryBytes)),
    row('memory of all peers', mebibytes(residentBytesOf(pids)), `${PROCESSES} processes`),
  ];
}

export async function benchNats(): Promise<BenchRow[]> {
  if (!hasNatsServer) throw new Error('This needs nats-server: apt-get install nats-server.');
  const server = await Server.start();
  const crowd = new Crowd(server.url);
  const rows: BenchRow[] = [];
  let floorMs: number | undefined;
  let told = 0;
  try {
    for (const size of SIZES) {
      if (!(await crowd.grow(size))) {
        console.error(`${size} peers are more than this machine carries beside what else it does.`);
        break;
      }
      const times = await newcomers(server.url, size);
      floorMs ??= median(times);
      rows.push({
        what: `${size} peers over NATS: a newcomer has the whole list`,
        ours: `${median(times).toFixed(0)} ms (worst ${quantile(times, 1).toFixed(0)})`,
        floor: `${floorMs.toFixed(0)} ms among ${SIZES[0]}`,
        ratio: `${(median(times) / floorMs).toFixed(1)} x`,
        target: '<= 1000 ms',
      });
      rows.push(...costRows(size, await costOf(crowd, server), crowd.pids));
      const { downs } = await crowd.report();
      // Newcomers have come and gone; nobody else is to be reported.
      const gone = NEWCOMERS * size;
      rows.push({
        what: `${size} peers over NATS: living peers reported gone`,
        ours: String(downs - told - gone),
        floor: '-',
        ratio: '-',
        target: '0',
      });
      told = downs;
    }
    return rows;
  } finally {
    crowd.end();
    server.end();
  }
}
