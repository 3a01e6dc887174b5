/** A peer in a process of its own on a host of its own, as its owner sees it: what it may be told, and what it saw. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

import { monotonicMs } from './clock.ts';
import type { Host } from './lan.ts';
import type { Identity } from './system.ts';
import type { SystemName } from './systems.ts';

/** What a peer's process is started with. */
export interface Task {
  readonly systemName: SystemName;
  readonly identity: Identity;
}

export interface Order {
  readonly order: 'join' | 'update' | 'close';
  /** What to say of itself. */
  readonly revision: string;
}

/** What a peer saw of another, at which time of {@link monotonicMs}. */
export interface Sighting {
  readonly type: 'up' | 'update' | 'down';
  readonly name: string;
  readonly at: number;
  readonly revision?: string;
}

export type Report =
  | { readonly type: 'ready' }
  /** An order is being obeyed since then; without a time, the system cannot do that. */
  | { readonly type: 'began'; readonly at?: number }
  | { readonly type: 'saw'; readonly sightings: readonly Sighting[] };

type Answer = Exclude<Report, { type: 'saw' }>;

const SCRIPT = fileURLToPath(new URL('peer.js', import.meta.url));

export class PeerProcess implements Disposable {
  readonly name: string;
  readonly host: Host;
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;
  readonly #sightings: Sighting[] = [];
  readonly #present = new Set<string>();
  #answer: (answer: Answer) => void = () => {};

  /** Resolves when all modules are loaded. */
  static async start(systemName: SystemName, host: Host, name: string): Promise<PeerProcess> {
    const task: Task = { systemName, identity: { name, address: host.address } };
    const [command, ...args] = host.command(process.execPath, SCRIPT, JSON.stringify(task));
    const child = spawn(command, args, {
      // The leader of a group, to which the programs it starts belong.
      detached: true,
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const peer = new PeerProcess(name, host, child);
    await peer.#next();
    return peer;
  }

  private constructor(name: string, host: Host, child: ChildProcess) {
    this.name = name;
    this.host = host;
    this.#child = child;
    this.#exited = once(child, 'exit');
    child.on('message', (report: Report) => {
      if (report.type !== 'saw') this.#answer(report);
      else for (const sighting of report.sightings) this.#note(sighting);
    });
  }

  /** Each resolves with the time just before it was obeyed. */
  async join(): Promise<number> {
    return (await this.#order({ order: 'join', revision: '0' }))!;
  }

  async close(): Promise<number> {
    return (await this.#order({ order: 'close', revision: '' }))!;
  }

  /** Resolves with nothing if the system cannot change what a peer says of itself. */
  update(revision: string): Promise<number | undefined> {
    return this.#order({ order: 'update', revision });
  }

  /** Ends the application, but not what else runs on its host. Returns the time just before. */
  kill(): number {
    const at = monotonicMs();
    process.kill(-this.#child.pid!, 'SIGKILL');
    return at;
  }

  knows(other: PeerProcess): boolean {
    return this.#present.has(other.name);
  }

  /** What it saw of another since that time. */
  sightingsOf(other: PeerProcess, since: number): Sighting[] {
    return this.#sightings.filter(({ name, at }) => name === other.name && at >= since);
  }

  /** Ends whatever runs on its host, and the host. */
  [Symbol.dispose](): void {
    this.host[Symbol.dispose]();
  }

  #note(sighting: Sighting): void {
    this.#sightings.push(sighting);
    if (sighting.type === 'down') this.#present.delete(sighting.name);
    else this.#present.add(sighting.name);
  }

  async #order(order: Order): Promise<number | undefined> {
    this.#child.send(order);
    const answer = await this.#next();
    return answer.type === 'began' ? answer.at : undefined;
  }

  #next(): Promise<Answer> {
    return new Promise((resolve, reject) => {
      void this.#exited.then(() => reject(new Error(`${this.name} has ended by itself.`)));
      this.#answer = resolve;
    });
  }
}
