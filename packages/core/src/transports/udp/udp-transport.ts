/**
 * The transport itself: where its parts meet.
 *
 * What arrives goes through {@link Sources} and {@link Reassembly} to the network above; what is written goes through
 * an {@link Outbox} along {@link Route}s; the {@link SocketSet} follows the interfaces.
 */

import type { RemoteInfo } from 'node:dgram';

import { DecodeError } from '../../bytes.ts';
import type { Timer } from '../../clock.ts';
import { MailslotError } from '../../errors.ts';
import type { Address } from '../../message.ts';
import { domainTag, type Scope, type SlotPath } from '../../name.ts';
import {
  type Channel,
  Counters,
  type DropReason,
  type Listening,
  type Source,
  type Transport,
  type TransportHost,
  type TransportInterface,
  type TransportStats,
} from '../transport.ts';
import { systemError } from './advice.ts';
import { UdpChannel } from './channel.ts';
import { MESSAGE_BYTES_MAX, Reassembly } from './fragments.ts';
import { type Frame, recognise } from './frame.ts';
import { chooseInterfaces, type Family, type InterfaceTable, isInterface } from './interfaces.ts';
import { type Endpoint, parseOptions, type UdpOptions, type UdpSettings } from './options.ts';
import { Outbox } from './outbox.ts';
import { Problems } from './problems.ts';
import { groupRoutes, type Route, routeTo } from './routes.ts';
import { SocketSet } from './socket-set.ts';
import type { CreateSocket } from './sockets.ts';
import { Sources, UdpSource } from './sources.ts';
import { Surroundings } from './surroundings.ts';

/** How often the interfaces are looked at: Node does not tell when they change. */
export const INTERFACE_POLL_MS = 5_000;

/** How often group membership is renewed: switches that snoop without a querier forget it after some four minutes. */
export const REJOIN_MS = 120_000;

/** As much of the operating system as the transport uses. */
export interface UdpSystem {
  readonly createSocket: CreateSocket;
  readonly networkInterfaces: () => InterfaceTable;
  readonly platform: NodeJS.Platform;
}

export class UdpTransport implements Transport {
  readonly name = 'udp';
  readonly reach = 'network';
  readonly #settings: UdpSettings;
  readonly #system: UdpSystem;
  readonly #sockets: SocketSet;
  readonly #counters = new Counters();
  #host!: TransportHost;
  #outbox!: Outbox;
  #sources!: Sources;
  #reassembly!: Reassembly;
  #problems!: Problems;

  #table: InterfaceTable = {};
  #surroundings = new Surroundings({}, [], 'linux');
  #usedNames: ReadonlySet<string> = new Set();
  #routes: readonly Route[] = [];
  #routedIpv6: ReadonlySet<string> | undefined;

  #listenings = 0;
  #opened: Promise<void> = Promise.resolve();
  #following: Promise<void> = Promise.resolve();
  #poll: Timer | undefined;
  #rejoinAt = 0;
  #stopping: Promise<void> | undefined;

  constructor(options: UdpOptions, system: UdpSystem) {
    this.#settings = parseOptions(options);
    this.#system = system;
    this.#sockets = new SocketSet(system.createSocket, this.#settings, {
      received: (bytes, from, family) => this.#received(bytes, from, family),
      sent: (error) => this.#outbox.sent(error),
      failed: (what, cause) => this.#problems.tell(what, cause),
    });
  }

  async start(host: TransportHost): Promise<void> {
    const { clock } = host;
    this.#host = host;
    this.#outbox = new Outbox(clock, this.#counters);
    this.#sources = new Sources(clock, (endpoint) => this.#locate(endpoint));
    this.#reassembly = new Reassembly(clock, () => this.#counters.drop('incomplete'));
    this.#problems = new Problems(host);
    this.#rejoinAt = clock.now() + REJOIN_MS;
    await this.#follow();
    this.#schedulePoll();
  }

  /**
   * The shared port is open only while somebody listens: a program that merely writes would spend half its time on
   * reading its own messages back. Rejects with `ERROR_BUSY` or `ERROR_ACCESS_DENIED` if it cannot be had.
   */
  async listen(): Promise<Listening> {
    this.#assertRunning();
    if (this.#listenings++ === 0) this.#opened = this.#follow();
    try {
      await this.#opened;
    } catch (error) {
      this.#listenings--;
      throw systemError(this.#receiving, error);
    }
    let closed: Promise<void> | undefined;
    return { close: () => (closed ??= this.#endListening()) };
  }

  async #endListening(): Promise<void> {
    if (--this.#listenings === 0) await this.#follow();
  }

  async open(scope: Scope, slot: SlotPath): Promise<Channel> {
    this.#assertRunning();
    if (scope.kind === 'local') {
      throw new MailslotError(
        'ERROR_FILE_NOT_FOUND',
        `The LAN has no mailslots of one computer: write to \\\\*\\mailslot\\${slot.text}.`,
      );
    }
    if (scope.kind === 'name') {
      return this.#channel(slot, scope, () => this.#routesToName(scope.name));
    }
    const tag = domainTag(this.#host.station.domain);
    return this.#channel(slot, { kind: 'domain', tag }, () => this.#routesToAll());
  }

  reply(source: Source, slot: SlotPath): Channel {
    this.#assertRunning();
    if (!(source instanceof UdpSource)) {
      throw new MailslotError('ERROR_NOT_SUPPORTED', `${source.id} was not heard by udp.`);
    }
    return this.#channel(slot, { kind: 'direct' }, () => this.#routesToSource(source));
  }

  maxMessageSize(): number {
    return MESSAGE_BYTES_MAX;
  }

  interfaces(): readonly TransportInterface[] {
    return this.#sockets.privateSockets
      .map(({ place }) => place)
      .filter(isInterface)
      .map(({ name, address, family, fallback = false }) => ({ name, address, family, fallback }));
  }

  stats(): TransportStats {
    return this.#counters.snapshot();
  }

  unref(): void {
    this.#sockets.unref();
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    this.#poll?.cancel();
    await this.#following;
    await this.#outbox?.paced;
    await this.#sockets.close();
    this.#routes = [];
  }

  #assertRunning(): void {
    if (this.#host !== undefined && this.#stopping === undefined) return;
    throw new MailslotError(
      'ERROR_INVALID_HANDLE',
      'The udp transport does not run: join the network first.',
    );
  }

  // --- Interfaces -----------------------------------------------------------------------------

  #schedulePoll(): void {
    if (this.#stopping !== undefined) return;
    this.#poll = this.#host.clock.schedule(INTERFACE_POLL_MS, () => {
      const { clock } = this.#host;
      this.#reassembly.expire();
      this.#sources.refresh();
      if (clock.now() >= this.#rejoinAt) {
        this.#rejoinAt = clock.now() + REJOIN_MS;
        this.#sockets.rejoin();
      }
      void this.#follow()
        .catch((error: unknown) => this.#problems.tell(this.#receiving, error))
        .then(() => this.#schedulePoll());
    });
  }

  /** In words, for errors. */
  get #receiving(): string {
    return `Receiving on UDP port ${this.#settings.port}`;
  }

  /** Adapts the sockets to the interfaces and listeners there are now; one call at a time, in order. */
  #follow(): Promise<void> {
    const followed = this.#following.then(() => this.#followNow());
    this.#following = followed.catch(() => {});
    return followed;
  }

  async #followNow(): Promise<void> {
    if (this.#stopping !== undefined) return;
    const table = this.#readInterfaces();
    const moved = JSON.stringify(table) !== JSON.stringify(this.#table);
    const { used } = chooseInterfaces(table, {
      ...this.#settings,
      platform: this.#system.platform,
    });
    this.#table = table;
    this.#usedNames = new Set(used.map(({ name }) => name));
    if (moved) {
      this.#surroundings = new Surroundings(table, this.#settings.seeds, this.#system.platform);
      this.#sources.relocate();
    }
    try {
      const changed = await this.#sockets.follow(used, this.#listenings > 0);
      if (changed) this.#host.interfacesChanged();
    } finally {
      this.#routedIpv6 = undefined;
    }
  }

  #readInterfaces(): InterfaceTable {
    try {
      return this.#system.networkInterfaces();
    } catch (error) {
      this.#problems.tell('Listing the interfaces', error);
      return this.#table;
    }
  }

  // --- Sending --------------------------------------------------------------------------------

  #channel(slot: SlotPath, address: Address, routes: () => readonly Route[]): Channel {
    const { id, computerName } = this.#host.station;
    const header = { slot: slot.key, address, station: id, from: computerName };
    return new UdpChannel(this.#outbox, this.#counters, header, routes);
  }

  #routesToAll(): readonly Route[] {
    const ipv6 = this.#sources.ipv6Interfaces;
    if (ipv6 !== this.#routedIpv6) {
      this.#routedIpv6 = ipv6;
      // Who does not listen cannot know whom it would miss.
      const needsIpv6 = (name: string): boolean => this.#listenings === 0 || ipv6.has(name);
      const { privateSockets } = this.#sockets;
      this.#routes = groupRoutes(privateSockets, this.#settings, this.#surroundings, needsIpv6);
    }
    return this.#routes;
  }

  /** The name travels in the frame, for all to compare; who was heard under it also gets it by unicast, which Wi-Fi repeats. */
  #routesToName(name: string): readonly Route[] {
    const bearers = this.#sources.named(name);
    const toAll = this.#routesToAll();
    if (bearers.length === 0) return toAll;
    return [...toAll, ...bearers.flatMap((source) => this.#routesToSource(source))];
  }

  #routesToSource(source: UdpSource): readonly Route[] {
    if (source.route === undefined || source.route[0].socket.closed) {
      const route = routeTo(source, this.#sockets.privateSockets, this.#surroundings);
      source.route = route && [route];
    }
    return source.route ?? [];
  }

  // --- Receiving ------------------------------------------------------------------------------

  #received(bytes: Uint8Array, { address, port }: RemoteInfo, family: Family): void {
    const dropped =
      recognise(bytes) ?? this.#accept(bytes, this.#sources.at(address, port, family));
    if (dropped !== undefined) this.#counters.drop(dropped);
  }

  #accept(bytes: Uint8Array, source: UdpSource): DropReason | undefined {
    if (source.leftOut) return 'interface';
    const frame = decode(bytes, source);
    if (frame === undefined) return 'malformed';
    const { header, sequence, fragment } = frame;
    const { slot, address, station, from } = header;
    if (station === this.#host.station.id) return 'echo';
    this.#sources.heard(source, header);
    let { data } = frame;
    if (fragment !== undefined) {
      const whole = this.#reassembly.add(source.id, frame, fragment);
      if (!(whole instanceof Uint8Array)) return whole;
      data = whole;
    }
    this.#counters.received(data.length);
    return this.#host.receive({ slot, address, station, sequence, from, source, data });
  }

  /**
   * Linux delivers what other programs joined for, so what is not for us is told by where it comes from. Only a user can
   * leave an interface out; but loopback, where tests and demos are, is another network while we are not on it.
   */
  #locate(endpoint: Endpoint): UdpSource {
    const whereabouts = this.#surroundings.locate(endpoint.address);
    const { trust, interfaces } = whereabouts;
    const taken =
      interfaces.some((name) => this.#usedNames.has(name)) ||
      (this.#settings.interfaces === undefined && trust !== 'loopback') ||
      this.#surroundings.isSeed(endpoint.address);
    return new UdpSource(endpoint, whereabouts, !taken);
  }
}

function decode(bytes: Uint8Array, source: UdpSource): Frame | undefined {
  try {
    return source.decoder.decode(bytes);
  } catch (error) {
    if (error instanceof DecodeError) return undefined;
    throw error;
  }
}
