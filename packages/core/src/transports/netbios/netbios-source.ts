/** Where a datagram came from: an address and port on one of our subnets, or beyond. */

import type { Source, Trust } from '../transport.ts';
import type { Endpoint } from './name-transactions.ts';
import type { NetbiosName } from './netbios-name.ts';
import type { Subnet } from './subnet.ts';

export class NetbiosSource implements Source {
  readonly transport = 'netbios';
  readonly id: string;
  readonly trust: Trust;
  readonly address: string;
  readonly interfaces: readonly string[];
  readonly endpoint: Endpoint;
  /** Whose name answers go to. */
  readonly name: NetbiosName;
  readonly subnet: Subnet;

  constructor(subnet: Subnet, endpoint: Endpoint, name: NetbiosName) {
    const { address, port } = endpoint;
    this.subnet = subnet;
    this.endpoint = endpoint;
    this.name = name;
    this.address = address;
    this.id = `netbios ${address}:${port} ${name.toString()}`;
    this.trust = subnet.holds(address) ? nearby(address) : 'routed';
    this.interfaces = [subnet.interface.name];
  }
}

function nearby(address: string): Trust {
  return address.startsWith('127.') ? 'loopback' : 'on-link';
}
