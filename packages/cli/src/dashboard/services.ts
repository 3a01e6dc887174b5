/** The services that are spoken of on the network: those that a person named, and those that are overheard. */

import type { Network } from '@mailslot/core';
import {
  type Datagram,
  DecodeError,
  domainTag,
  slotPath,
  switchboardOf,
} from '@mailslot/core/internal';
import { type SecurityOptions, watch } from '@mailslot/discovery';
import { decodeMessage, FLAG, realmOf, watchRealm } from '@mailslot/discovery/internal';

import { PRESENCE_SLOT } from '../presence-json.ts';
import type { PicturedService } from './picture.ts';
import { ServiceView } from './service-view.ts';

/** Services in one picture; beyond them, anyone could make up any number. */
export const SERVICES_MAX = 8;

export interface ServicesEvents {
  /** There is something new to see. */
  changed(): void;
  failed(error: unknown): void;
}

export class Services implements AsyncDisposable {
  readonly #network: Network;
  readonly #views = new Map<number, ServiceView>();
  readonly #closing: (() => unknown)[] = [];
  readonly #events: ServicesEvents;

  /** Watches these, and from then on every open one that is heard. */
  static async watch(
    network: Network,
    names: readonly string[],
    security: SecurityOptions,
    events: ServicesEvents,
  ): Promise<Services> {
    const services = new Services(network, events);
    try {
      await services.#start(names, security);
      return services;
    } catch (error) {
      await services[Symbol.asyncDispose]();
      throw error;
    }
  }

  private constructor(network: Network, events: ServicesEvents) {
    this.#network = network;
    this.#events = events;
  }

  picture(now: number): readonly PicturedService[] {
    return Array.from(this.#views.values(), (view) => view.picture(now));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#closing.splice(0).map((close) => close()));
  }

  async #start(names: readonly string[], security: SecurityOptions): Promise<void> {
    const network = this.#network;
    for (const name of new Set(names)) {
      const watcher = await watch(name, { network, ...security });
      this.#closing.push(() => watcher.close());
      const realm = realmOf(network.domain, name);
      this.#show(realm, new ServiceView({ realm, name, watcher }));
    }
    const switchboard = switchboardOf(network);
    // A station that listens to nothing hears nothing.
    const subscription = await switchboard.subscribe(slotPath(PRESENCE_SLOT), () => {});
    const untap = switchboard.tap((datagram) => this.#overhear(datagram));
    this.#closing.push(untap, () => subscription.close());
  }

  #show(realm: number, view: ServiceView): void {
    this.#views.set(realm, view);
    this.#events.changed();
    view.follow(() => this.#events.changed()).catch((error) => this.#events.failed(error));
  }

  #overhear({ slot, address, data }: Datagram): void {
    if (slot !== PRESENCE_SLOT || address.kind !== 'domain') return;
    if (address.tag !== domainTag(this.#network.domain)) return;
    const heard = headerOf(data);
    if (heard === undefined) return;
    const { realm, id, isOpen } = heard;
    const known = this.#views.get(realm);
    if (known !== undefined) return known.hear(id);
    if (this.#views.size >= SERVICES_MAX) return;
    if (isOpen) this.#watchRealm(realm).catch((error) => this.#events.failed(error));
    else this.#show(realm, new ServiceView({ realm, name: undefined, watcher: undefined }));
  }

  async #watchRealm(realm: number): Promise<void> {
    // Taken at once, so that the next message of it does not begin another one.
    this.#views.set(realm, new ServiceView({ realm, name: undefined, watcher: undefined }));
    const watcher = await watchRealm(realm, { network: this.#network });
    this.#closing.push(() => watcher.close());
    this.#show(realm, new ServiceView({ realm, name: undefined, watcher }));
  }
}

/** Which service a message belongs to, who sent it, and whether it is open; undefined if it is no such message. */
function headerOf(
  data: Uint8Array,
): { readonly realm: number; readonly id: string; readonly isOpen: boolean } | undefined {
  try {
    const { realm, id, flags } = decodeMessage(data);
    return { realm, id, isOpen: (flags & FLAG.SECURITY) === 0 };
  } catch (error) {
    if (error instanceof DecodeError) return undefined;
    throw error;
  }
}
