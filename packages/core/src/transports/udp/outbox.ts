/** All sending of one transport: fans a frame out, paces large messages, and makes writers wait when the system does. */

import { setImmediate as nextTurn } from 'node:timers/promises';

import type { Clock } from '../../clock.ts';
import type { Counters } from '../counters.ts';
import { DATAGRAM_BYTES_MAX, MESSAGE_BYTES_MAX } from './fragments.ts';
import { markWay } from './frame.ts';
import type { Route } from './routes.ts';

/** Datagrams on their way into the system before a writer is asked to wait: enough to keep it busy. */
export const IN_FLIGHT_MAX = 64;

/**
 * Datagrams after which a writer waits for the event loop to turn. The system mostly takes them at once, so that who
 * awaits only that would keep timers and sockets waiting for ever.
 */
export const TURN_DATAGRAMS_MAX = 64;

/** What is kept for writers who do not wait, {@link DATAGRAM_BYTES_MAX} each at the most: 20 MB. Beyond it, drop. */
export const IN_FLIGHT_HARD_MAX = 16_384;

/**
 * Fragments sent in a row, and the pause after them: 77 Mbit/s. A receiver on 100 Mbit/s keeps up, and the receive
 * buffer of Linux (92 such datagrams) outlasts an event loop that is busy for 11 ms.
 */
export const BURST_FRAGMENTS = 8;
export const BURST_PAUSE_MS = 1;

/** Large messages kept for writers who do not wait: 64 of the largest. */
export const PACED_BYTES_MAX: number = 64 * MESSAGE_BYTES_MAX;

export class Outbox {
  readonly #clock: Clock;
  readonly #counters: Counters;
  #inFlight = 0;
  /** Datagrams since a writer, or pacing, last waited for the event loop. */
  #sinceTurn = 0;
  #room: Promise<void> | undefined;
  #makeRoom: () => void = () => {};
  #pacing: Promise<void> = Promise.resolve();
  #pacedBytes = 0;

  constructor(clock: Clock, counters: Counters) {
    this.#clock = clock;
    this.#counters = counters;
  }

  /** Datagrams that the system has yet to take. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** Sends one frame to every route. Resolves, or returns undefined, when there is room for the next. */
  send(frame: Uint8Array, routes: readonly Route[]): Promise<void> | undefined {
    if (routes.length === 0) this.#counters.drop('unsent');
    for (const { socket, address, port, way } of routes) {
      if (this.#inFlight >= IN_FLIGHT_HARD_MAX) {
        this.#counters.drop('unsent');
        continue;
      }
      this.#inFlight++;
      this.#sinceTurn++;
      this.#counters.departed(socket.place.name, frame.length);
      if (way === 'multicast') socket.multicast(frame, port, address);
      else if (way === undefined) socket.sendTo(frame, port, address);
      else if (way === 'unicast') socket.sendTo(markWay(frame, way), port, address);
      else socket.broadcast(markWay(frame, way), port, address);
    }
    if (this.#inFlight < IN_FLIGHT_MAX && this.#sinceTurn < TURN_DATAGRAMS_MAX) return undefined;
    return (this.#room ??= this.#waitForRoom());
  }

  /** To be called once for each datagram, when it left or failed to. */
  sent(error: unknown): void {
    if (error !== null) this.#counters.drop('unsent');
    this.#inFlight--;
    if (this.#inFlight < IN_FLIGHT_MAX) this.#makeRoom();
  }

  /**
   * Sends the fragments of one message, after those of earlier ones. Resolves when the last has been handed over; by
   * then the routes may be others than in the beginning.
   */
  sendPaced(fragments: readonly Uint8Array[], routes: () => readonly Route[]): Promise<void> {
    const bytes = fragments.length * DATAGRAM_BYTES_MAX;
    if (this.#pacedBytes + bytes > PACED_BYTES_MAX) {
      this.#counters.drop('unsent');
      return this.#pacing;
    }
    this.#pacedBytes += bytes;
    this.#pacing = this.#sendBursts(this.#pacing, fragments, routes);
    return this.#pacing;
  }

  /** Resolves when no fragment waits any more. */
  get paced(): Promise<void> {
    return this.#pacing;
  }

  async #waitForRoom(): Promise<void> {
    await nextTurn();
    if (this.#inFlight >= IN_FLIGHT_MAX) {
      await new Promise<void>((resolve) => (this.#makeRoom = resolve));
    }
    this.#sinceTurn = 0;
    this.#room = undefined;
  }

  async #sendBursts(
    earlier: Promise<void>,
    fragments: readonly Uint8Array[],
    routes: () => readonly Route[],
  ): Promise<void> {
    await earlier;
    for (let at = 0; at < fragments.length; at++) {
      await this.send(fragments[at]!, routes());
      if ((at + 1) % BURST_FRAGMENTS === 0) await this.#pause();
    }
    this.#pacedBytes -= fragments.length * DATAGRAM_BYTES_MAX;
  }

  async #pause(): Promise<void> {
    await new Promise<void>((resolve) => this.#clock.schedule(BURST_PAUSE_MS, resolve));
    this.#sinceTurn = 0;
  }
}
