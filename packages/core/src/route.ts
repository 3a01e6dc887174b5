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
  /**
   * Whether a message counts that came by that copy. One that does not makes no later copy a duplicate, which may come from
   * a better place; and it is the receiver's to count. Default: any does.
   */
  readonly accepts?: (datagram: Datagram) => boolean;
}

interface Subscriber extends SubscribeOptions {
  readonly receive: Receiver;
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
  readonly #subscribers = new Set<Subscriber>();
  /** Made when it is needed: a cache takes its room at once. */
  #windows: LRUCache<string, Sender> | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get isEmpty(): boolean {
    return this.owner === undefined && this.#subscribers.size === 0;
  }

  /** Adds a receiver beside the owner. Returns the way to take it out. */
  subscribe(receive: Receiver, options: SubscribeOptions): () => void {
    const subscriber = { ...options, receive };
    this.#subscribers.add(subscriber);
    return () => this.#subscribers.delete(subscriber);
  }

  /** Hands a datagram to all who want it. */
  deliver(datagram: Datagram): DropReason | undefined {
    let isCopy: boolean | undefined;
    let dropped: DropReason | undefined;
    if (this.owner !== undefined) {
      isCopy = this.#isCopy(datagram);
      if (!isCopy) this.#note(datagram);
      dropped = isCopy ? 'duplicate' : (this.owner.receive(datagram) ?? undefined);
    }
    for (const { receive, copies = false, accepts } of this.#subscribers) {
      if (!copies && (isCopy ??= this.#isCopy(datagram))) {
        dropped = 'duplicate';
      } else if (accepts === undefined || accepts(datagram)) {
        if (!copies) this.#note(datagram);
        surface(receive, datagram);
      }
    }
    return dropped;
  }

  #isCopy({ station, sequence, source }: Datagram): boolean {
    const sender = this.#remembered(station);
    // Each writer on this computer has a channel of its own, and one may lag far behind another: that is no copy.
    return sender?.window.isCopy(sequence, source.trust === 'local') ?? false;
  }

  #note({ station, sequence }: Datagram): void {
    const now = this.#clock.now();
    const sender = this.#remembered(station);
    if (sender !== undefined) {
      sender.window.note(sequence);
      sender.admittedAt = now;
      return;
    }
    this.#windows ??= new LRUCache({ max: SENDERS_MAX });
    this.#windows.set(station, { window: new SequenceWindow(sequence), admittedAt: now });
  }

  #remembered(station: string): Sender | undefined {
    const sender = this.#windows?.get(station);
    const isOver = sender !== undefined && this.#clock.now() - sender.admittedAt > WINDOW_MS;
    return isOver ? undefined : sender;
  }
}

/** What is remembered of one station. */
interface Sender {
  readonly window: SequenceWindow;
  admittedAt: number;
}
