/**
 * Real Samba hosts on a LAN of namespaces: nmbd and smbd with private directories. Needs root, Linux and the Debian
 * packages samba, samba-common-bin, smbclient and tshark. No service of the computer itself is started or spoken to.
 */

import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { type Bridge, type Host, hasNamespaces, NamespaceLan } from './lan.ts';
import { until } from './real-time.ts';
import { needs } from './requirement.ts';

const PROGRAMS = ['nmbd', 'smbd', 'smbclient', 'nmblookup', 'tshark', 'nmap'];

/** Whether this computer has what the tests with Samba need; says so, or throws, as {@link needs} does. */
export function needsSamba(): boolean {
  const isThere = hasNamespaces() && PROGRAMS.every((program) => answers(program));
  return needs('root, iproute2, tcpdump, samba, smbclient, tshark and nmap', isThere);
}

/** Samba writes its list to a file every 20 s at most, and looks for the gone every 10 s. */
export const LISTED_MS = 40_000;
export const GONE_MS = 25_000;

function answers(program: string): boolean {
  try {
    execFileSync(program, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** The workgroup of every Samba host that is not told another. */
export const WORKGROUP = 'MSLAB';

/** A host of {@link SambaLan}, with one interface `eth0`. */
export interface LabHost {
  readonly host: Host;
  readonly address: string;
}

export interface SambaOptions {
  /** Upper case. Default: `HOST` and the last octet of its address. */
  readonly name?: string;
  /** Start smbd too: TCP 139 and 445, for `smbclient -L`. Default false. */
  readonly smbd?: boolean;
  /** Settings of `[global]` besides those of {@link settings}, or instead of them. */
  readonly config?: Readonly<Record<string, string>>;
}

/** One subnet, 10.77.N.0/24, and Samba hosts on it. */
export class SambaLan implements AsyncDisposable {
  readonly #lan: NamespaceLan;
  readonly #bridge: Bridge;
  readonly #subnet: string;
  readonly #sambas: Samba[] = [];
  #hosts = 0;

  constructor({ lan = new NamespaceLan(), subnet = '10.77.0' } = {}) {
    this.#lan = lan;
    this.#subnet = subnet;
    this.#bridge = lan.bridge();
  }

  get broadcastAddress(): string {
    return `${this.#subnet}.255`;
  }

  /**
   * A host with nothing on it. Its address ends in 1, 2, … in the order of the calls; with several interfaces it takes
   * as many of them, of which the first is told.
   */
  async host({ interfaces = 1 } = {}): Promise<LabHost> {
    const host = this.#lan.host();
    const addresses = Array.from({ length: interfaces }, () => `${this.#subnet}.${++this.#hosts}`);
    for (const [at, address] of addresses.entries()) {
      await host.connect(this.#bridge, `eth${at}`, [`${address}/24`], { ipv6: false });
    }
    return { host, address: addresses[0]! };
  }

  /** Gives a host another interface, on this subnet: its address ends in `last`. */
  connect(host: Host, device: string, last: number): Promise<void> {
    return host.connect(this.#bridge, device, [`${this.#subnet}.${last}/24`], { ipv6: false });
  }

  /** A host that runs nmbd, and smbd if asked for. It has its names, but is no master yet: see {@link Samba.becomesMaster}. */
  async samba(options: SambaOptions = {}, on?: LabHost): Promise<Samba> {
    const samba = new Samba(on ?? (await this.host()), options);
    this.#sambas.push(samba);
    await samba.start();
    return samba;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#sambas.map((samba) => samba.dispose()));
    await this.#lan[Symbol.asyncDispose]();
  }
}

/** One computer with Samba, in a directory of its own that goes with it. */
export class Samba implements AsyncDisposable {
  readonly host: Host;
  readonly address: string;
  readonly name: string;
  readonly #smbd: boolean;
  readonly #directory: string;
  #daemons: Daemon[] = [];

  constructor({ host, address }: LabHost, { name, smbd = false, config = {} }: SambaOptions) {
    this.host = host;
    this.address = address;
    this.name = name ?? `HOST${address.split('.').at(-1)}`;
    this.#smbd = smbd;
    this.#directory = mkdtempSync(join(tmpdir(), 'mailslot-samba-'));
    chmodSync(this.#directory, 0o755);
    for (const directory of DIRECTORIES) mkdirSync(join(this.#directory, directory));
    chmodSync(join(this.#directory, 'private'), 0o700);
    writeFileSync(this.configFile, this.#configuration(config));
  }

  /** What programs of Samba take as `-s`. */
  get configFile(): string {
    return join(this.#directory, 'smb.conf');
  }

  /** All that nmbd has logged. */
  get log(): string {
    return readIfThere(join(this.#directory, 'log/log.nmbd'));
  }

  /** The lines of nmbd's list of hosts and workgroups, such as `"ANN-PC" 40001003 "comment" "MSLAB"`. */
  get browseList(): string[] {
    const lines = readIfThere(join(this.#directory, 'cache/browse.dat')).split('\n');
    return lines.filter(Boolean).map((line) => line.replaceAll(/\s+/g, ' ').trim());
  }

  /** Starts the daemons. Resolves when nmbd has its group names, and those of its own that nobody refused: after 4 s. */
  async start(): Promise<void> {
    const before = this.log.length;
    const registered = new RegExp(`<1e> with first IP .* to subnet ${this.address}`);
    this.#daemons = [new Daemon(this.host, 'nmbd', this.configFile)];
    if (this.#smbd) this.#daemons.push(new Daemon(this.host, 'smbd', this.configFile));
    await until(() => registered.test(this.log.slice(before)), 20_000);
  }

  /** Resolves when nmbd is the local master browser: some 23 s after its start, if nobody beats it. */
  async becomesMaster(): Promise<void> {
    const words = `${this.name} is now a local master browser`;
    await until(() => this.log.includes(words), 90_000);
  }

  /** Ends the daemons: politely, so that nmbd says goodbye, or with SIGKILL. */
  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    await Promise.all(this.#daemons.splice(0).map((daemon) => daemon.stop(signal)));
  }

  /** Runs one of Samba's programs on this host with its configuration, for example `nmblookup`. */
  run(program: string, ...args: readonly string[]): Promise<string> {
    return runOn(this.host, program, '-s', this.configFile, '-d', '0', ...args);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }

  async dispose(): Promise<void> {
    await this.stop('SIGKILL');
    rmSync(this.#directory, { recursive: true, force: true });
  }

  #configuration(config: Readonly<Record<string, string>>): string {
    const at = (directory: string): string => join(this.#directory, directory);
    const all = { ...settings(this.name, this.address), ...directories(at), ...config };
    const global = Object.entries(all).map(([key, value]) => `  ${key} = ${value}\n`);
    return `[global]\n${global.join('')}[share]\n  path = ${at('share')}\n  guest ok = yes\n`;
  }
}

const DIRECTORIES = ['lock', 'state', 'cache', 'private', 'pid', 'log', 'nmbd', 'ncalrpc', 'share'];

function directories(at: (directory: string) => string): Record<string, string> {
  return {
    'lock directory': at('lock'),
    'state directory': at('state'),
    'cache directory': at('cache'),
    'private dir': at('private'),
    'pid directory': at('pid'),
    'log file': at('log/log.%m'),
    'ncalrpc dir': at('ncalrpc'),
    'nmbd:socket dir': at('nmbd'),
  };
}

/** A standalone server of the old kind: SMB1, guests welcome, names by broadcast. */
function settings(name: string, address: string): Record<string, string> {
  return {
    workgroup: WORKGROUP,
    'netbios name': name,
    'server string': `lab host ${name}`,
    interfaces: `${address}/24`,
    'server role': 'standalone server',
    'log level': '4',
    'max log size': '0',
    'os level': '20',
    'server min protocol': 'NT1',
    'client min protocol': 'NT1',
    'lanman auth': 'yes',
    'ntlm auth': 'ntlmv1-permitted',
    'client use spnego': 'no',
    'map to guest': 'Bad User',
    'load printers': 'no',
    printing: 'bsd',
    'printcap name': '/dev/null',
    'disable spoolss': 'yes',
    'smb ports': '139 445',
    'dns proxy': 'no',
    'name resolve order': 'bcast lmhosts',
  };
}

/** nmbd or smbd, in the foreground, with whatever it forks in a process group of its own. */
class Daemon {
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;

  constructor(host: Host, program: 'nmbd' | 'smbd', configFile: string) {
    const [command, ...args] = host.command(program, '-F', '--no-process-group', '-s', configFile);
    this.#child = spawn(command, args, { stdio: 'ignore', detached: true });
    this.#ended = once(this.#child, 'exit');
    process.once('exit', this.#endGroup);
  }

  async stop(signal: NodeJS.Signals): Promise<void> {
    process.removeListener('exit', this.#endGroup);
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      this.#child.kill(signal);
      await this.#ended;
    }
    this.#endGroup();
  }

  /** Its children have its process group; it is gone once the last of them is. */
  readonly #endGroup = (): void => {
    try {
      process.kill(-this.#child.pid!, 'SIGKILL');
    } catch {
      // None is left.
    }
  };
}

const run = promisify(execFile);

/** Runs a program on a host; its output, both streams. A failure is no error: Samba's programs use it for "not found". */
export async function runOn(
  host: Host,
  program: string,
  ...args: readonly string[]
): Promise<string> {
  const [command, ...rest] = host.command(program, ...args);
  try {
    const { stdout, stderr } = await run(command, rest, { timeout: 60_000 });
    return stdout + stderr;
  } catch (error) {
    if (error instanceof Error && 'stdout' in error && 'stderr' in error) {
      return `${String(error.stdout)}${String(error.stderr)}`;
    }
    throw error;
  }
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
