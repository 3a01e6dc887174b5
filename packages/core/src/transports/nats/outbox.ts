/** All publishing of one transport: makes writers wait while the server has yet to take what was written before. */

import type { NatsConnection } from '@nats-io/transport-node';

import type { Counters } from '../counters.ts';
import { INTERFACE_NAME } from './source.ts';

/** Written since the server last confirmed, before a writer is asked to wait: some hundred small messages a round trip. */
export const UNCONFIRMED_BYTES_MAX = 262_144;

/** What is kept for writers who do not wait. Beyond it, drop. */
export const UNCONFIRMED_BYTES_HARD_MAX = 33_554_432;

export class Outbox {
  readonly #counters: Counters;
  #unconfirmedBytes = 0;
  #room: Promise<void> | undefined;

  constructor(counters: Counters) {
    this.#counters = counters;
  }

  /** What the server has yet to confirm. */
  get unconfirmedBytes(): number {
    return this.#unconfirmedBytes;
  }

  /** Publishes one frame to every subject. Resolves, or returns undefined, when there is room for the next. */
  send(
    connection: NatsConnection,
    subjects: readonly string[],
    frame: Uint8Array,
  ): Promise<void> | undefined {
    for (const subject of subjects) {
      if (this.#unconfirmedBytes + frame.length > UNCONFIRMED_BYTES_HARD_MAX) {
        this.#counters.drop('unsent');
        continue;
      }
      this.#unconfirmedBytes += frame.length;
      try {
        connection.publish(subject, frame);
        this.#counters.departed(INTERFACE_NAME, frame.length);
      } catch {
        // It has closed, or is another server's now that takes less.
        this.#counters.drop('unsent');
      }
    }
    if (this.#room !== undefined) return this.#room;
    if (this.#unconfirmedBytes < UNCONFIRMED_BYTES_MAX) return undefined;
    return (this.#room = this.#confirm(connection));
  }

  async #confirm(connection: NatsConnection): Promise<void> {
    const bytes = this.#unconfirmedBytes;
    // What a lost connection had not confirmed is lost, and takes no room any more.
    await connection.flush().catch(() => {});
    this.#unconfirmedBytes -= bytes;
    this.#room = undefined;
  }
}
