/**
 * The peers of one interval, the longest silent first. They share one patience, so whoever was heard first is overdue
 * first, and the list is all the expiry there is.
 */

import { Chain } from './chain.ts';
import type { Peer } from './peer.ts';

export class SilenceList {
  readonly intervalMs: number;
  /** Peers of this interval, parked ones too. */
  size = 0;
  readonly #ordered = new Chain<Peer>();
  /**
   * Peers that others have heard, at some time in the past. They are put in their places together, by one walk along
   * the list with the next look at it: a walk for each would take time by the square of their number.
   */
  #unordered: Peer[] = [];

  constructor(intervalMs: number) {
    this.intervalMs = intervalMs;
  }

  /** Takes in a peer that was heard no earlier than those that were appended before. */
  append(peer: Peer): void {
    this.size++;
    peer.silence = 'ordered';
    this.#ordered.append(peer);
  }

  /** Takes in a peer that was heard at any time. */
  insert(peer: Peer): void {
    if (peer.heardAt >= (this.#ordered.last?.heardAt ?? -Infinity)) return this.append(peer);
    this.size++;
    peer.silence = 'unordered';
    this.#unordered.push(peer);
  }

  remove(peer: Peer): void {
    this.park(peer);
    this.size--;
  }

  /** Overlooks a peer until it is removed or unparked. */
  park(peer: Peer): void {
    if (peer.silence === 'ordered') this.#ordered.remove(peer);
    peer.silence = 'parked';
  }

  unpark(peer: Peer): void {
    if (peer.silence !== 'parked') return;
    this.size--;
    this.insert(peer);
  }

  /** The peer that has been silent for longest, parked ones aside; the next is its `later`. */
  first(): Peer | undefined {
    if (this.#unordered.length > 0) this.#putInOrder();
    return this.#ordered.first;
  }

  #putInOrder(): void {
    const latestFirst = this.#unordered.toSorted((a, b) => b.heardAt - a.heardAt);
    this.#unordered = [];
    let earlier = this.#ordered.last;
    for (const peer of latestFirst) {
      // It may have been heard meanwhile, or have gone; and then have come back, so that it stands here twice.
      if (peer.silence !== 'unordered' || peer.intervalMs !== this.intervalMs) continue;
      while (earlier !== undefined && earlier.heardAt > peer.heardAt) earlier = earlier.earlier;
      this.#ordered.insert(peer, earlier);
      peer.silence = 'ordered';
    }
  }
}
