/** Tells copies of a datagram from the first, whichever ways they came: by several interfaces, or by several bridges. */

import { createHash } from 'node:crypto';

import type { Datagram } from '@mailslot/core/internal';

/** How long a copy is known for one, at least: the ways of one datagram differ by less. */
export const COPY_MS = 2_000;

/** Datagrams remembered in each of two generations: three seconds of all that a bridge passes on; some 2 MB. */
export const COPIES_MAX = 16_384;

export class RecentCopies<Fate> {
  #younger = new Map<string, Fate>();
  #elder = new Map<string, Fate>();
  #turnedAt = -Infinity;

  /** What was noted of the first copy of a datagram; undefined if this is the first. */
  fateOf(datagram: Datagram): Fate | undefined {
    const key = keyOf(datagram);
    return this.#younger.get(key) ?? this.#elder.get(key);
  }

  note(datagram: Datagram, fate: Fate, now: number): void {
    if (now - this.#turnedAt >= COPY_MS || this.#younger.size >= COPIES_MAX) {
      this.#elder = this.#younger;
      this.#younger = new Map();
      this.#turnedAt = now;
    }
    this.#younger.set(keyOf(datagram), fate);
  }
}

/** With what it says: anyone can forge a number, and is not to silence by that whom it belongs to. */
function keyOf({ station, sequence, slot, data }: Datagram): string {
  const name = `${station}${sequence} ${slot} `;
  return createHash('sha256').update(name).update(data).digest('base64');
}
