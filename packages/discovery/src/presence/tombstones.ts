/** Peers that went: what they sent before may still be on its way and must not bring them back. */

import { LRUCache } from 'lru-cache';

import type { PeerKey } from './peer-id.ts';
import { isNewer } from './sequence-window.ts';

/** A quarter of the peers a roster holds, 150 bytes each. */
export const TOMBSTONES_MAX = 4096;

/** Strangers that come and go, as invented ones do, push out the tombstones of each other only. */
export const STRANGER_TOMBSTONES_MAX = 1024;

/** How long a tombstone stands at least: far longer than any network holds a datagram back. */
export const TOMBSTONE_MS_MIN = 60_000;

interface Tombstone {
  /** Of the last datagram, or one that nobody has heard a newer one than. */
  readonly sequence: number;
  readonly buriedAt: number;
}

type Graves = LRUCache<PeerKey, Tombstone>;

export class Tombstones {
  readonly #now: () => number;
  /** Made for the first who goes: a cache takes its room at once, which would delay a newcomer by milliseconds. */
  #residents: Graves | undefined;
  #strangers: Graves | undefined;

  /** `now`: the monotonic clock, never 0. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** How many stand at most by now; those that are outdated count until their room is needed. */
  get size(): number {
    return (this.#residents?.size ?? 0) + (this.#strangers?.size ?? 0);
  }

  /** Remembers that a peer went with, or after, this datagram; for at least `ttlMs`. */
  bury(key: PeerKey, sequence: number, ttlMs: number, stranger: boolean): void {
    if (stranger) this.#strangers ??= this.#graves(STRANGER_TOMBSTONES_MAX);
    else this.#residents ??= this.#graves(TOMBSTONES_MAX);
    const graves = stranger ? this.#strangers! : this.#residents!;
    const buriedAt = this.#now();
    graves.set(key, { sequence, buriedAt }, { ttl: Math.max(TOMBSTONE_MS_MIN, ttlMs) });
  }

  /** When the peer went; `-Infinity` if that is long ago, or never was. */
  buriedAt(key: PeerKey): number {
    return this.#find(key)?.buriedAt ?? -Infinity;
  }

  /** True if the peer went after it had sent this datagram. */
  covers(key: PeerKey, sequence: number): boolean {
    const tombstone = this.#find(key);
    return tombstone !== undefined && !isNewer(sequence, tombstone.sequence);
  }

  /** A peer that went sent this after all that is known of it, and goes once more. */
  renew(key: PeerKey, sequence: number): void {
    for (const graves of [this.#residents, this.#strangers]) {
      const tombstone = graves?.get(key);
      if (tombstone !== undefined && isNewer(sequence, tombstone.sequence)) {
        graves!.set(key, { ...tombstone, sequence }, { ttl: TOMBSTONE_MS_MIN });
      }
    }
  }

  /** The peer lives after all. */
  open(key: PeerKey): void {
    this.#residents?.delete(key);
    this.#strangers?.delete(key);
  }

  #find(key: PeerKey): Tombstone | undefined {
    return this.#residents?.get(key) ?? this.#strangers?.get(key);
  }

  #graves(max: number): Graves {
    return new LRUCache({ max, ttl: TOMBSTONE_MS_MIN, ttlResolution: 0, perf: { now: this.#now } });
  }
}
