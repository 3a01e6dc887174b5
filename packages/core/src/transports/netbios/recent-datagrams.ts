/** Copies of one datagram: a computer with two interfaces on one wire hears each broadcast by both, and by both sockets. */

import { LRUCache } from 'lru-cache';

import type { Clock } from '../../clock.ts';
import type { Endpoint } from './name-transactions.ts';

/** As long as Netlogon takes two equal mailslot writes for one. */
export const COPY_MS = 2_000;

/** More in that time than a classic network says. With 594 bytes each, 150 kB. */
export const RECENT_MAX = 256;

export class RecentDatagrams {
  readonly #bodies: LRUCache<string, Uint8Array>;

  constructor(clock: Clock) {
    this.#bodies = new LRUCache({ max: RECENT_MAX, ttl: COPY_MS, ttlResolution: 0, perf: clock });
  }

  /** False the first time. Only equal bytes under an equal id are a copy: some programs have one id for all they send. */
  isCopy({ address, port }: Endpoint, id: number, body: Uint8Array): boolean {
    const key = `${address}:${port} ${id}`;
    const before = this.#bodies.get(key);
    if (before !== undefined && Buffer.compare(before, body) === 0) return true;
    this.#bodies.set(key, new Uint8Array(body));
    return false;
  }
}
