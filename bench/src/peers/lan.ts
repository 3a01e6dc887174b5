/** Hosts on one switch: network namespaces that nothing leads out of. Needs root and Linux. */

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

import { monotonicMs } from './clock.ts';
import { lastWill } from './last-will.ts';

/** Linux has one table of neighbours for all namespaces; 50 hosts that all know each other overflow its usual 1 024. */
const NEIGHBOURS_MAX = 16_384;

const GATEWAY = '10.77.0.1';

/** Removes what earlier runs left behind that were killed, and so could not. */
export function removeLeftovers(): void {
  for (const namespace of run('ip', 'netns', 'list').split(/\s/)) {
    const [, pid] = /^msb(\d+)n\d+-/.exec(namespace) ?? [];
    if (pid !== undefined && !existsSync(`/proc/${pid}`)) remove(namespace);
  }
}

export class Lan implements Disposable {
  static #count = 0;
  /** Of this process and this network alone. */
  readonly #prefix = `msb${process.pid}n${Lan.#count++}`;
  readonly #switch: string = `${this.#prefix}-switch`;
  readonly #hosts = new Set<Host>();
  readonly #end: () => void;
  #made = 0;

  constructor() {
    makeRoomForNeighbours();
    run('ip', 'netns', 'add', this.#switch);
    this.#end = lastWill(() => {
      for (const host of this.#hosts) host[Symbol.dispose]();
      remove(this.#switch);
    });
    // The switch has an address for the hosts' default route, and says nothing of its own.
    inNamespace(this.#switch, 'sysctl', '-qw', 'net.ipv6.conf.all.disable_ipv6=1');
    const ip = ipIn(this.#switch);
    ip('link', 'add', 'br0', 'type', 'bridge', 'mcast_snooping', '0');
    ip('addr', 'add', `${GATEWAY}/16`, 'dev', 'br0');
    ip('link', 'set', 'br0', 'up');
  }

  /** What to run for a command to run at the bridge `br0`, which all frames pass. */
  command(...command: readonly string[]): readonly [string, ...string[]] {
    return commandIn(this.#switch, command);
  }

  addHost(): Host {
    const number = this.#made++;
    const host = new Host(`${this.#prefix}-h${number}`, this.#switch, number);
    this.#hosts.add(host);
    return host;
  }

  /** The processes of all hosts. */
  pids(): number[] {
    return Array.from(this.#hosts).flatMap((host) => host.pids());
  }

  [Symbol.dispose](): void {
    this.#end();
  }
}

export class Host implements Disposable {
  readonly namespace: string;
  readonly address: string;
  readonly #switch: string;
  readonly #port: string;
  #removed = false;

  constructor(namespace: string, switchNamespace: string, number: number) {
    this.namespace = namespace;
    this.address = `10.77.${1 + Math.floor(number / 200)}.${2 + (number % 200)}`;
    this.#switch = switchNamespace;
    this.#port = `port${number}`;
    run('ip', 'netns', 'add', namespace);
    // Addresses are ready at once.
    const quiet = ['accept_dad=0', 'router_solicitations=0'];
    inNamespace(
      namespace,
      'sysctl',
      '-qw',
      ...quiet.map((setting) => `net.ipv6.conf.default.${setting}`),
    );
    const ip = ipIn(namespace);
    ip('link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', this.#port, 'netns', this.#switch);
    ipIn(this.#switch)('link', 'set', this.#port, 'master', 'br0', 'up');
    ip('link', 'set', 'lo', 'up');
    ip('addr', 'add', `${this.address}/16`, 'broadcast', '+', 'dev', 'eth0');
    ip('link', 'set', 'eth0', 'up');
    ip('route', 'add', 'default', 'via', GATEWAY);
  }

  /** What to run for a command to run on this host. */
  command(...command: readonly string[]): readonly [string, ...string[]] {
    return commandIn(this.namespace, command);
  }

  /** From now on loses that share of what arrives, packet by packet and independently of all others. */
  lose(percent: number): void {
    const rule = `iifname != "lo" numgen random mod 100 < ${percent} drop`;
    const chain = `chain arriving { type filter hook input priority 0; ${rule}; }`;
    inNamespace(this.namespace, 'nft', `table inet loss { ${chain}; }`);
  }

  /** Pulls the plug at the switch. Returns the time just before. */
  unplug(): number {
    const at = monotonicMs();
    ipIn(this.#switch)('link', 'set', this.#port, 'down');
    return at;
  }

  pids(): number[] {
    return this.#removed ? [] : pidsIn(this.namespace);
  }

  /** Ends all that runs on it. */
  [Symbol.dispose](): void {
    if (this.#removed) return;
    this.#removed = true;
    remove(this.namespace);
  }
}

function makeRoomForNeighbours(): void {
  for (const family of ['ipv4', 'ipv6']) {
    // The last of the three is the hard limit; the others, where collecting begins, have to be near it.
    for (const threshold of ['gc_thresh3', 'gc_thresh2', 'gc_thresh1']) {
      const path = `/proc/sys/net/${family}/neigh/default/${threshold}`;
      const before = readFileSync(path, 'utf8');
      if (Number(before) >= NEIGHBOURS_MAX) continue;
      writeFileSync(path, String(NEIGHBOURS_MAX));
      lastWill(() => writeFileSync(path, before));
    }
  }
}

/** Ends all that runs in a namespace, and the namespace. */
function remove(namespace: string): void {
  for (const pid of pidsIn(namespace)) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended by itself.
    }
  }
  run('ip', 'netns', 'del', namespace);
}

function pidsIn(namespace: string): number[] {
  return run('ip', 'netns', 'pids', namespace).split('\n').filter(Boolean).map(Number);
}

function ipIn(namespace: string): (...args: readonly string[]) => void {
  return (...args) => void run('ip', '-n', namespace, ...args);
}

function inNamespace(namespace: string, ...command: readonly string[]): void {
  run(...commandIn(namespace, command));
}

function commandIn(namespace: string, command: readonly string[]): readonly [string, ...string[]] {
  return ['ip', 'netns', 'exec', namespace, ...command];
}

function run(command: string, ...args: readonly string[]): string {
  return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
}
