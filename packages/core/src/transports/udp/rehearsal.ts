/**
 * A network of memory on which the real transport runs, so that its code has run once before it matters: what runs for
 * the first time is compiled on the way, which takes longer than all else between joining and the first datagram.
 */

import type { RemoteInfo } from 'node:dgram';

import type { Transport } from '../transport.ts';
import type { InterfaceTable } from './interfaces.ts';
import { DEFAULT_GROUPS } from './options.ts';
import type { DatagramSocket } from './sockets.ts';
import { UdpTransport } from './udp-transport.ts';

/** The first of the ports that a system gives. */
const PORT_MIN = 49_152;

/** What is sent on it arrives later, as on a real one: nobody is called back within a call. */
class Wire {
  readonly sockets: WireSocket[] = [];

  /** A computer at that address. */
  transport(address: string): Transport {
    const createSocket = (): DatagramSocket => new WireSocket(this, address);
    const networkInterfaces = (): InterfaceTable => tableOf(address);
    const system = { createSocket, networkInterfaces, platform: process.platform };
    return new UdpTransport({ families: ['IPv4'] }, system);
  }
}

type Sent = (error: Error | null) => void;
type Receive = (bytes: Uint8Array, from: RemoteInfo) => void;

class WireSocket implements DatagramSocket {
  readonly #wire: Wire;
  readonly #address: string;
  #port = 0;
  #receive: Receive = () => {};

  constructor(wire: Wire, address: string) {
    this.#wire = wire;
    this.#address = address;
  }

  on(event: 'message', listener: Receive): void;
  on(event: 'error', listener: (error: Error) => void): void;
  on(event: string, listener: Receive & ((error: Error) => void)): void {
    if (event === 'message') this.#receive = listener;
  }

  once(_event: 'listening', listener: () => void): void {
    queueMicrotask(listener);
  }

  bind({ port }: { readonly port?: number }): void {
    this.#port = port || PORT_MIN + this.#wire.sockets.length;
    this.#wire.sockets.push(this);
  }

  send(bytes: Uint8Array, port: number | Sent, address?: string, sent?: Sent): void {
    const from = {
      address: this.#address,
      family: 'IPv4',
      port: this.#port,
      size: bytes.length,
    } as const;
    for (const socket of this.#wire.sockets) {
      if (socket.#port !== port) continue;
      if (socket.#address !== address && address !== DEFAULT_GROUPS.IPv4) continue;
      queueMicrotask(() => socket.#receive(bytes, from));
    }
    queueMicrotask(() => sent?.(null));
  }

  close(closed?: () => void): void {
    if (closed !== undefined) queueMicrotask(closed);
  }

  connect(): void {}
  addMembership(): void {}
  dropMembership(): void {}
  setMulticastInterface(): void {}
  setMulticastLoopback(): void {}
  setMulticastTTL(): void {}
  setBroadcast(): void {}
  setRecvBufferSize(): void {}
  unref(): void {}
}

function tableOf(address: string): InterfaceTable {
  const netmask = '255.255.255.0';
  const mac = '02:00:00:00:00:01';
  const cidr = `${address}/24`;
  return { wire: [{ address, netmask, family: 'IPv4', mac, internal: false, cidr }] };
}

/** Two computers that reach each other, and nobody else. Of the addresses for documentation (RFC 5737). */
export function rehearsalTransports(): readonly [Transport, Transport] {
  const wire = new Wire();
  return [wire.transport('192.0.2.1'), wire.transport('192.0.2.2')];
}
