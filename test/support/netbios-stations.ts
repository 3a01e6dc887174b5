/** Stations on the classic transport in one process, each at an address of its own on loopback, which has 16 million. */

import { randomInt } from 'node:crypto';
import type { NetworkInterfaceInfo } from 'node:os';

import { type NetbiosOptions } from '@mailslot/core/netbios';
import { type NetbiosSystem, NetbiosTransport, realSystem } from '@mailslot/core/netbios/internal';

/** As in RFC 1002, but shorter: on loopback nobody is slow. */
const HASTY = {
  ...realSystem.timing,
  broadcastRetryMs: 15,
  unicastRetryMs: 30,
  conflictMs: 100,
};

/** A network of its own, since nobody else has its ports. */
export class LoopbackNetbios {
  readonly ports: { readonly name: number; readonly datagram: number };
  readonly #subnet: string;
  #stations = 0;

  constructor() {
    const name = 2 * randomInt(10_000, 15_000);
    this.ports = { name, datagram: name + 1 };
    this.#subnet = `127.${randomInt(1, 255)}.${randomInt(1, 255)}`;
  }

  /** A transport for one more station. */
  station(options: NetbiosOptions = {}): NetbiosTransport {
    return this.stationAt(`${this.#subnet}.${++this.#stations}`, options);
  }

  /** The same, at an address where there may be another. */
  stationAt(address: string, options: NetbiosOptions = {}): NetbiosTransport {
    const interfaces = ['loopback'];
    return new NetbiosTransport({ interfaces, ports: this.ports, ...options }, system(address));
  }

  /** Whence nothing can be sent. */
  offline(): NetbiosTransport {
    return this.station({ interfaces: ['no such interface'] });
  }
}

function system(address: string): NetbiosSystem {
  const loopback: NetworkInterfaceInfo = {
    address,
    netmask: '255.0.0.0',
    family: 'IPv4',
    mac: '00:00:00:00:00:00',
    internal: true,
    cidr: `${address}/8`,
  };
  return { ...realSystem, networkInterfaces: () => ({ lo: [loopback] }), timing: HASTY };
}
