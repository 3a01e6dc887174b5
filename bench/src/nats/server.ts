/** A NATS server on loopback, and what it says of itself. */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

import { cpuSecondsOf, residentBytesOf } from '../peers/process-usage.ts';

/** So far, but for memory, which is now. */
export interface Usage {
  readonly toServer: number;
  readonly fromServer: number;
  readonly bytesFromServer: number;
  readonly cpuSeconds: number;
  readonly memoryBytes: number;
}

/** What /varz calls them. */
interface Varz {
  readonly in_msgs: number;
  readonly out_msgs: number;
  readonly out_bytes: number;
}

const PATIENCE_MS = 10_000;

export const hasNatsServer: boolean = spawnSync('nats-server', ['--version']).status === 0;

export class Server {
  readonly url: string;
  readonly #monitor: string;
  readonly #process: ChildProcess;

  private constructor(port: number, monitorPort: number) {
    this.url = `nats://127.0.0.1:${port}`;
    this.#monitor = `http://127.0.0.1:${monitorPort}/varz`;
    const place = ['-a', '127.0.0.1', '-p', String(port), '-m', String(monitorPort)];
    this.#process = spawn('nats-server', place, { stdio: 'ignore' });
  }

  static async start(): Promise<Server> {
    const server = new Server(await freePort(), await freePort());
    for (const end = performance.now() + PATIENCE_MS; ; await pause(20)) {
      const answer = await fetch(server.#monitor).catch(() => undefined);
      if (answer?.ok === true) return server;
      if (performance.now() > end) throw new Error('The NATS server does not answer.');
    }
  }

  async usage(): Promise<Usage> {
    const answer = await fetch(this.#monitor);
    const varz: Varz = JSON.parse(await answer.text());
    return {
      toServer: varz.in_msgs,
      fromServer: varz.out_msgs,
      bytesFromServer: varz.out_bytes,
      cpuSeconds: cpuSecondsOf([this.#process.pid!]),
      memoryBytes: residentBytesOf([this.#process.pid!]),
    };
  }

  end(): void {
    this.#process.kill();
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('No port was given.');
  return address.port;
}
