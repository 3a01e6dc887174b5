/** Tells copies of a datagram from the first, whichever ways they came: by several interfaces, or by several bridges. */

import { createHash } from 'node:crypto';

import { type Datagram } from '@mailslot/core/internal';

/** How long a copy is known for one, at least: the ways of one datagram differ by less. */
export const COPY_MS = 2_000;

/** Datagrams remembered in each of two generations: three seconds of all that a bridge passes on; some 2 MB. */
export const COPIES_MAX = 16_384;

export class RecentCopies {
  #younger = new Set<string>();
  #elder = new Set<string>();
  #turnedAt = -Infinity;

  /** True for the first copy of a datagram. */
  admit(datagram: Datagram, now: number): boolean {
    const key = keyOf(datagram);
    if (this.#younger.has(key) || this.#elder.has(key)) return false;
    if (now - this.#turnedAt >= COPY_MS || this.#younger.size >= COPIES_MAX) {
      this.#elder = this.#younger;
      this.#younger = new Set();
      this.#turnedAt = now;
    }
    this.#younger.add(key);
    return true;
  }
}

/** With what it says: anyone can forge a number, and is not to silence by that whom it belongs to. */
function keyOf({ station, sequence, slot, data }: Datagram): string {
  const name = `${station}${sequence} ${slot} `;
  return createHash('sha256').update(name).update(data).digest('base64');
}
