/** Networks of namespaces: hosts and bridges of this computer's kernel that nothing leads out of. Needs root and Linux. */

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';

import { type CapturedDatagram, readPcap, wholeRecords } from './pcap.ts';
import { until } from './real-time.ts';

/** Whether this computer has what {@link NamespaceLan} needs. To be root is not enough: a container may forbid it. */
export function hasNamespaces(): boolean {
  const trial = `mst${process.pid}`;
  return (
    works('tcpdump', '--version') &&
    works('ip', 'netns', 'add', trial) &&
    works('ip', 'netns', 'del', trial)
  );
}

/** Whether hosts can be given firewall rules. */
export function hasNftables(): boolean {
  return works('nft', '--version');
}

let lans = 0;

export class NamespaceLan implements AsyncDisposable {
  /** Of this process and this network alone. */
  readonly #prefix = `mst${process.pid}n${lans++}`;
  readonly #namespaces: Namespace[] = [];

  /** A switch that forwards everything to everyone. */
  bridge(): Bridge {
    const bridge = new Bridge(`${this.#prefix}-b${this.#namespaces.length}`);
    this.#namespaces.push(bridge);
    return bridge;
  }

  /** A computer with nothing but loopback. */
  host(): Host {
    const host = new Host(`${this.#prefix}-h${this.#namespaces.length}`);
    this.#namespaces.push(host);
    return host;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#namespaces.map((namespace) => namespace.dispose()));
  }
}

class Namespace {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
    run('ip', 'netns', 'add', name);
    this.ip('link', 'set', 'lo', 'up');
  }

  /** Runs `ip` in the namespace. */
  ip(...args: readonly string[]): string {
    return run('ip', '-n', this.name, ...args);
  }

  /** What to run for a command to run in the namespace. */
  command(...command: readonly string[]): readonly [string, ...string[]] {
    return ['ip', 'netns', 'exec', this.name, ...command];
  }

  run(...command: readonly string[]): string {
    return run(...this.command(...command));
  }

  async dispose(): Promise<void> {
    run('ip', 'netns', 'del', this.name);
  }
}

export class Bridge extends Namespace {
  #ports = 0;

  constructor(name: string) {
    super(name);
    this.ip('link', 'add', 'br0', 'type', 'bridge', 'mcast_snooping', '0');
    this.ip('link', 'set', 'br0', 'up');
  }

  /** Plugs a host's interface in. */
  plug(host: Host, device: string): void {
    const port = `p${this.#ports++}`;
    host.ip('link', 'add', device, 'type', 'veth', 'peer', 'name', port, 'netns', this.name);
    this.ip('link', 'set', port, 'master', 'br0', 'up');
  }
}

export class Host extends Namespace {
  readonly #captures: Capture[] = [];

  constructor(name: string) {
    super(name);
    // Addresses are ready at once, and nothing but the test speaks.
    this.set('net/ipv6/conf/default/accept_dad', '0');
    this.set('net/ipv6/conf/default/router_solicitations', '0');
  }

  /** Sets a value below /proc/sys. */
  set(path: string, value: string): void {
    this.run('sh', '-c', `echo ${value} > /proc/sys/${path}`);
  }

  /**
   * Gives the host an interface on a bridge, with these addresses, such as `10.0.0.1/24`. Every interface has a
   * link-local IPv6 address too, unless `ipv6` is false. Resolves when the interface is up.
   */
  async connect(
    bridge: Bridge,
    device: string,
    addresses: readonly string[],
    { ipv6 = true } = {},
  ): Promise<void> {
    bridge.plug(this, device);
    if (!ipv6) this.set(`net/ipv6/conf/${device}/disable_ipv6`, '1');
    for (const address of addresses) {
      const broadcast = address.includes(':') ? [] : ['broadcast', '+'];
      this.ip('addr', 'add', address, ...broadcast, 'dev', device);
    }
    this.ip('link', 'set', device, 'up');
    await until(() => this.ip('-o', 'link', 'show', device).includes('state UP'));
  }

  disconnect(device: string): void {
    this.ip('link', 'del', device);
  }

  /** Pulls the cable, or plugs it in again. */
  turn(device: string, state: 'up' | 'down'): void {
    this.ip('link', 'set', device, state);
  }

  /** Gives an interface another address, as DHCP does with a new lease. */
  readdress(device: string, address: string): void {
    this.ip('-4', 'addr', 'flush', 'dev', device);
    this.ip('addr', 'add', address, 'broadcast', '+', 'dev', device);
  }

  /**
   * Drops what arrives and matches a rule of nftables, such as `ip daddr 224.0.0.0/4`, until {@link letIn} with the same
   * name.
   */
  keepOut(name: string, rule: string): void {
    const chain = `chain in { type filter hook input priority 0; ${rule} drop; }`;
    this.run('nft', `table inet ${name} { ${chain}; }`);
  }

  letIn(name: string): void {
    this.run('nft', 'delete', 'table', 'inet', name);
  }

  /** Sends one datagram of no protocol, to show that a capture sees what comes after. */
  ping(address: string): void {
    const send = `require('node:dgram').createSocket('udp4').send('fence', 9, '${address}', () => process.exit())`;
    this.run(process.execPath, '-e', send);
  }

  /** Watches an interface, what this host sends included: UDP datagrams, or what the filter of tcpdump says. */
  async capture(device: string, filter: string = 'udp'): Promise<Capture> {
    const capture = await Capture.start(this, device, filter);
    this.#captures.push(capture);
    return capture;
  }

  override async dispose(): Promise<void> {
    await Promise.all(this.#captures.map((capture) => capture.stop()));
    await super.dispose();
  }
}

/** What may wait for tcpdump to be written: a busy computer lets it wait for long. */
const CAPTURE_KIBIBYTES = 16_384;

export class Capture {
  readonly #tcpdump: ChildProcess;
  readonly #output: Buffer[] = [];

  static async start(host: Host, device: string, filter: string): Promise<Capture> {
    const output = ['-w', '-', '-U', '--immediate-mode', '-B', String(CAPTURE_KIBIBYTES)];
    const options = ['-i', device, ...output, '-n', '-Z', 'root', filter];
    const [command, ...args] = host.command('tcpdump', ...options);
    const tcpdump = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    const capture = new Capture(tcpdump);
    let notes = '';
    tcpdump.stderr.on('data', (text: Buffer) => (notes += text.toString()));
    await until(() => notes.includes('listening on'));
    return capture;
  }

  private constructor(tcpdump: ChildProcess) {
    this.#tcpdump = tcpdump;
    tcpdump.stdout?.on('data', (chunk: Buffer) => this.#output.push(chunk));
  }

  /** What was seen so far, as tcpdump wrote it. */
  get pcap(): Buffer {
    return wholeRecords(Buffer.concat(this.#output));
  }

  /** What was seen so far, without what other parts of a system say by themselves. */
  get datagrams(): CapturedDatagram[] {
    return readPcap(this.pcap);
  }

  /** Resolves when a datagram to that port has been seen: whatever was sent before it has been, too. */
  async saw(destinationPort: number): Promise<void> {
    await until(() => this.datagrams.some((one) => one.destinationPort === destinationPort));
  }

  async stop(): Promise<void> {
    if (this.#tcpdump.exitCode !== null) return;
    this.#tcpdump.kill();
    await once(this.#tcpdump, 'exit');
  }
}

function run(command: string, ...args: readonly string[]): string {
  return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

function works(...command: readonly [string, ...string[]]): boolean {
  try {
    run(...command);
    return true;
  } catch {
    return false;
  }
}
