/** Makes whole what came in fragments (RFC 1002 section 5.3.3). Neither Windows nor Samba sends any; RFC 1002 allows two. */

import { LRUCache } from 'lru-cache';

import type { Clock } from '../../clock.ts';
import type { DatagramPacket } from './datagram-packet.ts';

/** FRAGMENT_TO (RFC 1002 section 6). */
export const FRAGMENT_MS = 2_000;

/** Datagrams of which a part is missing. With {@link BODY_BYTES_MAX} each, less than 100 kB. */
export const PARTIALS_MAX = 64;

/** Both names with the longest scopes and the 512 bytes of a mailslot write are 1 022: nothing needs more. */
export const BODY_BYTES_MAX = 1_472;

export class DatagramFragments {
  readonly #clock: Clock;
  readonly #gaveUp: () => void;
  /** The first part of each, and what has joined it since; made for the first fragment, which most networks never see. */
  #partials: LRUCache<string, Uint8Array> | undefined;

  /** `gaveUp` is called once for each datagram of which a part did not come. */
  constructor(clock: Clock, gaveUp: () => void) {
    this.#clock = clock;
    this.#gaveUp = gaveUp;
  }

  /** Datagrams of which a part is missing. */
  get size(): number {
    return this.#partials?.size ?? 0;
  }

  /** Takes a packet from `address`, the one it came from. The body if it is whole now; undefined if it is not. */
  add(packet: DatagramPacket, address: string): Uint8Array | undefined {
    const { first, more, offset, part, length, id } = packet;
    if (length > BODY_BYTES_MAX) return this.#giveUp();
    if (first && !more) return part;
    const partials = (this.#partials ??= this.#open());
    const key = `${address} ${id}`;
    const before = first ? new Uint8Array() : partials.get(key);
    // Parts in another order, or a second without a first, are discarded.
    if (before?.length !== offset) return this.#giveUp();
    const body = Buffer.concat([before, part]);
    if (more) {
      partials.set(key, body);
      return undefined;
    }
    partials.delete(key);
    return body.length === length ? body : this.#giveUp();
  }

  #open(): LRUCache<string, Uint8Array> {
    return new LRUCache({
      max: PARTIALS_MAX,
      ttl: FRAGMENT_MS,
      ttlResolution: 0,
      perf: this.#clock,
      // A part that joins does not lengthen the wait.
      noUpdateTTL: true,
      disposeAfter: (_, __, reason) => {
        if (reason === 'evict' || reason === 'expire') this.#gaveUp();
      },
    });
  }

  #giveUp(): undefined {
    this.#gaveUp();
  }
}
