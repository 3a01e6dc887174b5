/** All peers that are listed, by position, and the digest of them: what others may ask us for. */

import { type Digest, type Fingerprints, RunningDigest } from './digest.ts';
import type { PeerKey } from './peer-id.ts';
import { bucketOf, positionOf, type Range } from './position.ts';

/** Peers are kept in drawers by the top 8 bits of their position: to add one moves the others of its drawer alone. */
const DRAWERS = 256;

interface Card {
  readonly key: PeerKey;
  readonly position: number;
  revision: number;
}

export class Listing {
  readonly #digest = new RunningDigest();
  /** Each in ascending order of positions. */
  readonly #drawers: readonly Card[][] = Array.from({ length: DRAWERS }, () => []);

  get digest(): Digest {
    return this.#digest.value;
  }

  get fingerprints(): Fingerprints {
    return this.#digest.fingerprints;
  }

  /** Lists a peer with a revision of its record, in place of any other revision. */
  set(key: PeerKey, revision: number): void {
    const { drawer, at } = this.#find(key);
    const card = drawer[at];
    if (card?.key !== key) {
      drawer.splice(at, 0, { key, position: positionOf(key), revision });
    } else if (card.revision !== revision) {
      this.#digest.remove(key, card.revision);
      card.revision = revision;
    } else {
      return;
    }
    this.#digest.add(key, revision);
  }

  /** Lists a peer no longer. */
  delete(key: PeerKey): void {
    const { drawer, at } = this.#find(key);
    const card = drawer[at];
    if (card?.key !== key) return;
    drawer.splice(at, 1);
    this.#digest.remove(key, card.revision);
  }

  /** Who comes next in order of positions, the first one after the last; undefined if nobody else is listed. */
  after(key: PeerKey): PeerKey | undefined {
    const { drawer, at } = this.#find(key);
    const next = drawer[drawer[at]?.key === key ? at + 1 : at];
    if (next !== undefined) return next.key;
    const number = this.#drawers.indexOf(drawer);
    for (let step = 1; step <= DRAWERS; step++) {
      const first = this.#drawers[(number + step) % DRAWERS]![0];
      if (first !== undefined) return first.key === key ? undefined : first.key;
    }
    return undefined;
  }

  /** Who is listed in a range, in order of positions, leaving out whole buckets. */
  *keys({ first, last }: Range, leftOut: ReadonlySet<number>): Generator<PeerKey> {
    for (let number = first >>> 24; number <= last >>> 24; number++) {
      const drawer = this.#drawers[number]!;
      if (drawer.length === 0 || leftOut.has(bucketOf(drawer[0]!.position))) continue;
      for (const { key, position } of drawer) {
        if (position >= first && position <= last) yield key;
      }
    }
  }

  /** Where the card of a peer is in its drawer, or belongs. */
  #find(key: PeerKey): { drawer: Card[]; at: number } {
    const position = positionOf(key);
    const drawer = this.#drawers[position >>> 24]!;
    let at = 0;
    for (let end = drawer.length; at < end;) {
      const middle = (at + end) >>> 1;
      if (before(drawer[middle]!, position, key)) at = middle + 1;
      else end = middle;
    }
    return { drawer, at };
  }
}

/** Ids of one position are told apart, and ordered, as a whole. */
function before(card: Card, position: number, key: PeerKey): boolean {
  return card.position < position || (card.position === position && card.key < key);
}
