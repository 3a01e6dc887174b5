/** Programs in a lobby, each a process on a host of a {@link NamespaceLan}, and what each of them sees. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

import type { PeerPath } from '@mailslot/discovery';

import type {
  LobbyOrder,
  LobbyPeerOptions,
  LobbyReport,
  SeenPeer,
} from '../live/children/lobby-peer.ts';
import { type Host, NamespaceLan } from './lan.ts';
import { until } from './real-time.ts';

const SCRIPT = fileURLToPath(new URL('../live/children/lobby-peer.ts', import.meta.url));
const TEST_PACKAGE = fileURLToPath(new URL('..', import.meta.url));

export class LobbyPeer {
  readonly name: string;
  readonly host: Host;
  /** Everybody on its list now, by name. Two peers of one name would be a ghost, and are told of as `twice`. */
  seen: ReadonlyMap<string, SeenPeer> = new Map();
  twice = false;
  readonly events: string[] = [];
  readonly texts: string[] = [];
  readonly problems: string[] = [];
  /** What an application would have had to catch. */
  readonly failures: string[] = [];
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;
  #ready = false;
  #paths: readonly PeerPath[] | undefined;

  constructor(options: LobbyPeerOptions, host: Host) {
    this.name = options.name;
    this.host = host;
    const node = ['--conditions=@mailslot/source', '--import', 'tsx', SCRIPT];
    const [command, ...args] = host.command(process.execPath, ...node, JSON.stringify(options));
    this.#child = spawn(command, args, {
      cwd: TEST_PACKAGE,
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.#exited = once(this.#child, 'exit');
    this.#child.on('message', (report: LobbyReport) => this.#note(report));
    this.#child.on('exit', (status) => this.failures.push(`exit ${status}`));
  }

  /** Resolves once it is in the lobby. */
  async ready(): Promise<this> {
    await until(() => this.#ready || this.failures.length > 0, 30_000);
    return this;
  }

  /** Those on its list, sorted. */
  get names(): readonly string[] {
    return [...this.seen.keys()].toSorted();
  }

  addressesOf(name: string): readonly string[] {
    return this.seen.get(name)?.addresses ?? [];
  }

  send(to: string, text: string): void {
    this.#order({ order: 'send', to, text });
  }

  async pathsOf(name: string): Promise<readonly PeerPath[]> {
    this.#paths = undefined;
    this.#order({ order: 'paths', of: name });
    await until(() => this.#paths !== undefined);
    return this.#paths!;
  }

  /** Stops it as a suspended computer stops, and lets it go on. */
  freeze(): void {
    this.#child.kill('SIGSTOP');
  }

  thaw(): void {
    this.#child.kill('SIGCONT');
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#exited;
  }

  #order(order: LobbyOrder): void {
    this.#child.send(order);
  }

  #note(report: LobbyReport): void {
    switch (report.report) {
      case 'ready':
        this.#ready = true;
        return;
      case 'peers':
        this.seen = new Map(report.peers);
        this.twice ||= this.seen.size < report.peers.length;
        return;
      case 'event':
        this.events.push(report.event);
        return;
      case 'message':
        this.texts.push(report.text);
        return;
      case 'problem':
        this.problems.push(report.problem);
        return;
      case 'failure':
        this.failures.push(report.failure);
        return;
      case 'paths':
        this.#paths = report.paths;
    }
  }
}

/** Hosts and the programs on them, which all end with it. */
export class Town implements AsyncDisposable {
  readonly lan = new NamespaceLan();
  readonly peers: LobbyPeer[] = [];

  async peer(host: Host, name: string, udp: LobbyPeerOptions['udp'] = {}): Promise<LobbyPeer> {
    return this.begin(host, name, udp).ready();
  }

  /** Does not wait until the program is ready. */
  begin(host: Host, name: string, udp: LobbyPeerOptions['udp'] = {}): LobbyPeer {
    const peer = new LobbyPeer({ name, udp }, host);
    this.peers.push(peer);
    return peer;
  }

  /** Whether everybody lists everybody else, once. */
  get isWhole(): boolean {
    return this.peers.every(({ seen }) => seen.size === this.peers.length - 1);
  }

  /** Resolves with the milliseconds until everybody lists everybody else. */
  whole(patienceMs?: number): Promise<number> {
    return until(() => this.isWhole, patienceMs);
  }

  /** What no application should have to see: its own failures, and two of one name. */
  get trouble(): readonly string[] {
    return this.peers.flatMap(({ name, failures, twice }) => [
      ...failures.map((failure) => `${name}: ${failure}`),
      ...(twice ? [`${name} saw somebody twice`] : []),
    ]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.peers.map((peer) => peer.kill()));
    await this.lan[Symbol.asyncDispose]();
  }
}
