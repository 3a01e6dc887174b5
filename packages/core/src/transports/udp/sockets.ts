/** What both kinds of sockets have in common. */

// Node loads it when the first socket is bound. Loaded with us, it does not delay the first datagram by milliseconds.
import 'node:cluster';
import type { BindOptions, RemoteInfo, SocketOptions } from 'node:dgram';

import type { Family } from './interfaces.ts';

/** As much of a `dgram.Socket` as is used here. */
export interface DatagramSocket {
  on(event: 'message', listener: (bytes: Uint8Array, from: RemoteInfo) => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  once(event: 'listening', listener: () => void): unknown;
  bind(options: BindOptions): unknown;
  connect(port: number, address: string, connected: (error?: Error) => void): void;
  send(bytes: Uint8Array, port: number, address: string, sent: (error: Error | null) => void): void;
  /** Only when connected. */
  send(bytes: Uint8Array, sent: (error: Error | null) => void): void;
  addMembership(group: string, multicastInterface: string): void;
  dropMembership(group: string, multicastInterface: string): void;
  setMulticastInterface(multicastInterface: string): void;
  setMulticastLoopback(on: boolean): unknown;
  setMulticastTTL(hops: number): unknown;
  setBroadcast(on: boolean): void;
  setRecvBufferSize(bytes: number): void;
  unref(): unknown;
  close(closed?: () => void): unknown;
}

export type CreateSocket = (options: SocketOptions) => DatagramSocket;

/** Who is told what a socket meets. Nothing here throws into a socket's callback. */
export interface SocketListener {
  received(bytes: Uint8Array, from: RemoteInfo, family: Family): void;
  /** A datagram left; or, unless `error` is null, did not. */
  sent(error: unknown): void;
  /** Something happened that a person may want to know: `what` in words, `cause` from the system. */
  failed(what: string, cause: unknown): void;
}

/** Asked of the system, which gives what it allows: 40 ms of full gigabit, for while the event loop is busy. */
const RECEIVE_BUFFER_BYTES = 4 * 1_048_576;

/** The smallest receive buffer worth asking for: every system gives it. */
const RECEIVE_BUFFER_BYTES_MIN = 65_536;

/** Addresses are never names here: to answer at once saves each datagram a detour through the resolver. */
const lookup: NonNullable<SocketOptions['lookup']> = (address, _options, callback) => {
  callback(null, address, 0);
};

/** Not yet bound, so without an address or effect. */
export function openSocket<Socket extends DatagramSocket>(
  createSocket: (options: SocketOptions) => Socket,
  family: Family,
  reuseAddr: boolean,
): Socket {
  const ipv6 = family === 'IPv6';
  return createSocket({
    type: ipv6 ? 'udp6' : 'udp4',
    ipv6Only: ipv6,
    reuseAddr,
    lookup,
  });
}

export function bind(socket: DatagramSocket, port: number, address: string): Promise<void> {
  return new Promise((resolve, reject) => {
    // The listener stays: an error that nobody listens to would end the process.
    socket.on('error', reject);
    socket.once('listening', resolve);
    // Exclusive: in a cluster every worker receives everything, instead of one of them each time.
    socket.bind({ port, address, exclusive: true });
  });
}

export function connect(socket: DatagramSocket, port: number, address: string): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.connect(port, address, (error) => (error === undefined ? resolve() : reject(error)));
  });
}

export function close(socket: DatagramSocket): Promise<void> {
  return new Promise((resolve) => socket.close(resolve));
}

/** Some systems give less than asked for, others refuse. */
export function enlargeReceiveBuffer(socket: DatagramSocket): void {
  for (let bytes = RECEIVE_BUFFER_BYTES; bytes >= RECEIVE_BUFFER_BYTES_MIN; bytes /= 2) {
    try {
      socket.setRecvBufferSize(bytes);
      return;
    } catch {
      // Ask for half.
    }
  }
}
