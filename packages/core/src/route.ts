/** All who receive on one slot in this process. */

import { LRUCache } from 'lru-cache';

import type { Clock } from './clock.ts';
import type { Datagram } from './message.ts';
import { SequenceWindow } from './sequence-window.ts';
import { surface } from './surface.ts';
import type { DropReason } from './transports/transport.ts';

/** Takes the datagrams of one slot. Returns why it dropped one, if it did. */
export type Receiver = (datagram: Datagram) => DropReason | undefined | void;

export interface SubscribeOptions {
  /** Take every copy of a message, not just the first: for protocols that learn paths from them. */
  readonly copies?: boolean;
}

/** The mailslot of a name: its one reader in this process. */
export interface Owner {
  readonly receive: Receiver;
  /** The most bytes it takes; 0 for any. */
  readonly maxMessageSize: number;
}

/** Senders whose recent messages are remembered. At 200 bytes each, less than 1 MiB. */
export const SENDERS_MAX = 4096;

/**
 * How long a window looks back, in milliseconds after the last message that it let pass. Paths of one message differ
 * by less; and a stranger who forges a number far ahead silences a sender for so long, not for ever.
 */
const WINDOW_MS = 2000;

export class Route {
  owner: Owner | undefined;
  readonly #clock: Clock;
  readonly #subscribers = new Set<{ readonly receive: Receiver; readonly copies: boolean }>();
  /** Made when it is needed: a cache takes its room at once. */
  #windows: LRUCache<string, Sender> | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get isEmpty(): boolean {
    return this.owner === undefined && this.#subscribers.size === 0;
  }

  /** Adds a receiver beside the owner. Returns the way to take it out. */
  subscribe(receive: Receiver, { copies = false }: SubscribeOptions): () => void {
    const subscriber = { receive, copies };
    this.#subscribers.add(subscriber);
    return () => this.#subscribers.delete(subscriber);
  }

  /** Hands a datagram to all who want it. */
  deliver(datagram: Datagram): DropReason | undefined {
    let first: boolean | undefined;
    let dropped: DropReason | undefined;
    if (this.owner !== undefined) {
      first = this.#isFirstCopy(datagram);
      dropped = first ? (this.owner.receive(datagram) ?? undefined) : 'duplicate';
    }
    for (const { receive, copies } of this.#subscribers) {
      if (copies || (first ??= this.#isFirstCopy(datagram))) surface(receive, datagram);
      else dropped = 'duplicate';
    }
    return dropped;
  }

  #isFirstCopy({ station, sequence, source }: Datagram): boolean {
    const now = this.#clock.now();
    this.#windows ??= new LRUCache({ max: SENDERS_MAX });
    const sender = this.#windows.get(station);
    if (sender === undefined || now - sender.admittedAt > WINDOW_MS) {
      this.#windows.set(station, { window: new SequenceWindow(sequence), admittedAt: now });
      return true;
    }
    // Each writer on this computer has a channel of its own, and one may lag far behind another: that is no copy.
    if (!sender.window.admit(sequence, source.trust === 'local')) return false;
    sender.admittedAt = now;
    return true;
  }
}

/** What is remembered of one station. */
interface Sender {
  readonly window: SequenceWindow;
  admittedAt: number;
}
