/** Knows the copies of a message that came by several networks: what NET SEND sends to a domain goes out on each. */

import type { Clock } from '@mailslot/core';

/** Copies come within milliseconds of each other; a person takes longer to say the same again. */
const COPIES_MS = 2000;

/** Messages remembered. More in two seconds are a flood, of which a copy more is no loss. */
export const REMEMBERED_MAX = 256;

interface Heard {
  readonly at: number;
  /** How many came by each way. */
  readonly byWay: Map<string, number>;
}

export class Copies {
  readonly #clock: Clock;
  /** By what they say; the oldest first. */
  readonly #heard = new Map<string, Heard>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Whether a message is to be shown. Nothing on the wire tells a copy from the same words said twice, except that
   * whoever says them twice is heard twice by one way: the n-th that comes by a way is new if no other has brought n.
   */
  isNew(words: string, way: string): boolean {
    const now = this.#clock.now();
    this.#forget(now);
    const { byWay } = this.#heard.get(words) ?? this.#remember(words, now);
    const shown = Math.max(0, ...byWay.values());
    const count = (byWay.get(way) ?? 0) + 1;
    byWay.set(way, count);
    return count > shown;
  }

  #remember(words: string, at: number): Heard {
    const heard: Heard = { at, byWay: new Map() };
    this.#heard.set(words, heard);
    return heard;
  }

  #forget(now: number): void {
    for (const [words, { at }] of this.#heard) {
      if (now - at < COPIES_MS && this.#heard.size < REMEMBERED_MAX) return;
      this.#heard.delete(words);
    }
  }
}
