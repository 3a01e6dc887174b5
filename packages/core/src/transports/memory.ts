/** A transport whose medium is memory: see {@link Lan}, which simulates one. */

import { MailslotError } from '../errors.ts';
import type { Address, Datagram } from '../message.ts';
import { domainTag, type Scope, type SlotPath } from '../name.ts';
import type { Port } from '../simulation/host.ts';
import type { Segment } from '../simulation/segment.ts';
import { Counters } from './counters.ts';
import {
  type Channel,
  KNOCK_MS,
  type Listening,
  type OutgoingMessage,
  type Source,
  type Transport,
  type TransportHost,
  type TransportInterface,
  type TransportStats,
} from './transport.ts';

/** As on udp, so that what works in a test works on a LAN. */
const MESSAGE_BYTES_MAX = 65_536;

/** As on udp: what one datagram holds. */
const KNOCK_BYTES_MAX = 1_200;

/** What a frame of udp adds to a message, about: a receive buffer is filled by both. */
const FRAME_BYTES = 32;

/** A place is the number of a port, behind as many zeros as make it as long as one of IPv4 on udp. */
const PLACE_BYTES = 7;

const INTERFACE_NAME = 'memory0';
const INTERFACE_NAMES: readonly string[] = [INTERFACE_NAME];

/** Where a datagram came from: the very port. */
export class MemorySource implements Source {
  readonly transport = 'memory';
  readonly id: string;
  readonly trust = 'on-link';
  readonly address: string;
  readonly interfaces: readonly string[] = INTERFACE_NAMES;
  readonly port: Port<Datagram>;

  /** Under an address that is not its host's, it is a forgery. */
  constructor(port: Port<Datagram>, address: string = port.host.name) {
    this.port = port;
    this.address = address;
    this.id = address === port.host.name ? `memory:${port.id}` : `memory:${port.id}:${address}`;
  }
}

export class MemoryTransport implements Transport {
  readonly name: string = 'memory';
  readonly reach = 'network' as const;
  readonly #segment: Segment<Datagram>;
  readonly #host: string;
  readonly #counters = new Counters('memory');
  #network: TransportHost | undefined;
  #source: MemorySource | undefined;

  constructor(segment: Segment<Datagram>, host: string) {
    this.#segment = segment;
    this.#host = host;
  }

  async start(network: TransportHost): Promise<void> {
    this.#network = network;
    const port = this.#segment.attach(this.#host, {
      receive: (datagram) => this.#receive(datagram),
      plugged: () => network.interfacesChanged(),
    });
    this.#source = new MemorySource(port);
  }

  async listen(): Promise<Listening> {
    this.#running();
    return { async close() {} };
  }

  async open(scope: Scope, slot: SlotPath): Promise<Channel> {
    return this.#channel(undefined, slot, addressOf(scope, this.#running().station.domain));
  }

  reply(source: Source, slot: SlotPath): Channel {
    if (!(source instanceof MemorySource)) {
      throw new MailslotError('ERROR_NOT_SUPPORTED', `${source.id} is not a station in memory.`);
    }
    return this.#channel(source.port, slot, DIRECT);
  }

  knock(source: Source, slot: SlotPath, message: OutgoingMessage, refused: () => void): void {
    if (!(source instanceof MemorySource) || message.data.length > KNOCK_BYTES_MAX) return;
    if (this.#network === undefined) return;
    const port = this.#segment.attach(this.#host, {
      refused: () => {
        timer.cancel();
        this.#segment.detach(port);
        if (this.#network !== undefined) refused();
      },
    });
    const timer = this.#segment.clock.schedule(KNOCK_MS, () => this.#segment.detach(port));
    this.#send(new MemorySource(port), source.port, slot, DIRECT, message);
  }

  place(source: Source): Uint8Array | undefined {
    if (!(source instanceof MemorySource)) return undefined;
    const place = new Uint8Array(PLACE_BYTES);
    viewOf(place).setUint32(PLACE_BYTES - 4, source.port.id);
    return place;
  }

  locate(place: Uint8Array): Source | undefined {
    if (place.length !== PLACE_BYTES || place.subarray(0, -4).some((octet) => octet !== 0)) return;
    const port = this.#segment.port(viewOf(place).getUint32(PLACE_BYTES - 4));
    return port && new MemorySource(port);
  }

  maxMessageSize(): number {
    return MESSAGE_BYTES_MAX;
  }

  interfaces(): readonly TransportInterface[] {
    if (!this.#segment.host(this.#host).plugged) return [];
    return [{ name: INTERFACE_NAME, address: this.#host, family: 'other' }];
  }

  stats(): TransportStats {
    return this.#counters.snapshot();
  }

  unref(): void {}

  async stop(): Promise<void> {
    if (this.#source !== undefined) this.#segment.detach(this.#source.port);
    this.#source = undefined;
    this.#network = undefined;
  }

  #receive(datagram: Datagram): void {
    if (this.#network === undefined) return;
    const { length } = datagram.data;
    this.#counters.arrived(INTERFACE_NAME, length + FRAME_BYTES);
    this.#counters.received(length);
    const dropped = this.#network.receive(datagram);
    if (dropped !== undefined) this.#counters.drop(dropped);
  }

  #running(): TransportHost {
    if (this.#network !== undefined) return this.#network;
    throw new MailslotError('ERROR_INVALID_HANDLE', 'The memory transport is not started.');
  }

  #channel(to: Port<Datagram> | undefined, slot: SlotPath, address: Address): Channel {
    return {
      maxMessageSize: MESSAGE_BYTES_MAX,
      send: (message) => this.#send(this.#source, to, slot, address, message),
      close() {},
    };
  }

  #send(
    from: MemorySource | undefined,
    to: Port<Datagram> | undefined,
    slot: SlotPath,
    address: Address,
    { sequence, data, anonymous }: OutgoingMessage,
  ): undefined {
    const station = this.#network?.station;
    if (station === undefined || from === undefined) return;
    this.#counters.sent(data.length);
    this.#counters.departed(INTERFACE_NAME, data.length + FRAME_BYTES);
    const datagram: Datagram = {
      slot: slot.key,
      address,
      station: station.id,
      sequence,
      from: anonymous ? '' : station.computerName,
      source: from,
      // Hosts share no memory: these are the bytes as they are now, one copy for all who get them.
      data: new Uint8Array(data),
      shared: true,
    };
    this.#segment.carry(from.port, to, datagram, data.length + FRAME_BYTES);
  }
}

const DIRECT: Address = { kind: 'direct' };

/** Whom a datagram to that scope is meant for, if its sender's domain is this. */
export function addressOf(scope: Scope, domain: string): Address {
  if (scope.kind === 'domain') return { kind: 'domain', tag: domainTag(domain) };
  if (scope.kind === 'name') return scope;
  throw new MailslotError('ERROR_FILE_NOT_FOUND', 'A LAN in memory has no slots of one computer.');
}

function viewOf({ buffer, byteOffset, length }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, length);
}
