/** Peers that went: what they sent before may still be on its way and must not bring them back. */

import { LRUCache } from 'lru-cache';

import type { PeerKey } from './peer-id.ts';
import { isNewer } from './sequence-window.ts';

/** A quarter of the peers a roster holds, 150 bytes each. */
export const TOMBSTONES_MAX = 4096;

/** How long a tombstone stands at least: far longer than any network holds a datagram back. */
export const TOMBSTONE_MS_MIN = 60_000;

export class Tombstones {
  readonly #now: () => number;
  /** Made for the first who goes: a cache takes its room at once, which would delay a newcomer by milliseconds. */
  #last: LRUCache<PeerKey, number> | undefined;

  /** `now`: the monotonic clock, never 0. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Remembers that a peer went with, or after, this datagram; for at least `ttlMs`. */
  bury(key: PeerKey, sequence: number, ttlMs: number): void {
    this.#last ??= new LRUCache({
      max: TOMBSTONES_MAX,
      ttl: TOMBSTONE_MS_MIN,
      ttlResolution: 0,
      perf: { now: this.#now },
    });
    this.#last.set(key, sequence, { ttl: Math.max(TOMBSTONE_MS_MIN, ttlMs) });
  }

  /** True if the peer went after it had sent this datagram. */
  covers(key: PeerKey, sequence: number): boolean {
    const last = this.#last?.get(key);
    return last !== undefined && !isNewer(sequence, last);
  }

  /** A peer that went sent this after all that is known of it, and goes once more. */
  renew(key: PeerKey, sequence: number): void {
    const last = this.#last?.get(key);
    if (last !== undefined && isNewer(sequence, last)) this.bury(key, sequence, TOMBSTONE_MS_MIN);
  }

  /** The peer lives after all. */
  open(key: PeerKey): void {
    this.#last?.delete(key);
  }
}
