/** The socket of one interface, and its like for what lies beyond. */

import { errorCode } from './advice.ts';
import { isInterface, type Place } from './interfaces.ts';
import type { UdpSettings } from './options.ts';
import {
  bind,
  close,
  type CreateSocket,
  type DatagramSocket,
  enlargeReceiveBuffer,
  openSocket,
  type SocketListener,
} from './sockets.ts';

/** Failures of a send that a new socket may cure: the interface that this one was made for is no more. */
const STALE_CODES: ReadonlySet<string> = new Set([
  'EADDRNOTAVAIL',
  'EBADF',
  'EINVAL',
  'ENETDOWN',
  'ENETUNREACH',
  'ENODEV',
  'ENXIO',
]);

/** Bound to one address and a port of its own: does all the sending from there, and receives the answers. */
export class PrivateSocket {
  readonly place: Place;
  readonly #socket: DatagramSocket;
  readonly #multicast: (error: unknown) => void;
  readonly #broadcast: (error: unknown) => void;
  readonly #sent: (error: unknown) => void;
  #closed = false;
  #stale = false;
  #mute = false;

  /** Rejects with the system's error; then nothing is left open. */
  static async open(
    createSocket: CreateSocket,
    place: Place,
    settings: UdpSettings,
    listener: SocketListener,
  ): Promise<PrivateSocket> {
    const [first, last] = settings.portRange;
    for (let port = first; ; port++) {
      const socket = openSocket(createSocket, place.family, false);
      try {
        await bind(socket, port, place.address);
        return new PrivateSocket(socket, place, settings, listener);
      } catch (error) {
        socket.close();
        if (errorCode(error) !== 'EADDRINUSE' || port >= last) throw error;
      }
    }
  }

  /**
   * No multicast may leave before its interface is set: it would take the default route. So there is no instance before
   * that, nor a way to send to the group from one that has no interface.
   */
  private constructor(
    socket: DatagramSocket,
    place: Place,
    settings: UdpSettings,
    listener: SocketListener,
  ) {
    if (isInterface(place)) {
      socket.setMulticastInterface(place.multicastInterface);
      socket.setMulticastTTL(settings.hops);
      socket.setMulticastLoopback(true);
      if (settings.broadcast !== false && place.broadcastAddress !== undefined) {
        socket.setBroadcast(true);
      }
    }
    enlargeReceiveBuffer(socket);
    this.#socket = socket;
    this.place = place;
    this.#sent = (error) => listener.sent(error);
    const sentToAll = (how: string, error: unknown): void => {
      if (error !== null) {
        this.#stale ||= STALE_CODES.has(errorCode(error));
        listener.failed(`${how} on ${place.name} (${place.address})`, error);
      }
      listener.sent(error);
    };
    this.#multicast = (error) => {
      this.#mute = error !== null;
      sentToAll('Sending', error);
    };
    this.#broadcast = (error) => sentToAll('Broadcasting', error);
    socket.on('message', (bytes, from) => listener.received(bytes, from, place.family));
    socket.on('error', (error) => {
      this.#stale = true;
      listener.failed(`The socket on ${place.name} (${place.address})`, error);
    });
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Whether it should be opened anew. */
  get stale(): boolean {
    return this.#stale;
  }

  /** Whether the last message to the group did not leave. */
  get mute(): boolean {
    return this.#mute;
  }

  /** Sends to the group. `frame` must not change until it is sent. */
  multicast(frame: Uint8Array, port: number, address: string): void {
    if (!isInterface(this.place)) throw new TypeError('This socket is for unicast alone.');
    this.#send(frame, port, address, this.#multicast);
  }

  /** Sends to the broadcast address of the interface. `frame` must not change until it is sent. */
  broadcast(frame: Uint8Array, port: number, address: string): void {
    this.#send(frame, port, address, this.#broadcast);
  }

  /** Sends to one host. `frame` must not change until it is sent. */
  sendTo(frame: Uint8Array, port: number, address: string): void {
    this.#send(frame, port, address, this.#sent);
  }

  unref(): void {
    this.#socket.unref();
  }

  close(): Promise<void> {
    if (this.#closed) return Promise.resolve();
    this.#closed = true;
    return close(this.#socket);
  }

  #send(frame: Uint8Array, port: number, address: string, sent: (error: unknown) => void): void {
    try {
      // A socket that was closed meanwhile throws.
      this.#socket.send(frame, port, address, sent);
    } catch (error) {
      sent(error);
    }
  }
}
