/** Where a sender is, as far as its address tells: Node does not say by which interface a datagram came. */

import { formatAddress, parseAddress } from '../../ip-address.ts';
import type { Trust } from '../transport.ts';
import type { Family, InterfaceTable } from './interfaces.ts';
import { directedBroadcast, interfaceZone } from './interfaces.ts';
import type { Endpoint } from './options.ts';

/** What a source address tells of its sender. */
export interface Whereabouts {
  readonly trust: Trust;
  /** The interfaces by which it can have come, none if it is beyond all of them. */
  readonly interfaces: readonly string[];
}

interface OwnAddress {
  readonly name: string;
  readonly zone: string | undefined;
  readonly address: string;
  readonly family: Family;
  readonly loopback: boolean;
  /** The bits of the address, of which the first {@link prefixLength} are those of the network. */
  readonly octets: Uint8Array;
  readonly prefixLength: number;
  readonly broadcastAddress: string | undefined;
}

/** The addresses and prefixes of this computer, at one moment. */
export class Surroundings {
  readonly #table: InterfaceTable;
  readonly #platform: NodeJS.Platform;
  /** Written as {@link formatAddress} does. */
  readonly #seeds: ReadonlySet<string | undefined>;
  #addresses: readonly OwnAddress[] | undefined;

  constructor(table: InterfaceTable, seeds: readonly Endpoint[], platform: NodeJS.Platform) {
    this.#table = table;
    this.#platform = platform;
    this.#seeds = new Set(seeds.map(({ address }) => canonical(address)));
  }

  /** Worked out for the first datagram that comes: a newcomer speaks before it hears. */
  get #own(): readonly OwnAddress[] {
    this.#addresses ??= ownAddresses(this.#table, this.#platform);
    return this.#addresses;
  }

  isSeed(address: string): boolean {
    return this.#seeds.size > 0 && this.#seeds.has(canonical(address));
  }

  /** Whether an address means every host of a subnet here. */
  isBroadcast(address: string): boolean {
    return this.#own.some((own) => own.broadcastAddress === address);
  }

  /** How the system names an interface in an IPv6 address; undefined if it does not say. */
  zoneOf(interfaceName: string): string | undefined {
    return this.#own.find(({ name }) => name === interfaceName)?.zone;
  }

  /** Judges an address as `rinfo.address` has it. The nearest trust that holds is given. */
  locate(address: string): Whereabouts {
    const [bits = '', zone] = address.split('%');
    const octets = parseAddress(bits);
    const near = this.#own.filter(
      (own) => (zone === undefined || own.zone === zone) && sharesPrefix(own, octets),
    );
    // The system takes no IPv4 datagram from outside that bears an own address. For IPv6 nobody checks.
    const self = near.filter((own) => own.family === 'IPv4' && own.address === bits);
    if (self.length > 0) return { trust: 'loopback', interfaces: names(self) };
    if (near.length > 0) {
      const trust = near.every((own) => own.loopback) ? 'loopback' : 'on-link';
      return { trust, interfaces: names(near) };
    }
    return { trust: this.isSeed(bits) ? 'seed' : 'routed', interfaces: [] };
  }
}

function ownAddresses(table: InterfaceTable, platform: NodeJS.Platform): OwnAddress[] {
  return Object.entries(table).flatMap(([name, infos = []]) => {
    const zone = interfaceZone(name, infos, platform);
    return infos.map(({ address, family, netmask, internal, cidr }) => {
      const octets = parseAddress(address) ?? new Uint8Array();
      const prefixLength = Number(cidr?.split('/')[1] ?? octets.length * 8);
      const broadcastAddress = family === 'IPv4' ? directedBroadcast(address, netmask) : undefined;
      const loopback = internal;
      return { name, zone, address, family, loopback, octets, prefixLength, broadcastAddress };
    });
  });
}

/** Whether an address is in the network of an own one. */
function sharesPrefix(
  { octets, prefixLength }: OwnAddress,
  other: Uint8Array | undefined,
): boolean {
  if (other?.length !== octets.length) return false;
  for (let at = 0, left = prefixLength; left > 0; at++, left -= 8) {
    if (((octets[at]! ^ other[at]!) & (0xff << Math.max(0, 8 - left)) & 0xff) !== 0) return false;
  }
  return true;
}

function names(own: readonly OwnAddress[]): readonly string[] {
  return own.length === 1 ? [own[0]!.name] : [...new Set(own.map(({ name }) => name))];
}

/** One spelling for each address, without its zone. */
function canonical(address: string): string | undefined {
  const octets = parseAddress(address);
  return octets && formatAddress(octets);
}
