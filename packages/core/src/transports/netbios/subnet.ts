/** This computer on one subnet: its names there, and the mailslot writes that it sends and hears. */

import { DecodeError } from '../../bytes.ts';
import { fold } from '../../name.ts';
import type { Counters } from '../counters.ts';
import type { DropReason, TransportHost } from '../transport.ts';
import { DatagramFragments } from './datagram-fragments.ts';
import {
  type DatagramKind,
  decodeBody,
  decodeDatagram,
  encodeDatagram,
} from './datagram-packet.ts';
import {
  type Alignment,
  decodeMailslotWrite,
  encodeMailslotWrite,
  type MailslotWriteHeader,
} from './mailslot-write.ts';
import { decodeNamePacket, encodeNamePacket } from './name-packet.ts';
import type { NodeConfig } from './name-node.ts';
import type { Endpoint } from './name-transactions.ts';
import type { NetbiosName } from './netbios-name.ts';
import type { RecentDatagrams } from './recent-datagrams.ts';
import { type CreateNetbiosSocket, ServicePort } from './service-port.ts';
import { SubnetNames } from './subnet-names.ts';

/** An interface with a subnet whose hosts can all be reached at once. */
export interface SubnetInterface {
  readonly name: string;
  readonly address: string;
  readonly netmask: string;
  readonly broadcastAddress: string;
  /** `00:00:00:00:00:00` if the system does not say. */
  readonly mac: string;
  /** Used only for want of a better: nobody on another computer is reached by it. */
  readonly fallback: boolean;
}

/** A mailslot write as it came: what the classic protocols above mailslots need to know of it. */
export interface MailslotDatagram {
  readonly subnet: Subnet;
  readonly kind: DatagramKind;
  readonly from: NetbiosName;
  readonly to: NetbiosName;
  /** The address and port it really came from: where an answer goes. */
  readonly source: Endpoint;
  /** What followed `\MAILSLOT\`, folded. */
  readonly slot: string;
  readonly data: Uint8Array;
  readonly header: MailslotWriteHeader;
}

/** A mailslot write to be sent. It must fit: see `dataBytesMax`. */
export interface OutgoingWrite {
  readonly from: NetbiosName;
  readonly to: NetbiosName;
  /** Whether `to` is a group; its datagram says so. */
  readonly group: boolean;
  readonly slot: string;
  readonly data: Uint8Array;
  /** One host; by default all hosts of the subnet. */
  readonly at?: Endpoint;
  /** Browser frames are not aligned. Default 4. */
  readonly alignment?: Alignment;
  readonly header?: Partial<MailslotWriteHeader>;
}

/** What a subnet is given by the transport. */
export interface SubnetContext {
  readonly host: TransportHost;
  readonly counters: Counters;
  readonly createSocket: CreateNetbiosSocket;
  readonly ports: { readonly name: number; readonly datagram: number };
  /** Of all subnets. */
  readonly recent: RecentDatagrams;
  /** Whether we sent it ourselves, on whatever subnet. */
  readonly isOwn: (from: Endpoint) => boolean;
  readonly received: (datagram: MailslotDatagram) => DropReason | undefined;
  /** Whether somebody wants to see what is for others, too; and shows it. */
  readonly overhears: () => boolean;
  readonly overheard: (datagram: MailslotDatagram) => void;
  /** What was known of a name is no longer so. */
  readonly changed: (name: NetbiosName) => void;
  readonly failed: (what: string, cause: unknown) => void;
}

export class Subnet {
  readonly interface: SubnetInterface;
  readonly names: SubnetNames;
  readonly #context: SubnetContext;
  readonly #config: NodeConfig;
  readonly #fragments: DatagramFragments;
  #namePort!: ServicePort;
  #datagramPort!: ServicePort;
  #nextId: number;
  #closed = false;

  /** Rejects with a MailslotError if the ports cannot be had. */
  static async open(
    network: SubnetInterface,
    config: NodeConfig,
    context: SubnetContext,
  ): Promise<Subnet> {
    const subnet = new Subnet(network, config, context);
    const open = (
      port: number,
      received: (bytes: Uint8Array, from: Endpoint) => DropReason | undefined,
    ): Promise<ServicePort> =>
      ServicePort.open(
        context.createSocket,
        { ...network, port },
        {
          received: (bytes, from, limited) => subnet.#received(bytes, from, limited, received),
          sent: (bytes) => context.counters.departed(network.name, bytes),
          unsent: () => context.counters.drop('unsent'),
          failed: context.failed,
        },
      );
    const { name, datagram } = context.ports;
    subnet.#namePort = await open(name, (bytes, from) => subnet.#receiveName(bytes, from));
    try {
      subnet.#datagramPort = await open(datagram, (bytes, from) =>
        subnet.#receiveDatagram(bytes, from),
      );
    } catch (error) {
      await subnet.#namePort.close();
      throw error;
    }
    return subnet;
  }

  private constructor(network: SubnetInterface, config: NodeConfig, context: SubnetContext) {
    this.interface = network;
    this.#config = config;
    this.#context = context;
    const { clock, random } = context.host;
    this.names = new SubnetNames(config, {
      clock,
      where: network.name,
      send: (packet, to) => void this.#namePort.send(encodeNamePacket(packet), to),
      changed: context.changed,
    });
    this.#fragments = new DatagramFragments(clock, () => context.counters.drop('incomplete'));
    this.#nextId = Math.floor(random.next() * 0x1_0000);
  }

  /** Whether another program on this computer had the ports first: see {@link ServicePort.beside}. */
  get beside(): boolean {
    return this.#namePort.beside || this.#datagramPort.beside;
  }

  /** Datagrams of which fragments are missing. */
  get fragments(): number {
    return this.#fragments.size;
  }

  /** Where what we send comes from. */
  get endpoints(): readonly Endpoint[] {
    return [this.#namePort.local, this.#datagramPort.local];
  }

  /** Whether the host at an address is on this subnet. */
  holds(address: string): boolean {
    const { netmask } = this.interface;
    return prefixOf(address, netmask) === prefixOf(this.interface.address, netmask);
  }

  /** Sends a mailslot write. Resolves, or returns undefined, when there is room for the next. */
  send(write: OutgoingWrite): Promise<void> | undefined {
    const { from, to, group, slot, data, at = 'all', alignment, header = {} } = write;
    if (this.#closed) {
      this.#context.counters.drop('unsent');
      return undefined;
    }
    const { nodeType, scope } = this.#config;
    const { address, port } = this.#datagramPort.local;
    // As Samba has it, what is sent to all is for a group, even if only one of them has the name.
    const kind = group || at === 'all' ? 'group' : 'unique';
    const id = (this.#nextId = (this.#nextId + 1) & 0xffff);
    const smb = encodeMailslotWrite({ slot, data, header }, alignment);
    const datagram = { kind, id, nodeType, address, port } as const;
    return this.#datagramPort.send(encodeDatagram(datagram, { from, to, scope, data: smb }), at);
  }

  unref(): void {
    this.#namePort.unref();
    this.#datagramPort.unref();
  }

  /** Ends at once: names are not given back. */
  async close(): Promise<void> {
    this.#closed = true;
    this.names.close();
    await Promise.all([this.#namePort.close(), this.#datagramPort.close()]);
  }

  #received(
    bytes: Uint8Array,
    from: Endpoint,
    limited: boolean,
    receive: (bytes: Uint8Array, from: Endpoint) => DropReason | undefined,
  ): void {
    const { counters, isOwn } = this.#context;
    // What was sent to 255.255.255.255 is heard by the sockets of all subnets, whichever it came by.
    if (this.#closed || (limited && !this.holds(from.address))) return;
    counters.arrived(this.interface.name, bytes.length);
    try {
      const dropped = isOwn(from) ? 'echo' : receive(bytes, from);
      if (dropped !== undefined) counters.drop(dropped);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      counters.drop('malformed');
    }
  }

  #receiveName(bytes: Uint8Array, { address, port }: Endpoint): undefined {
    this.names.received(decodeNamePacket(bytes), { address, port }, this.holds(address));
  }

  #receiveDatagram(bytes: Uint8Array, { address, port }: Endpoint): DropReason | undefined {
    const packet = decodeDatagram(bytes);
    const whole = this.#fragments.add(packet, address);
    if (whole === undefined) return undefined;
    const { from, to, scope, data } = decodeBody(whole);
    const isOurs = scope === this.#config.scope && this.names.hears(to);
    if (!isOurs && !this.#context.overhears()) return 'elsewhere';
    const write = decodeMailslotWrite(data);
    if (this.#context.recent.isCopy({ address, port }, packet.id, whole)) return 'duplicate';
    const datagram: MailslotDatagram = {
      subnet: this,
      kind: packet.kind,
      from,
      to,
      source: { address, port },
      slot: fold(write.slot),
      // A copy: the view would hold the buffer of its whole datagram.
      data: new Uint8Array(write.data),
      header: write.header,
    };
    if (this.#context.overhears()) this.#context.overheard(datagram);
    return isOurs ? this.#context.received(datagram) : 'elsewhere';
  }
}

/** The network part of an address. */
function prefixOf(address: string, netmask: string): string {
  const mask = netmask.split('.').map(Number);
  return address
    .split('.')
    .map((octet, at) => Number(octet) & mask[at]!)
    .join('.');
}
