/**
 * The transport itself: where its parts meet.
 *
 * What arrives goes through {@link Sources} and {@link Reassembly} to the network above; what is written goes through
 * an {@link Outbox} along {@link Route}s; the {@link SocketSet} follows the interfaces.
 */

import type { RemoteInfo } from 'node:dgram';

import { DecodeError } from '../../bytes.ts';
import { MailslotError } from '../../errors.ts';
import type { Address, Datagram } from '../../message.ts';
import { domainTag, type Scope, slotPath, type SlotPath } from '../../name.ts';
import { ANY_INTERFACE, Counters } from '../counters.ts';
import {
  type Channel,
  type DropReason,
  type Listening,
  type OutgoingMessage,
  type Relaying,
  type Source,
  type Transport,
  type TransportHost,
  type TransportInterface,
  type TransportStats,
} from '../transport.ts';
import { UdpChannel } from './channel.ts';
import { DATAGRAM_BYTES_MAX, MESSAGE_BYTES_MAX, Reassembly } from './fragments.ts';
import {
  encodeFrame,
  encodeHeader,
  type Frame,
  type FrameHeader,
  recognise,
  type Way,
  wayOf,
} from './frame.ts';
import { type Family, type InterfaceTable, isInterface } from './interfaces.ts';
import { InterfaceFollower } from './interface-follower.ts';
import { Knocks } from './knocks.ts';
import { Neighbourhood } from './neighbourhood.ts';
import { parseOptions, type UdpOptions, type UdpSettings } from './options.ts';
import { Outbox } from './outbox.ts';
import { areNeighbours, encodePlace } from './places.ts';
import { Problems } from './problems.ts';
import {
  decodeStation,
  encodeRelayedPlace,
  encodeStation,
  RelayedSource,
  splitRelayedPlace,
} from './relayed-source.ts';
import type { Route } from './routes.ts';
import { Routing } from './routing.ts';
import { SEEDING_SLOT } from './seeding.ts';
import { SocketSet } from './socket-set.ts';
import type { CreateSocket } from './sockets.ts';
import { Sources, UdpSource } from './sources.ts';

const DIRECT: Address = { kind: 'direct' };

const SEEDING = slotPath(SEEDING_SLOT);

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
  readonly #neighbourhood: Neighbourhood;
  readonly #sockets: SocketSet;
  readonly #counters = new Counters('udp');
  #host!: TransportHost;
  #outbox!: Outbox;
  #knocks!: Knocks;
  #sources!: Sources;
  #reassembly!: Reassembly;
  #problems!: Problems;
  #routing!: Routing;

  #follower!: InterfaceFollower;
  #stopping: Promise<void> | undefined;

  constructor(options: UdpOptions, system: UdpSystem) {
    this.#settings = parseOptions(options);
    this.#system = system;
    this.#neighbourhood = new Neighbourhood(this.#settings, system.platform);
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
    this.#knocks = new Knocks(this.#system.createSocket, clock);
    this.#sources = new Sources(clock, (endpoint) => this.#neighbourhood.judge(endpoint));
    this.#reassembly = new Reassembly(clock, () => this.#counters.drop('incomplete'));
    this.#problems = new Problems(host, this.name);
    this.#routing = new Routing({
      settings: this.#settings,
      sockets: this.#sockets,
      neighbourhood: this.#neighbourhood,
      sources: this.#sources,
      random: host.random,
      send: (payload, routes) => this.#sendSeeding(payload, routes),
    });
    this.#follower = new InterfaceFollower({
      host,
      settings: this.#settings,
      networkInterfaces: () => this.#system.networkInterfaces(),
      neighbourhood: this.#neighbourhood,
      sockets: this.#sockets,
      sources: this.#sources,
      reassembly: this.#reassembly,
      routing: this.#routing,
      problems: this.#problems,
    });
    await this.#follower.start();
  }

  /**
   * The shared port is open only while somebody listens: a program that merely writes would spend half its time on
   * reading its own messages back. Rejects with `ERROR_BUSY` or `ERROR_ACCESS_DENIED` if it cannot be had.
   */
  async listen(): Promise<Listening> {
    this.#assertRunning();
    return this.#follower.listen();
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
      return this.#channel(slot, scope, () => this.#routing.toName(scope.name));
    }
    const tag = domainTag(this.#host.station.domain);
    return this.#channel(slot, { kind: 'domain', tag }, () => this.#routing.toAll());
  }

  reply(source: Source, slot: SlotPath): Channel {
    this.#assertRunning();
    const near = nearest(source);
    if (near === undefined) {
      throw new MailslotError('ERROR_NOT_SUPPORTED', `${source.id} was not heard by udp.`);
    }
    return this.#channel(slot, addressOf(source), () => this.#routing.to(near));
  }

  knock(
    source: Source,
    slot: SlotPath,
    { sequence, data, anonymous }: OutgoingMessage,
    refused: () => void,
  ): void {
    // What refuses for a station beyond a bridge would be the bridge.
    if (!this.#runs || !(source instanceof UdpSource)) return;
    const failed = (): void => this.#counters.drop('unsent');
    const header = this.#header(slot, DIRECT);
    const signed = encodeHeader(anonymous ? { ...header, from: '' } : header);
    const [route] = this.#routing.to(source);
    if (route === undefined || signed.length + data.length > DATAGRAM_BYTES_MAX) return failed();
    this.#counters.sent(data.length);
    const frame = encodeFrame(signed, sequence, data);
    this.#counters.departed(route.socket.place.name, frame.length);
    this.#knocks.send(frame, route.socket.place, source, { refused, failed });
  }

  place(source: Source, to: Source): Uint8Array | undefined {
    if (to instanceof RelayedSource) return encodeStation(source);
    const near = nearest(source);
    if (near === undefined || !areNeighbours(near, to)) return undefined;
    return source instanceof RelayedSource ? encodeRelayedPlace(source) : encodePlace(near);
  }

  /** A place that was only told of is not remembered: the list of a liar must not displace who was heard. */
  locate(place: Uint8Array, toldBy: Source): Source | undefined {
    if (toldBy instanceof RelayedSource) return decodeStation(place, toldBy);
    if (!(toldBy instanceof UdpSource)) return undefined;
    const near = this.#locate(place, toldBy);
    if (near !== undefined) return near;
    const [bridge, station] = splitRelayedPlace(place) ?? [];
    const via = bridge && this.#locate(bridge, toldBy);
    return via && station !== undefined ? new RelayedSource(via, station) : undefined;
  }

  #locate(place: Uint8Array, toldBy: UdpSource): UdpSource | undefined {
    const source = this.#neighbourhood.locate(place, toldBy);
    return source && (this.#sources.known(source) ?? source);
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
    return this.#counters.snapshot({
      sockets: this.#sockets.size,
      sources: this.#sources?.size ?? 0,
      correspondents: this.#routing?.correspondents ?? 0,
      incompleteMessages: this.#reassembly?.size ?? 0,
      incompleteBytes: this.#reassembly?.bytes ?? 0,
      datagramsInFlight: this.#outbox?.inFlight ?? 0,
    });
  }

  unref(): void {
    this.#sockets.unref();
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    await this.#follower?.stop();
    this.#knocks?.close();
    await this.#outbox?.paced;
    await this.#sockets.close();
    this.#routing?.reset();
  }

  get #runs(): boolean {
    return this.#host !== undefined && this.#stopping === undefined;
  }

  #assertRunning(): void {
    if (this.#runs) return;
    throw new MailslotError(
      'ERROR_INVALID_HANDLE',
      'The udp transport does not run: join the network first.',
    );
  }

  // --- Sending --------------------------------------------------------------------------------

  #channel(slot: SlotPath, address: Address, routes: () => readonly Route[]): Channel {
    return new UdpChannel(this.#outbox, this.#counters, this.#header(slot, address), routes);
  }

  #header(slot: SlotPath, address: Address): FrameHeader {
    const { id, computerName } = this.#host.station;
    return { slot: slot.key, address, station: id, from: computerName };
  }

  /** What the transport has to say itself, to other stations. */
  #sendSeeding(payload: Uint8Array, routes: readonly Route[]): void {
    const header = encodeHeader({ ...this.#header(SEEDING, DIRECT), from: '' });
    void this.#outbox.send(encodeFrame(header, 0, payload), routes);
  }

  readonly relaying: Relaying = { relay: (datagram, at) => this.#relay(datagram, at) };

  #relay({ slot, address, station, from, sequence, data }: Datagram, at: Source | undefined): void {
    const routes = at instanceof UdpSource ? () => this.#routing.to(at) : this.#routesTo(address);
    if (!this.#runs || routes === undefined) return this.#counters.drop('unsent');
    const whom = at === undefined ? address : DIRECT;
    const header = { slot, address: whom, station, from, relayed: true };
    const channel = new UdpChannel(this.#outbox, this.#counters, header, routes);
    void channel.send({ sequence, data, anonymous: from === '' });
  }

  /** Undefined for a station: it has a place, by which it is reached. */
  #routesTo(address: Address): (() => readonly Route[]) | undefined {
    if (address.kind === 'domain') return () => this.#routing.toAll();
    return address.kind === 'name' ? () => this.#routing.toName(address.name) : undefined;
  }

  // --- Receiving ------------------------------------------------------------------------------

  #received(bytes: Uint8Array, { address, port }: RemoteInfo, family: Family): void {
    const foreign = recognise(bytes);
    // To find out where it comes from would cost more than all else about it.
    const source = foreign === undefined ? this.#sources.at(address, port, family) : undefined;
    this.#counters.arrived(source?.ingress ?? ANY_INTERFACE, bytes.length);
    const dropped = source === undefined ? foreign : this.#accept(bytes, source);
    if (dropped !== undefined) this.#counters.drop(dropped);
  }

  #accept(bytes: Uint8Array, source: UdpSource): DropReason | undefined {
    if (source.leftOut) return 'interface';
    const frame = decode(bytes, source);
    if (frame === undefined) return 'malformed';
    const { header, sequence, fragment } = frame;
    const { slot, address, station, from, relayed = false } = header;
    if (station === this.#host.station.id) return 'echo';
    this.#sources.heard(source, header);
    this.#came(source, isToOne(address) ? 'unicast' : wayOf(bytes));
    if (slot === SEEDING.key && address.kind === 'direct') return this.#takeSeeding(frame, source);
    let { data } = frame;
    if (fragment !== undefined) {
      const whole = this.#reassembly.add(source.id, frame, fragment);
      if (!(whole instanceof Uint8Array)) return whole;
      data = whole;
    }
    this.#counters.received(data.length);
    const datagram = { slot, address, station, sequence, from, source, data };
    if (!relayed) return this.#host.receive(datagram);
    return this.#host.receive({
      ...datagram,
      source: new RelayedSource(source, station),
      relayed,
    });
  }

  #came(source: UdpSource, way: Way): void {
    source.came(way, source.heardAt);
    // A station of this computer may reach us by another interface than its datagrams left by.
    if (way === 'multicast' && source.trust === 'on-link') {
      this.#sockets.heardGroup(source.family, source.interfaces);
    }
    if (way === 'needed') this.#routing.called(source, source.heardAt);
  }

  #takeSeeding({ data }: Frame, source: UdpSource): DropReason | undefined {
    if (!this.#follower.listening) return 'no-slot';
    try {
      this.#routing.receive(source, data, source.heardAt);
      return undefined;
    } catch (error) {
      if (error instanceof DecodeError) return 'malformed';
      throw error;
    }
  }
}

/** Where to write to for a source: to itself, or to the bridge before it. Undefined if it is another transport's. */
function nearest(source: Source): UdpSource | undefined {
  if (source instanceof RelayedSource) return source.via;
  return source instanceof UdpSource ? source : undefined;
}

/** What a frame to one source says of whom it is for. */
function addressOf(source: Source): Address {
  if (!(source instanceof RelayedSource)) return DIRECT;
  return { kind: 'station', station: source.station };
}

function isToOne({ kind }: Address): boolean {
  return kind === 'direct' || kind === 'station';
}

function decode(bytes: Uint8Array, source: UdpSource): Frame | undefined {
  try {
    return source.decoder.decode(bytes);
  } catch (error) {
    if (error instanceof DecodeError) return undefined;
    throw error;
  }
}
