/** A transport whose medium is memory: see {@link Lan}, which simulates one. */

import { MailslotError } from '../errors.ts';
import type { Address, Datagram } from '../message.ts';
import { domainTag, type Scope, type SlotPath } from '../name.ts';
import {
  type Channel,
  Counters,
  type Listening,
  type OutgoingMessage,
  type Source,
  type Station,
  type Transport,
  type TransportHost,
  type TransportInterface,
  type TransportStats,
} from './transport.ts';

/** As on udp, so that what works in a test works on a LAN. */
const MESSAGE_BYTES_MAX = 65_536;

/** What carries datagrams between the stations attached to it. */
export interface Medium {
  attach(station: MemoryTransport): void;
  detach(station: MemoryTransport): void;
  /** Carries a datagram to one station, or to all others. Its data is the sender's: each gets a copy, taken now. */
  carry(from: MemoryTransport, to: MemoryTransport | undefined, datagram: Datagram): void;
}

/** Where a datagram came from: the very station. */
class MemorySource implements Source {
  readonly transport = 'memory';
  readonly id: string;
  readonly trust = 'on-link';
  readonly address: string;
  readonly interfaces: readonly string[] = ['memory0'];
  readonly station: MemoryTransport;

  constructor(station: MemoryTransport, id: string) {
    this.station = station;
    this.id = `memory:${id}`;
    this.address = station.host;
  }
}

export class MemoryTransport implements Transport {
  readonly name: string = 'memory';
  readonly reach = 'network' as const;
  readonly host: string;
  plugged = true;
  readonly #medium: Medium;
  readonly #counters = new Counters();
  #network: TransportHost | undefined;
  #source!: MemorySource;

  constructor(medium: Medium, host: string) {
    this.#medium = medium;
    this.host = host;
  }

  async start(network: TransportHost): Promise<void> {
    this.#network = network;
    this.#source = new MemorySource(
      this,
      Buffer.from(network.station.id, 'latin1').toString('hex'),
    );
    this.#medium.attach(this);
  }

  async listen(): Promise<Listening> {
    this.#running();
    return { async close() {} };
  }

  async open(scope: Scope, slot: SlotPath): Promise<Channel> {
    return this.#channel(undefined, slot, addressOf(scope, this.#running().station));
  }

  reply(source: Source, slot: SlotPath): Channel {
    if (!(source instanceof MemorySource)) {
      throw new MailslotError('ERROR_NOT_SUPPORTED', `${source.id} is not a station in memory.`);
    }
    return this.#channel(source.station, slot, { kind: 'direct' });
  }

  maxMessageSize(): number {
    return MESSAGE_BYTES_MAX;
  }

  interfaces(): readonly TransportInterface[] {
    return this.plugged ? [{ name: 'memory0', address: this.host, family: 'other' }] : [];
  }

  stats(): TransportStats {
    return this.#counters.snapshot();
  }

  unref(): void {}

  async stop(): Promise<void> {
    this.#medium.detach(this);
    this.#network = undefined;
  }

  plug(plugged: boolean): void {
    if (this.plugged === plugged) return;
    this.plugged = plugged;
    this.#network?.interfacesChanged();
  }

  deliver(datagram: Datagram): void {
    if (this.#network === undefined) return;
    this.#counters.received(datagram.data.length);
    const dropped = this.#network.receive(datagram);
    if (dropped !== undefined) this.#counters.drop(dropped);
  }

  #running(): TransportHost {
    if (this.#network !== undefined) return this.#network;
    throw new MailslotError('ERROR_INVALID_HANDLE', 'The memory transport is not started.');
  }

  #channel(to: MemoryTransport | undefined, slot: SlotPath, address: Address): Channel {
    return {
      maxMessageSize: MESSAGE_BYTES_MAX,
      send: (message) => this.#send(to, slot, address, message),
      close() {},
    };
  }

  #send(
    to: MemoryTransport | undefined,
    slot: SlotPath,
    address: Address,
    { sequence, data, anonymous }: OutgoingMessage,
  ): undefined {
    const station = this.#network?.station;
    if (station === undefined) return;
    this.#counters.sent(data.length);
    this.#medium.carry(this, to, {
      slot: slot.key,
      address,
      station: station.id,
      sequence,
      from: anonymous ? '' : station.computerName,
      source: this.#source,
      data,
    });
  }
}

function addressOf(scope: Scope, station: Station): Address {
  if (scope.kind === 'domain') return { kind: 'domain', tag: domainTag(station.domain) };
  if (scope.kind === 'name') return scope;
  throw new MailslotError('ERROR_FILE_NOT_FOUND', 'A LAN in memory has no slots of one computer.');
}
