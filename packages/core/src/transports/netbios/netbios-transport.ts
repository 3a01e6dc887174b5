/**
 * The transport itself: where its parts meet.
 *
 * On each {@link Subnet} it has the names of its station, the computer's and the domain's. A {@link Directory} finds the
 * names that are written to; what arrives for one of ours goes to those who listen to its slot, and to the network above.
 */

import type { Timer } from '../../clock.ts';
import { MailslotError } from '../../errors.ts';
import { type Address, type Datagram, STATION_ID_BYTES } from '../../message.ts';
import { domainTag, fold, isHostName, type Scope, type SlotPath } from '../../name.ts';
import { surface } from '../../surface.ts';
import type { InterfaceTable } from '../udp/interfaces.ts';
import { Problems } from '../udp/problems.ts';
import { Counters } from '../counters.ts';
import { SleepWatch } from '../sleep-watch.ts';
import {
  type Channel,
  type DropReason,
  type Listening,
  type Source,
  type Station,
  type Transport,
  type TransportHost,
  type TransportInterface,
  type TransportStats,
} from '../transport.ts';
import { Directory, type Place, type Whereabouts } from './directory.ts';
import { decodeIdentity } from './identity.ts';
import { dataBytesMax } from './mailslot-write.ts';
import type { Endpoint } from './name-transactions.ts';
import { NetbiosChannel, type PreparedWrite, unknownName } from './netbios-channel.ts';
import type { NetbiosName } from './netbios-name.ts';
import { NetbiosSource } from './netbios-source.ts';
import { type NetbiosOptions, type NetbiosSettings, parseOptions } from './options.ts';
import { RecentDatagrams } from './recent-datagrams.ts';
import type { CreateNetbiosSocket } from './service-port.ts';
import { StationNames } from './station-names.ts';
import type { MailslotDatagram, Subnet } from './subnet.ts';
import { Subnets } from './subnets.ts';
import type { NameTiming } from './timing.ts';

/** How often the interfaces are looked at: Node does not tell when they change. */
const INTERFACE_POLL_MS = 2_000;

/** As much of the operating system as the transport uses, and how long it waits for others. */
export interface NetbiosSystem {
  readonly createSocket: CreateNetbiosSocket;
  readonly networkInterfaces: () => InterfaceTable;
  readonly platform: NodeJS.Platform;
  readonly timing: NameTiming;
}

/** Sees the mailslot writes to one slot. */
export type MailslotListener = (datagram: MailslotDatagram) => void;

export class NetbiosTransport implements Transport {
  readonly name = 'netbios';
  readonly reach = 'network';
  readonly #settings: NetbiosSettings;
  readonly #system: NetbiosSystem;
  readonly #counters = new Counters('netbios');
  readonly #listeners = new Map<string, Set<MailslotListener>>();
  readonly #subnetListeners = new Set<() => void>();
  readonly #eavesdroppers = new Set<MailslotListener>();
  #host!: TransportHost;
  #subnets!: Subnets;
  #directory!: Directory;
  #stationNames!: StationNames;
  #problems!: Problems;
  #sleep!: SleepWatch;
  #poll: Timer | undefined;
  #following: Promise<readonly MailslotError[]> = Promise.resolve([]);
  #unreferenced = false;
  /** Of writes that another program made: each is a message of its own, since nothing on the wire says otherwise. */
  #sequence = 0;
  #stopping: Promise<void> | undefined;

  constructor(options: NetbiosOptions, system: NetbiosSystem) {
    this.#settings = parseOptions(options);
    this.#system = system;
  }

  /** Rejects with `ERROR_ACCESS_DENIED` if the ports need a privilege. Names are registered in the background. */
  async start(host: TransportHost): Promise<void> {
    this.#host = host;
    this.#problems = new Problems(host, this.name);
    this.#directory = new Directory(host.clock, () => this.subnets);
    this.#stationNames = new StationNames(host);
    this.#subnets = new Subnets(this.#settings, this.#system, {
      host,
      counters: this.#counters,
      createSocket: this.#system.createSocket,
      ports: this.#settings.ports,
      recent: new RecentDatagrams(host.clock),
      isOwn: (from) => this.#isOwn(from),
      received: (datagram) => this.#received(datagram),
      overhears: () => this.#eavesdroppers.size > 0,
      overheard: (datagram) => {
        for (const listener of this.#eavesdroppers) surface(listener, datagram);
      },
      changed: (name) => this.#directory.forget(name),
      failed: (what, cause) => this.#problems.tell(what, cause),
      missing: (names, table) => this.#problems.missing(names, table),
    });
    this.#following = this.#follow();
    const [failure] = await this.#following;
    if (failure?.code === 'ERROR_ACCESS_DENIED') {
      await this.#subnets.close();
      throw failure;
    }
    if (failure !== undefined) host.problem(failure);
    this.#sleep = new SleepWatch(host.clock, INTERFACE_POLL_MS);
    this.#schedulePoll();
  }

  /** The ports are open as long as it runs: to have a name means to answer for it. */
  async listen(): Promise<Listening> {
    this.#assertRunning();
    return { async close() {} };
  }

  async open(scope: Scope, slot: SlotPath): Promise<Channel> {
    this.#assertRunning();
    if (scope.kind === 'local') {
      throw new MailslotError(
        'ERROR_FILE_NOT_FOUND',
        `NetBIOS has no mailslots of one computer: write to \\\\*\\mailslot\\${slot.text}.`,
      );
    }
    const { computerName, domain } = this.#host.station;
    if (scope.kind === 'domain' || scope.name === domain) {
      return this.#channel(slot, (write) => this.#sendToGroup(this.#stationNames.domain, write));
    }
    // To itself no station sends: the network above sees to that.
    if (scope.name === computerName) return this.#channel(slot, () => undefined);
    return this.#channel(slot, (write) => this.#sendToName(scope.name, write));
  }

  reply(source: Source, slot: SlotPath): Channel {
    this.#assertRunning();
    if (!(source instanceof NetbiosSource)) {
      throw new MailslotError('ERROR_NOT_SUPPORTED', `${source.id} was not heard by netbios.`);
    }
    const { subnet, name, endpoint } = source;
    const to = { to: name, group: false, at: endpoint } as const;
    return this.#channel(slot, (write) => subnet.send({ ...write, from: this.#from, ...to }), true);
  }

  maxMessageSize(_scope: Scope, slot: SlotPath): number {
    return Math.max(0, dataBytesMax(slot.key));
  }

  interfaces(): readonly TransportInterface[] {
    return this.subnets.map(({ interface: { name, address, fallback } }) => ({
      name,
      address,
      family: 'IPv4',
      fallback,
    }));
  }

  stats(): TransportStats {
    const { subnets } = this;
    return this.#counters.snapshot({
      subnets: subnets.length,
      incompleteMessages: subnets.reduce((sum, { fragments }) => sum + fragments, 0),
    });
  }

  unref(): void {
    this.#unreferenced = true;
    for (const subnet of this.subnets) subnet.unref();
  }

  /** Gives all names back first, which takes three quarters of a second. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    this.#poll?.cancel();
    if (this.#host === undefined) return;
    await this.#following;
    await Promise.all(this.subnets.map(({ names }) => names.releaseAll()));
    await this.#subnets.close();
    this.#directory.clear();
    this.#listeners.clear();
    this.#eavesdroppers.clear();
  }

  // --- For the protocols that are at home on this wire ------------------------------------------

  get station(): Station {
    return this.#host.station;
  }

  /** What there is a name of its own on: one for each interface in use. */
  get subnets(): readonly Subnet[] {
    return this.#subnets?.all ?? [];
  }

  /** Calls the listener when {@link subnets} has changed. Returns the way to stop. */
  onSubnets(listener: () => void): () => void {
    this.#subnetListeners.add(listener);
    return () => this.#subnetListeners.delete(listener);
  }

  /** Sees every mailslot write to a slot, such as `BROWSE`, that is for a name of ours. Returns the way to stop. */
  receive(slot: string, listener: MailslotListener): () => void {
    const key = fold(slot);
    const listeners = this.#listeners.get(key) ?? new Set();
    this.#listeners.set(key, listeners.add(listener));
    return () => listeners.delete(listener);
  }

  /**
   * Sees every mailslot write that comes by the subnets, whichever name or scope it is for: what is broadcast for others
   * comes here too. Returns the way to stop.
   */
  overhear(listener: MailslotListener): () => void {
    this.#eavesdroppers.add(listener);
    return () => this.#eavesdroppers.delete(listener);
  }

  // --- Interfaces -----------------------------------------------------------------------------

  #schedulePoll(): void {
    this.#poll = this.#host.clock.schedule(INTERFACE_POLL_MS, () => {
      void this.#look();
    });
  }

  async #look(): Promise<void> {
    this.#following = this.#follow();
    for (const failure of await this.#following) this.#host.problem(failure);
    if (this.#stopping !== undefined) return;
    if (this.#sleep.slept()) this.#wake();
    this.#stationNames.retry(this.subnets);
    this.#schedulePoll();
  }

  /** Whatever was true of names may not be so any more: of those of others, and of our own. */
  #wake(): void {
    this.#directory.clear();
    for (const { names } of this.subnets) names.reclaim();
  }

  /** Adapts the subnets to the interfaces there are now. Resolves with what went wrong for the first time. */
  async #follow(): Promise<readonly MailslotError[]> {
    const { opened, failures, changed } = await this.#subnets.follow();
    for (const subnet of opened) {
      if (this.#unreferenced) subnet.unref();
      this.#stationNames.take(subnet);
    }
    if (changed) {
      this.#directory.clear();
      this.#host.interfacesChanged();
      for (const listener of this.#subnetListeners) surface(listener);
    }
    return failures;
  }

  // --- Sending --------------------------------------------------------------------------------

  get #from(): NetbiosName {
    return this.#stationNames.computer;
  }

  #channel(
    slot: SlotPath,
    deliver: (write: PreparedWrite) => Promise<void> | undefined,
    direct: boolean = false,
  ): Channel {
    const counters = this.#counters;
    return new NetbiosChannel(slot, this.#host.station, { direct, counters, deliver });
  }

  #sendToGroup(to: NetbiosName, write: PreparedWrite): Promise<void> | undefined {
    const waits = this.#running().map((subnet) =>
      subnet.send({ ...write, from: this.#from, to, group: true }),
    );
    return all(waits);
  }

  /** Names are found the first time they are written to, as in Windows: to open them says nothing. */
  #sendToName(host: string, write: PreparedWrite): Promise<void> | undefined {
    const known = this.#directory.known(host);
    if (known !== undefined) return this.#sendTo(known, write);
    return this.#findAndSend(host, write);
  }

  async #findAndSend(host: string, write: PreparedWrite): Promise<void> {
    // A node asks for nothing before it has a name to ask under.
    await this.#stationNames.settled;
    const found = await this.#directory.find(host);
    if (this.#stopping !== undefined) return;
    if (found === undefined) {
      this.#counters.drop('unsent');
      throw unknownName(host);
    }
    await this.#sendTo(found, write);
  }

  #sendTo(found: Whereabouts, write: PreparedWrite): Promise<void> | undefined {
    const { name } = found;
    if (found.kind === 'unique') return this.#sendAt(found.at, name, false, write);
    const beyond = found.beyond.map((place) => this.#sendAt(place, name, true, write));
    return all([this.#sendToGroup(name, write), ...beyond]);
  }

  #sendAt(
    { subnet, address }: Place,
    to: NetbiosName,
    group: boolean,
    write: PreparedWrite,
  ): Promise<void> | undefined {
    const at = { address, port: this.#settings.ports.datagram };
    return subnet.send({ ...write, from: this.#from, to, group, at });
  }

  /** The subnets that messages go to; none when it has stopped, which counts as unsent. */
  #running(): readonly Subnet[] {
    const subnets = this.#stopping === undefined ? this.subnets : [];
    if (subnets.length === 0) this.#counters.drop('unsent');
    return subnets;
  }

  // --- Receiving ------------------------------------------------------------------------------

  #isOwn({ address, port }: Endpoint): boolean {
    return this.subnets.some(({ endpoints }) =>
      endpoints.some((own) => own.address === address && own.port === port),
    );
  }

  #received(datagram: MailslotDatagram): DropReason | undefined {
    if (this.#stopping !== undefined) return undefined;
    const { slot, data, header, subnet, from, source } = datagram;
    this.#counters.received(data.length);
    const listeners = this.#listeners.get(slot);
    for (const listener of listeners ?? []) surface(listener, datagram);
    const identity = decodeIdentity(header);
    const dropped = this.#host.receive({
      slot,
      address: this.#addressOf(datagram, identity?.direct === true),
      station: identity?.station ?? stationOf(from, source),
      sequence: identity?.sequence ?? this.#nextSequence(),
      from: identity?.anonymous === true || !isHostName(from.name) ? '' : from.name,
      source: new NetbiosSource(subnet, source, from),
      data,
    } satisfies Datagram);
    return dropped === 'no-slot' && listeners !== undefined ? undefined : dropped;
  }

  #addressOf({ to, kind }: MailslotDatagram, direct: boolean): Address {
    const { computer, domain } = this.#stationNames;
    if (!direct && to.equals(domain)) {
      return { kind: 'domain', tag: domainTag(this.#host.station.domain) };
    }
    if (!direct && to.equals(computer) && kind === 'unique') {
      return { kind: 'name', name: this.#host.station.computerName };
    }
    return { kind: 'direct' };
  }

  #nextSequence(): number {
    this.#sequence = (this.#sequence + 1) >>> 0;
    return this.#sequence;
  }

  #assertRunning(): void {
    if (this.#host !== undefined && this.#stopping === undefined) return;
    throw new MailslotError(
      'ERROR_INVALID_HANDLE',
      'The netbios transport does not run: join the network first.',
    );
  }
}

/** The station of a program that says no more than its name and address: as many characters as an id has, no two alike. */
function stationOf({ key }: NetbiosName, { address, port }: Endpoint): string {
  return `${address}:${port} ${key}`.padEnd(STATION_ID_BYTES);
}

async function settle(waits: readonly Promise<void>[]): Promise<void> {
  await Promise.all(waits);
}

function all(waits: readonly (Promise<void> | undefined)[]): Promise<void> | undefined {
  const pending = waits.filter((wait) => wait !== undefined);
  return pending.length === 0 ? undefined : settle(pending);
}
