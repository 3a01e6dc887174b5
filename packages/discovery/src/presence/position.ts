/** Where a peer stands in a list that travels in parts: by 32 random bits of its id. */

import type { PeerKey } from './peer-id.ts';

/** Parts of a list that are compared by a fingerprint of each. */
export const BUCKETS = 16;

const POSITION_MAX = 0xffff_ffff;

/** All positions from the first to the last, both included. */
export interface Range {
  readonly first: number;
  readonly last: number;
}

export const EVERYWHERE: Range = { first: 0, last: POSITION_MAX };

/** The octets 1 to 4 of an id: all their bits are random, while two of octet 0 are zero. */
export function positionOf(key: PeerKey): number {
  const low = (key.charCodeAt(2) << 16) | (key.charCodeAt(3) << 8) | key.charCodeAt(4);
  return ((key.charCodeAt(1) << 24) | low) >>> 0;
}

/** The four top bits of a position. */
export function bucketOf(position: number): number {
  return position >>> 28;
}

/** What a set of ranges covers. */
export class Coverage {
  /** Ascending; no two touch. */
  #ranges: readonly Range[] = [];

  /** How many pieces it is in. */
  get pieces(): number {
    return this.#ranges.length;
  }

  get isComplete(): boolean {
    return this.gaps(1).length === 0;
  }

  /** Covers one more range. False if that was covered already. */
  add({ first, last }: Range): boolean {
    if (this.#ranges.some((range) => range.first <= first && last <= range.last)) return false;
    const before = this.#ranges.filter((range) => range.last + 1 < first);
    const after = this.#ranges.filter((range) => last + 1 < range.first);
    const touched = this.#ranges.slice(before.length, this.#ranges.length - after.length);
    const joined = {
      first: Math.min(first, touched.at(0)?.first ?? first),
      last: Math.max(last, touched.at(-1)?.last ?? last),
    };
    this.#ranges = [...before, joined, ...after];
    return true;
  }

  /** The first `max` ranges that are not covered. */
  gaps(max: number): Range[] {
    const gaps: Range[] = [];
    let first = EVERYWHERE.first;
    for (const range of [...this.#ranges, { first: POSITION_MAX + 1, last: POSITION_MAX + 1 }]) {
      if (gaps.length === max) break;
      if (first < range.first) gaps.push({ first, last: range.first - 1 });
      first = range.last + 1;
    }
    return gaps;
  }

  clear(): void {
    this.#ranges = [];
  }
}
