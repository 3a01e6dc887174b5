/** A list cut into pages. */

import type { Listing } from './listing.ts';
import type { PeerKey } from './peer-id.ts';
import { positionOf, type Range } from './position.ts';

/** What a page says, before it is known how many follow. */
export interface Sheet {
  readonly range: Range;
  readonly entries: readonly Uint8Array[];
}

export interface PaginateOptions {
  readonly listing: Listing;
  /** In ascending order. */
  readonly ranges: readonly Range[];
  /** Buckets that are covered without being listed. */
  readonly leftOut: ReadonlySet<number>;
  /** A peer's entry; undefined if it is not to be told of. */
  readonly entry: (key: PeerKey) => Uint8Array | undefined;
  /** For the entries of one page; no entry has more. */
  readonly pageBytesMax: number;
  readonly pagesMax: number;
}

/** As many pages as may be, from the first range on. */
export function paginate(options: PaginateOptions): Sheet[] {
  const sheets: Sheet[] = [];
  for (const { first, last } of options.ranges) {
    for (let next = first; next <= last && sheets.length < options.pagesMax;) {
      const sheet = fill({ first: next, last }, options);
      sheets.push(sheet);
      next = sheet.range.last + 1;
    }
  }
  return sheets;
}

/**
 * One page of a range: all of it, or up to where the next page has to begin.
 *
 * Peers of one position stay together, since a range cannot end between them. Only if they fill more than a page are
 * some left out: nobody draws such ids by chance.
 */
function fill(range: Range, { listing, leftOut, entry, pageBytesMax }: PaginateOptions): Sheet {
  const entries: Uint8Array[] = [];
  let bytesLeft = pageBytesMax;
  let position = -1;
  /** Entries before the ones of this position. */
  let before = 0;
  for (const key of listing.keys(range, leftOut)) {
    if (positionOf(key) !== position) {
      position = positionOf(key);
      before = entries.length;
    }
    const bytes = entry(key);
    if (bytes === undefined) continue;
    if (bytes.length <= bytesLeft) {
      entries.push(bytes);
      bytesLeft -= bytes.length;
    } else if (before > 0) {
      const covered = { first: range.first, last: position - 1 };
      return { range: covered, entries: entries.slice(0, before) };
    }
  }
  return { range, entries };
}
