/** Programs on the network in processes of their own, on this computer or on hosts of a {@link NamespaceLan}. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

import type { Heard, Order, Report, StationOptions, Status } from '../live/children/udp-station.ts';
import type { Host } from './lan.ts';
import { until } from './real-time.ts';

const SCRIPT = fileURLToPath(new URL('../live/children/udp-station.ts', import.meta.url));
const TEST_PACKAGE = fileURLToPath(new URL('..', import.meta.url));

export class StationProcess {
  readonly heard: Heard[] = [];
  /** After how many milliseconds each knock was refused that was. */
  readonly refusals: number[] = [];
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;
  #report: (report: Extract<Report, { report: 'done' }>) => void = () => {};

  /** Resolves once the station has joined its network; rejects if it cannot. */
  static async start(options: StationOptions, host?: Host): Promise<StationProcess> {
    const node = ['--conditions=@mailslot/source', '--import', 'tsx', SCRIPT];
    const [command, ...args] = host?.command(process.execPath) ?? [process.execPath];
    const child = spawn(command, [...args, ...node, JSON.stringify(options)], {
      cwd: TEST_PACKAGE,
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      serialization: 'advanced',
    });
    const station = new StationProcess(child);
    try {
      await station.#done();
      return station;
    } catch (error) {
      await station.stop();
      throw error;
    }
  }

  private constructor(child: ChildProcess) {
    this.#child = child;
    this.#exited = once(child, 'exit');
    child.on('message', (report: Report) => {
      if (report.report === 'heard') this.heard.push(report.heard);
      else if (report.report === 'refused') this.refusals.push(report.afterMs);
      else this.#report(report);
    });
  }

  /** What it heard, as text. */
  get texts(): string[] {
    return this.heard.map(({ data }) => Buffer.from(data).toString());
  }

  listen(slot: string = 'lobby'): Promise<Status> {
    return this.#order({ order: 'listen', slot });
  }

  send(name: string, data: string | Uint8Array): Promise<Status> {
    return this.#order({ order: 'send', name, data: Buffer.from(data) });
  }

  /** Writes back to where the last message came from. */
  reply(data: string): Promise<Status> {
    return this.#order({ order: 'reply', data: Buffer.from(data) });
  }

  /** Knocks where the last message came from. */
  knock(data: string): Promise<Status> {
    return this.#order({ order: 'knock', data: Buffer.from(data) });
  }

  flood(name: string, count: number): Promise<Status> {
    return this.#order({ order: 'flood', name, count });
  }

  status(): Promise<Status> {
    return this.#order({ order: 'status' });
  }

  async hears(text: string): Promise<void> {
    await until(() => this.texts.includes(text));
  }

  /** Leaves the network; the process ends of itself. */
  async close(): Promise<void> {
    this.#child.send({ order: 'close' } satisfies Order);
    await this.#exited;
  }

  async stop(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#exited;
  }

  #order(order: Order): Promise<Status> {
    this.#child.send(order);
    return this.#done();
  }

  #done(): Promise<Status> {
    return new Promise((resolve, reject) => {
      void this.#exited.then(() => reject(new Error('The station has exited.')));
      this.#report = ({ status, error }) => {
        if (error === undefined) resolve(status);
        else reject(new Error(error));
      };
    });
  }
}

/** The stations of one test, which end with it. */
export class Stations implements AsyncDisposable {
  readonly #stations: StationProcess[] = [];

  async start(options: StationOptions, host?: Host): Promise<StationProcess> {
    const station = await StationProcess.start(options, host);
    this.#stations.push(station);
    return station;
  }

  /** One that listens to the slot `lobby`. */
  async listener(options: StationOptions, host?: Host): Promise<StationProcess> {
    const station = await this.start(options, host);
    await station.listen();
    return station;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#stations.map((station) => station.stop()));
  }
}
