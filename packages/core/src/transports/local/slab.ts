/** Memory for messages. */

import { markAsUntransferable } from 'node:worker_threads';

/** Node's own pool has this size: a small message that is kept holds on to no more than that. */
const SLAB_BYTES = 8 * 1024;

/** Larger messages have memory of their own. */
const SMALL_BYTES_MAX = 1024;

/**
 * Gives each message its place and never the same one twice. Small ones share a slab, because the system takes longer
 * for a piece of memory of 100 bytes than all else takes; not more of them than one should keep for the sake of one.
 */
export class Slab {
  #buffer: ArrayBuffer | undefined;
  #used = 0;

  allocate(length: number): Uint8Array {
    if (length > SMALL_BYTES_MAX) return new Uint8Array(length);
    if (this.#buffer === undefined || this.#used + length > SLAB_BYTES) {
      this.#buffer = new ArrayBuffer(SLAB_BYTES);
      // Who transfers one message to a worker must not take its neighbours along.
      markAsUntransferable(this.#buffer);
      this.#used = 0;
    }
    const place = new Uint8Array(this.#buffer, this.#used, length);
    this.#used += length;
    return place;
  }
}
