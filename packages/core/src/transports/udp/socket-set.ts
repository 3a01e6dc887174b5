/** All sockets of one transport. They follow the interfaces, which come and go. */

import { errorCode } from './advice.ts';
import { ANYWHERE, type Family, type Place, type UdpInterface } from './interfaces.ts';
import type { UdpSettings } from './options.ts';
import { PrivateSocket } from './private-socket.ts';
import { SharedSocket } from './shared-socket.ts';
import type { CreateSocket, SocketListener } from './sockets.ts';

/** What no change of the network cures: the port is another's, or not for us. */
const FATAL_CODES: ReadonlySet<string> = new Set(['EADDRINUSE', 'EACCES', 'EPERM']);

export class SocketSet {
  readonly #createSocket: CreateSocket;
  readonly #settings: UdpSettings;
  readonly #listener: SocketListener;
  readonly #private = new Map<string, PrivateSocket>();
  readonly #shared = new Map<Family, SharedSocket>();
  #unref = false;

  constructor(createSocket: CreateSocket, settings: UdpSettings, listener: SocketListener) {
    this.#createSocket = createSocket;
    this.#settings = settings;
    this.#listener = listener;
  }

  /** Sockets that are open. */
  get size(): number {
    return this.#private.size + this.#shared.size;
  }

  /** Those that can send now. */
  get privateSockets(): readonly PrivateSocket[] {
    return [...this.#private.values()];
  }

  /**
   * Has a private socket on each of these interfaces afterwards, where the system allows it, and while `listening` is a
   * member of the group on each. True if private sockets came or went.
   *
   * Rejects with the system's error if the shared port is another's, or not for us.
   */
  async follow(interfaces: readonly UdpInterface[], listening: boolean): Promise<boolean> {
    const changed = await this.#followPlaces([...interfaces, ...this.#beyond(interfaces)]);
    await this.#closeShared((shared) => !listening || shared.stale);
    if (listening) {
      await this.#openShared();
      for (const shared of this.#shared.values()) shared.join(interfaces);
    }
    return changed;
  }

  /** The group was heard, by one of these interfaces. */
  heardGroup(family: Family, [name, ...others]: readonly string[]): void {
    if (name !== undefined && others.length === 0) this.#shared.get(family)?.heardOn(name);
  }

  /** Renews the membership in the group everywhere. */
  rejoin(): void {
    for (const shared of this.#shared.values()) shared.rejoin();
  }

  unref(): void {
    this.#unref = true;
    for (const socket of [...this.#private.values(), ...this.#shared.values()]) socket.unref();
  }

  async close(): Promise<void> {
    await Promise.all([this.#closePrivate(() => true), this.#closeShared(() => true)]);
  }

  /** What reaches beyond the interfaces in use, unless the user confined us to them. */
  #beyond(interfaces: readonly UdpInterface[]): readonly Place[] {
    if (this.#settings.interfaces !== undefined && this.#settings.seeds.length === 0) return [];
    const families = new Set(interfaces.map(({ family }) => family));
    return Array.from(families, (family) => ANYWHERE[family]);
  }

  async #followPlaces(places: readonly Place[]): Promise<boolean> {
    const wanted = new Set(places.map(({ key }) => key));
    const closed = await this.#closePrivate(
      (socket) => socket.stale || !wanted.has(socket.place.key),
    );
    const missing = places.filter(({ key }) => !this.#private.has(key));
    const opened = await Promise.all(missing.map((place) => this.#openPrivate(place)));
    return closed || opened.includes(true);
  }

  /** One place that fails must not fail the others. */
  async #openPrivate(place: Place): Promise<boolean> {
    try {
      const socket = await PrivateSocket.open(
        this.#createSocket,
        place,
        this.#settings,
        this.#listener,
      );
      if (this.#unref) socket.unref();
      this.#private.set(place.key, socket);
      return true;
    } catch (error) {
      this.#listener.failed(`Opening a socket on ${place.name} (${place.address})`, error);
      return false;
    }
  }

  async #openShared(): Promise<void> {
    const missing = this.#settings.families.filter((family) => !this.#shared.has(family));
    const results = await Promise.allSettled(missing.map((family) => this.#openSharedOf(family)));
    for (const result of results) {
      if (result.status === 'fulfilled') continue;
      if (FATAL_CODES.has(errorCode(result.reason))) throw result.reason;
      // A computer may well lack one of the families, and get it later.
      if (this.#shared.size === 0) this.#listener.failed('Receiving', result.reason);
    }
  }

  async #openSharedOf(family: Family): Promise<void> {
    const shared = await SharedSocket.open(
      this.#createSocket,
      family,
      this.#settings,
      this.#listener,
    );
    if (this.#unref) shared.unref();
    this.#shared.set(family, shared);
  }

  async #closePrivate(which: (socket: PrivateSocket) => boolean): Promise<boolean> {
    const gone = [...this.#private].filter(([, socket]) => which(socket));
    for (const [key] of gone) this.#private.delete(key);
    await Promise.all(gone.map(([, socket]) => socket.close()));
    return gone.length > 0;
  }

  async #closeShared(which: (socket: SharedSocket) => boolean): Promise<void> {
    const gone = [...this.#shared].filter(([, socket]) => which(socket));
    for (const [family] of gone) this.#shared.delete(family);
    await Promise.all(gone.map(([, socket]) => socket.close()));
  }
}
