/** All who receive on one slot in this process. */

import type { Datagram } from './message.ts';
import { surface } from './surface.ts';
import type { DropReason } from './transports/transport.ts';

/** Takes the datagrams of one slot. Returns why it dropped one, if it did. */
export type Receiver = (datagram: Datagram) => DropReason | undefined | void;

export interface SubscribeOptions {
  /** Take every copy of a message, not just the first: for protocols that learn paths from them. */
  readonly copies?: boolean;
}

export class Route {
  /** The mailslot of that name, if there is one. */
  owner: Receiver | undefined;
  readonly #subscribers = new Set<{ readonly receiver: Receiver; readonly copies: boolean }>();

  get isEmpty(): boolean {
    return this.owner === undefined && this.#subscribers.size === 0;
  }

  /** Adds a receiver beside the owner. Returns the way to take it out. */
  subscribe(receiver: Receiver, { copies = false }: SubscribeOptions): () => void {
    const subscriber = { receiver, copies };
    this.#subscribers.add(subscriber);
    return () => this.#subscribers.delete(subscriber);
  }

  /** Hands a datagram to all who want it; `isFirstCopy` is asked only if somebody does not want copies. */
  deliver(
    datagram: Datagram,
    isFirstCopy: (datagram: Datagram) => boolean,
  ): DropReason | undefined {
    let first: boolean | undefined;
    let dropped: DropReason | undefined;
    if (this.owner !== undefined) {
      first = isFirstCopy(datagram);
      dropped = first ? (this.owner(datagram) ?? undefined) : 'duplicate';
    }
    for (const { receiver, copies } of this.#subscribers) {
      if (copies || (first ??= isFirstCopy(datagram))) surface(() => void receiver(datagram));
      else dropped = 'duplicate';
    }
    return dropped;
  }
}
