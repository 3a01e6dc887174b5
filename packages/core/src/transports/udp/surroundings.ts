/** Where a sender is, as far as its address tells: Node does not say by which interface a datagram came. */

import { BlockList, SocketAddress } from 'node:net';

import type { Trust } from '../transport.ts';
import type { Family, InterfaceTable } from './interfaces.ts';
import { familyOf, interfaceZone } from './interfaces.ts';
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
  readonly prefix: BlockList;
}

/** The addresses and prefixes of this computer, at one moment. */
export class Surroundings {
  readonly #own: readonly OwnAddress[];
  readonly #seeds = new BlockList();

  constructor(table: InterfaceTable, seeds: readonly Endpoint[], platform: NodeJS.Platform) {
    this.#own = ownAddresses(table, platform);
    for (const { address } of seeds) this.#seeds.addAddress(address, ipType(address));
  }

  isSeed(address: string): boolean {
    const [bits = ''] = address.split('%');
    return this.#seeds.check(bits, ipType(bits));
  }

  /** Judges an address as `rinfo.address` has it. The nearest trust that holds is given. */
  locate(address: string): Whereabouts {
    const [bits = '', zone] = address.split('%');
    const family = familyOf(bits);
    const place = new SocketAddress({ address: bits, family: ipType(bits) });
    const reachable = this.#own.filter(
      (own) => own.family === family && (zone === undefined || own.zone === zone),
    );
    // The system takes no IPv4 datagram from outside that bears an own address. For IPv6 nobody checks.
    const self = family === 'IPv4' ? reachable.filter((own) => own.address === bits) : [];
    if (self.length > 0) return { trust: 'loopback', interfaces: names(self) };
    const near = reachable.filter((own) => own.prefix.check(place));
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
    return infos.map(({ address, family, internal, cidr }) => {
      const prefix = new BlockList();
      const length = Number(cidr?.split('/')[1] ?? (family === 'IPv4' ? 32 : 128));
      prefix.addSubnet(address, length, ipType(address));
      return { name, zone, address, family, loopback: internal, prefix };
    });
  });
}

function names(own: readonly OwnAddress[]): readonly string[] {
  return [...new Set(own.map(({ name }) => name))];
}

function ipType(address: string): 'ipv4' | 'ipv6' {
  return familyOf(address) === 'IPv6' ? 'ipv6' : 'ipv4';
}
