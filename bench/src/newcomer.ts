/** A newcomer among processes that know each other, on loopback: how soon it is seen, has all, and is missed. */

import { type ChildProcess, fork } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

import type { BenchRow } from './row.ts';
import { median, quantile } from './statistics.ts';

export type PeerReport =
  | { readonly type: 'ready' | 'discover' | 'close'; readonly at: number }
  | { readonly type: 'up' | 'down'; readonly name: string; readonly at: number };

const RESIDENTS = 10;
const NEWCOMERS = 15;
/** Away from the port that programs use. */
const PORT = 29_795;
const PATIENCE_MS = 20_000;

/** One process and what it reported. */
class PeerProcess {
  readonly name: string;
  readonly #child: ChildProcess;
  readonly #reports: PeerReport[] = [];
  readonly #wakers = new Set<() => void>();

  constructor(name: string) {
    this.name = name;
    this.#child = fork(fileURLToPath(new URL('peer-process.js', import.meta.url)), [
      name,
      String(PORT),
    ]);
    this.#child.on('message', (report: PeerReport) => {
      this.#reports.push(report);
      for (const wake of this.#wakers) wake();
      this.#wakers.clear();
    });
  }

  /** Tells the process to go on: to discover, then to leave. */
  proceed(): void {
    this.#child.send('proceed');
  }

  /** When it reported that, the last time; waits for it. */
  async at(type: PeerReport['type'], name?: string): Promise<number> {
    const deadline = AbortSignal.timeout(PATIENCE_MS);
    for (;;) {
      const report = this.#reports.findLast(
        (one) => one.type === type && (name === undefined || ('name' in one && one.name === name)),
      );
      if (report !== undefined) return report.at;
      if (deadline.aborted) throw new Error(`${this.name} never reported ${type} ${name ?? ''}.`);
      await new Promise<void>((resolve) => {
        this.#wakers.add(resolve);
        deadline.addEventListener('abort', () => resolve(), { once: true });
      });
    }
  }

  end(): void {
    this.#child.kill();
  }
}

/** The floor: one datagram there and back between two bare sockets, in milliseconds. */
async function roundTripMs(): Promise<number> {
  const [here, there] = [createSocket('udp4'), createSocket('udp4')];
  try {
    there.on('message', (data, from) => there.send(data, from.port, from.address));
    for (const socket of [here, there]) {
      socket.bind(0, '127.0.0.1');
      await once(socket, 'listening');
    }
    const trips: number[] = [];
    for (let trip = 0; trip < 200; trip++) {
      const start = performance.now();
      here.send('ping', there.address().port, '127.0.0.1');
      await once(here, 'message');
      trips.push(performance.now() - start);
    }
    return median(trips);
  } finally {
    here.close();
    there.close();
  }
}

interface Visit {
  readonly seenByAllMs: number;
  readonly hasAllMs: number;
  readonly goodbyeMs: number;
}

/** One newcomer comes, is seen, sees, and goes. */
async function visit(residents: readonly PeerProcess[], number: number): Promise<Visit> {
  const newcomer = new PeerProcess(`newcomer-${number}`);
  try {
    await newcomer.at('ready');
    newcomer.proceed();
    const start = await newcomer.at('discover');
    const seen = await Promise.all(residents.map((one) => one.at('up', newcomer.name)));
    const sees = await Promise.all(residents.map((one) => newcomer.at('up', one.name)));
    newcomer.proceed();
    const leave = await newcomer.at('close');
    const missed = await Promise.all(residents.map((one) => one.at('down', newcomer.name)));
    return {
      seenByAllMs: Math.max(...seen) - start,
      hasAllMs: Math.max(...sees) - start,
      goodbyeMs: Math.max(...missed) - leave,
    };
  } finally {
    newcomer.end();
  }
}

export async function benchNewcomer(): Promise<BenchRow[]> {
  const residents = Array.from({ length: RESIDENTS }, (_, index) => new PeerProcess(`r${index}`));
  try {
    for (const resident of residents) {
      await resident.at('ready');
      resident.proceed();
    }
    for (const one of residents) {
      for (const other of residents) if (one !== other) await one.at('up', other.name);
    }
    const visits: Visit[] = [];
    for (let number = 0; number < NEWCOMERS; number++) visits.push(await visit(residents, number));
    const floorMs = await roundTripMs();
    const row = (what: string, figure: keyof Visit, limitMs: number): BenchRow => {
      const values = visits.map((one) => one[figure]);
      return {
        what: `${what}, ${RESIDENTS} processes on loopback`,
        ours: `${median(values).toFixed(1)} ms (p90 ${quantile(values, 0.9).toFixed(1)})`,
        floor: `${floorMs.toFixed(2)} ms round trip`,
        ratio: `${(median(values) / floorMs).toFixed(0)} x`,
        target: `<= ${limitMs} ms`,
      };
    };
    return [
      row('newcomer seen by all', 'seenByAllMs', 15),
      row('newcomer has all', 'hasAllMs', 30),
      row('goodbye seen by all', 'goodbyeMs', 10),
    ];
  } finally {
    for (const resident of residents) resident.end();
  }
}
