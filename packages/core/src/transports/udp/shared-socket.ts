/** The socket of the port that all stations share. */

import { errorCode } from './advice.ts';
import type { Family, UdpInterface } from './interfaces.ts';
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

/** Bound to the port that all stations share: receives for the group on every interface it joined. It never sends. */
export class SharedSocket {
  readonly family: Family;
  readonly #socket: DatagramSocket;
  readonly #group: string;
  readonly #listener: SocketListener;
  /** Interfaces it has joined the group on. */
  readonly #joined = new Map<string, UdpInterface>();
  /** Names of interfaces by which the group was heard since membership was last seen to: there it lives. */
  readonly #heardOn = new Set<string>();
  #failed = false;

  /** Rejects with the system's error; then nothing is left open. */
  static async open(
    createSocket: CreateSocket,
    family: Family,
    settings: UdpSettings,
    listener: SocketListener,
  ): Promise<SharedSocket> {
    const socket = openSocket(createSocket, family, true);
    try {
      await bind(socket, settings.port, family === 'IPv4' ? '0.0.0.0' : '::');
      return new SharedSocket(socket, family, settings.groups[family], listener);
    } catch (error) {
      socket.close();
      throw error;
    }
  }

  private constructor(
    socket: DatagramSocket,
    family: Family,
    group: string,
    listener: SocketListener,
  ) {
    enlargeReceiveBuffer(socket);
    this.#socket = socket;
    this.family = family;
    this.#group = group;
    this.#listener = listener;
    socket.on('message', (bytes, from) => listener.received(bytes, from, family));
    socket.on('error', (error) => {
      this.#failed = true;
      listener.failed(`The ${family} socket that receives for the group`, error);
    });
  }

  /** Whether it should be opened anew. */
  get stale(): boolean {
    return this.#failed;
  }

  /**
   * Is a member of the group on exactly these interfaces afterwards. A membership dies silently with its interface, even
   * if one of the same name and address comes back: so each that was not heard on since is asked for again, which fails
   * if it is still there.
   */
  join(interfaces: readonly UdpInterface[]): void {
    const wanted = interfaces.filter((network) => network.family === this.family);
    const keys = new Set(wanted.map(({ key }) => key));
    for (const [key, network] of this.#joined) {
      if (!keys.has(key)) this.#leave(network);
    }
    for (const network of wanted) {
      if (!this.#joined.has(network.key) || !this.#heardOn.has(network.name)) this.#join(network);
    }
    this.#heardOn.clear();
  }

  /** The group was heard by the interface of that name. */
  heardOn(name: string): void {
    this.#heardOn.add(name);
  }

  /** Leaves and joins again: switches that snoop without a querier forget their members after some minutes. */
  rejoin(): void {
    for (const network of Array.from(this.#joined.values())) {
      this.#leave(network);
      this.#join(network);
    }
  }

  unref(): void {
    this.#socket.unref();
  }

  close(): Promise<void> {
    return close(this.#socket);
  }

  #join(network: UdpInterface): void {
    try {
      this.#socket.addMembership(this.#group, network.multicastInterface);
    } catch (error) {
      const isMember = this.#joined.has(network.key) || errorCode(error) === 'EADDRINUSE';
      if (!isMember) {
        this.#listener.failed(`Joining the group on ${network.name} (${network.address})`, error);
        return;
      }
    }
    this.#joined.set(network.key, network);
  }

  #leave(network: UdpInterface): void {
    this.#joined.delete(network.key);
    try {
      this.#socket.dropMembership(this.#group, network.multicastInterface);
    } catch {
      // It went with the interface.
    }
  }
}
