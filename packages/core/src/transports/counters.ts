/** Counts what a transport does, and tells those who trace it. */

import { traces } from '../traces.ts';
import type { DropReason, InterfaceStats, TransportStats } from './transport.ts';

/** Where the interface of a datagram cannot be told, or does not matter: the system chose it by its routes. */
export const ANY_INTERFACE = 'any interface';

/** Interfaces that are told apart: those of containers come and go. What the oldest did is added to {@link ANY_INTERFACE}. */
export const INTERFACES_MAX = 64;

/** Of an interface that nothing has passed by. */
export const NO_TRAFFIC: InterfaceStats = Object.freeze({
  sentDatagrams: 0,
  sentBytes: 0,
  receivedDatagrams: 0,
  receivedBytes: 0,
});

type Mutable<Type> = { -readonly [Key in keyof Type]: Type[Key] };

const datagramSent = traces['mailslot:datagram:sent'];
const datagramReceived = traces['mailslot:datagram:received'];
const datagramDropped = traces['mailslot:datagram:dropped'];

export class Counters {
  sentMessages = 0;
  sentBytes = 0;
  receivedMessages = 0;
  receivedBytes = 0;
  readonly #transport: string;
  readonly #drops: Partial<Record<DropReason, number>> = {};
  readonly #interfaces = new Map<string, Mutable<InterfaceStats>>();

  constructor(transport: string) {
    this.#transport = transport;
  }

  /** A message was handed over by a writer. */
  sent(bytes: number): void {
    this.sentMessages++;
    this.sentBytes += bytes;
  }

  /** A message arrived whole. */
  received(bytes: number): void {
    this.receivedMessages++;
    this.receivedBytes += bytes;
  }

  /** A datagram was given to the system. */
  departed(interfaceName: string, bytes: number): void {
    const counts = this.#at(interfaceName);
    counts.sentDatagrams++;
    counts.sentBytes += bytes;
    if (!datagramSent.hasSubscribers) return;
    datagramSent.publish({ transport: this.#transport, interface: interfaceName, bytes });
  }

  /** A datagram came, whatever becomes of it. */
  arrived(interfaceName: string, bytes: number): void {
    const counts = this.#at(interfaceName);
    counts.receivedDatagrams++;
    counts.receivedBytes += bytes;
    if (!datagramReceived.hasSubscribers) return;
    datagramReceived.publish({ transport: this.#transport, interface: interfaceName, bytes });
  }

  drop(reason: DropReason): void {
    this.#drops[reason] = (this.#drops[reason] ?? 0) + 1;
    if (!datagramDropped.hasSubscribers) return;
    datagramDropped.publish({ transport: this.#transport, reason });
  }

  /** As they are now. `sizes` are those of the transport's tables. */
  snapshot(sizes: Readonly<Record<string, number>> = {}): TransportStats {
    const { sentMessages, sentBytes, receivedMessages, receivedBytes } = this;
    const drops = { ...this.#drops };
    const interfaces = Object.fromEntries(
      Array.from(this.#interfaces, ([name, counts]) => [name, { ...counts }]),
    );
    return { sentMessages, sentBytes, receivedMessages, receivedBytes, drops, interfaces, sizes };
  }

  #at(interfaceName: string): Mutable<InterfaceStats> {
    return this.#interfaces.get(interfaceName) ?? this.#begin(interfaceName);
  }

  #begin(interfaceName: string): Mutable<InterfaceStats> {
    const counts = { ...NO_TRAFFIC };
    const oldest = [...this.#interfaces.keys()].find((name) => name !== ANY_INTERFACE);
    if (this.#interfaces.size >= INTERFACES_MAX && oldest !== undefined) this.#fold(oldest);
    this.#interfaces.set(interfaceName, counts);
    return counts;
  }

  /** So that sums stay what they were. */
  #fold(interfaceName: string): void {
    const past = this.#interfaces.get(interfaceName)!;
    this.#interfaces.delete(interfaceName);
    const counts = this.#at(ANY_INTERFACE);
    counts.sentDatagrams += past.sentDatagrams;
    counts.sentBytes += past.sentBytes;
    counts.receivedDatagrams += past.receivedDatagrams;
    counts.receivedBytes += past.receivedBytes;
  }
}
