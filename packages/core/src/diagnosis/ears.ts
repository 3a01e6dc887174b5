/** The sockets of the port that all stations share, as the udp transport opens them. */

import { errorCode } from '../transports/udp/advice.ts';
import type { Family, UdpInterface } from '../transports/udp/interfaces.ts';
import type { UdpSettings } from '../transports/udp/options.ts';
import { SharedSocket } from '../transports/udp/shared-socket.ts';
import type { CreateSocket, SocketListener } from '../transports/udp/sockets.ts';
import type { Failure } from './remedies.ts';

export class Ears {
  readonly #sockets: readonly SharedSocket[];
  /** Why the port could not be had, for each family that was tried. */
  readonly failures: ReadonlyMap<Family, Failure>;
  readonly #joinFailures: ReadonlyMap<string, Failure>;

  /** Opens what can be opened, and joins the group on each of these interfaces. */
  static async open(
    createSocket: CreateSocket,
    settings: UdpSettings,
    interfaces: readonly UdpInterface[],
    received: SocketListener['received'],
  ): Promise<Ears> {
    const sockets: SharedSocket[] = [];
    const failures = new Map<Family, Failure>();
    const joinFailures = new Map<string, Failure>();
    for (const family of settings.families) {
      const ear = new Ear(received);
      try {
        sockets.push(await ear.open(createSocket, family, settings));
        failures.set(family, undefined);
        for (const [key, failure] of ear.join(interfaces)) joinFailures.set(key, failure);
      } catch (error) {
        failures.set(family, errorCode(error));
      }
    }
    return new Ears(sockets, failures, joinFailures);
  }

  private constructor(
    sockets: readonly SharedSocket[],
    failures: ReadonlyMap<Family, Failure>,
    joinFailures: ReadonlyMap<string, Failure>,
  ) {
    this.#sockets = sockets;
    this.failures = failures;
    this.#joinFailures = joinFailures;
  }

  hears(family: Family): boolean {
    return this.#sockets.some((socket) => socket.family === family);
  }

  joinFailure({ key }: UdpInterface): Failure {
    return this.#joinFailures.get(key);
  }

  async close(): Promise<void> {
    await Promise.all(this.#sockets.map((socket) => socket.close()));
  }
}

/** One of them, while it is made ready. */
class Ear implements SocketListener {
  readonly received: SocketListener['received'];
  #socket: SharedSocket | undefined;
  #failure: Failure;

  constructor(received: SocketListener['received']) {
    this.received = received;
  }

  sent(): void {}

  failed(_what: string, cause: unknown): void {
    this.#failure = errorCode(cause);
  }

  async open(
    createSocket: CreateSocket,
    family: Family,
    settings: UdpSettings,
  ): Promise<SharedSocket> {
    this.#socket = await SharedSocket.open(createSocket, family, settings, this);
    return this.#socket;
  }

  /** Joins on one interface after the other, so that each failure has its interface. */
  join(interfaces: readonly UdpInterface[]): Map<string, Failure> {
    const joined: UdpInterface[] = [];
    const failures = new Map<string, Failure>();
    for (const network of interfaces.filter(({ family }) => family === this.#socket?.family)) {
      this.#failure = undefined;
      this.#socket?.join([...joined, network]);
      if (this.#failure === undefined) joined.push(network);
      else failures.set(network.key, this.#failure);
    }
    return failures;
  }
}
