/** One service's port on one subnet: what is sent to this computer there, and to all. */

import type { AddressInfo } from 'node:net';
import type { SocketOptions } from 'node:dgram';

import { errorCode } from '../udp/advice.ts';
import {
  bind,
  close,
  type DatagramSocket,
  enlargeReceiveBuffer,
  openSocket,
} from '../udp/sockets.ts';
import { systemError } from './advice.ts';
import type { Endpoint } from './name-transactions.ts';

/** As much of a `dgram.Socket` as is used here. */
interface NetbiosSocket extends DatagramSocket {
  address(): AddressInfo;
}

export type CreateNetbiosSocket = (options: SocketOptions) => NetbiosSocket;

export interface ServicePortOptions {
  readonly address: string;
  readonly broadcastAddress: string;
  readonly port: number;
}

export interface ServicePortListener {
  /** `limited`: it was sent to 255.255.255.255, and may have come by any interface. */
  received(bytes: Uint8Array, from: Endpoint, limited: boolean): void;
  sent(bytes: number): void;
  unsent(): void;
  failed(what: string, cause: unknown): void;
}

/** What all hosts of any subnet listen to. */
const LIMITED_BROADCAST = '255.255.255.255';

/** Datagrams on their way into the system before a writer is asked to wait. */
export const IN_FLIGHT_MAX = 64;

/** What is kept for writers who do not wait, 600 bytes each: less than 10 MB. Beyond it, drop. */
export const IN_FLIGHT_HARD_MAX = 16_384;

export class ServicePort {
  /** The first sends, and receives what is for this computer alone; then those of the broadcast addresses. */
  readonly #sockets: readonly NetbiosSocket[];
  readonly #listener: ServicePortListener;
  readonly #options: ServicePortOptions;
  /**
   * Another program had the port before us. The system gives it what is sent to this computer alone; we hear what is
   * sent to all, and what answers our own port.
   */
  readonly beside: boolean;
  /** Where what we send comes from. */
  readonly local: Endpoint;
  #inFlight = 0;
  #room: Promise<void> | undefined;
  #makeRoom: () => void = () => {};

  /** Rejects with a MailslotError; then nothing is left open. */
  static async open(
    createSocket: CreateNetbiosSocket,
    options: ServicePortOptions,
    listener: ServicePortListener,
  ): Promise<ServicePort> {
    const { address, broadcastAddress, port } = options;
    const sockets: NetbiosSocket[] = [];
    const open = async (address: string, at: number = port): Promise<void> => {
      sockets.push(await openBound(createSocket, at, address, true));
    };
    try {
      const beside = await isTaken(createSocket, port, address);
      await open(address, beside ? 0 : port);
      await open(broadcastAddress);
      // Few send there, and not every system lets a socket be bound to it.
      await open(LIMITED_BROADCAST).catch(() => {});
      return new ServicePort(sockets, beside, options, listener);
    } catch (error) {
      for (const socket of sockets) socket.close();
      throw systemError(`Receiving on UDP port ${port} of ${address}`, error);
    }
  }

  private constructor(
    sockets: readonly NetbiosSocket[],
    beside: boolean,
    options: ServicePortOptions,
    listener: ServicePortListener,
  ) {
    this.#sockets = sockets;
    this.#options = options;
    this.#listener = listener;
    this.beside = beside;
    this.local = sockets[0]!.address();
    sockets[0]!.setBroadcast(true);
    for (const [at, socket] of sockets.entries()) {
      enlargeReceiveBuffer(socket);
      socket.on('message', (bytes, from) => listener.received(bytes, from, at === 2));
      socket.on('error', (error) => {
        listener.failed(`UDP port ${options.port} of ${options.address}`, error);
      });
    }
  }

  /** Resolves, or returns undefined, when there is room for the next. */
  send(bytes: Uint8Array, to: Endpoint | 'all'): Promise<void> | undefined {
    if (this.#inFlight >= IN_FLIGHT_HARD_MAX) {
      this.#listener.unsent();
      return this.#room;
    }
    const { address, port } =
      to === 'all' ? { address: this.#options.broadcastAddress, port: this.#options.port } : to;
    this.#inFlight++;
    this.#listener.sent(bytes.length);
    this.#sockets[0]!.send(bytes, port, address, (error) => {
      if (error !== null) this.#listener.unsent();
      this.#inFlight--;
      if (this.#inFlight < IN_FLIGHT_MAX) this.#makeRoom();
    });
    if (this.#inFlight < IN_FLIGHT_MAX) return undefined;
    this.#room ??= this.#waitForRoom();
    return this.#room;
  }

  unref(): void {
    for (const socket of this.#sockets) socket.unref();
  }

  async close(): Promise<void> {
    await this.#room;
    await Promise.all(this.#sockets.map((socket) => close(socket)));
  }

  async #waitForRoom(): Promise<void> {
    await new Promise<void>((resolve) => (this.#makeRoom = resolve));
    this.#room = undefined;
  }
}

/** Whether another program has the port. To share it in spite of that would take its messages away, or ours. */
async function isTaken(
  createSocket: CreateNetbiosSocket,
  port: number,
  address: string,
): Promise<boolean> {
  try {
    await close(await openBound(createSocket, port, address, false));
    return false;
  } catch (error) {
    if (errorCode(error) === 'EADDRINUSE') return true;
    throw error;
  }
}

async function openBound(
  createSocket: CreateNetbiosSocket,
  port: number,
  address: string,
  shared: boolean,
): Promise<NetbiosSocket> {
  const socket = openSocket(createSocket, 'IPv4', shared);
  try {
    await bind(socket, port, address);
    return socket;
  } catch (error) {
    socket.close();
    throw error;
  }
}
