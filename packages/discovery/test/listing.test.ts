import { seededRandom } from '@mailslot/core/testing';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { RunningDigest } from '../src/presence/digest.ts';
import { Listing } from '../src/presence/listing.ts';
import type { PeerKey } from '../src/presence/peer-id.ts';
import { bucketOf, EVERYWHERE, positionOf } from '../src/presence/position.ts';
import { drawKeys } from './support/transfer.ts';

const NONE: ReadonlySet<number> = new Set();

/** Ids drawn by chance, and some of one position that only octets before and after tell apart. */
const KEYS = [
  ...drawKeys(20, seededRandom(5)),
  ...['a', 'b', 'c'].flatMap((end) =>
    ['\u0001', '\u0002'].map((start) => `${start}${end.padStart(15, 'x')}`),
  ),
];

function ordered(keys: Iterable<PeerKey>): PeerKey[] {
  return Array.from(keys).toSorted((a, b) => positionOf(a) - positionOf(b) || (a < b ? -1 : 1));
}

describe('a listing', () => {
  test('holds what was set and not deleted since, and the digest of just that', () => {
    const changes = fc.array(
      fc.record({ key: fc.constantFrom(...KEYS), revision: fc.option(fc.nat(3)) }),
      { maxLength: 80 },
    );
    fc.assert(
      fc.property(changes, (changes) => {
        const listing = new Listing();
        const model = new Map<PeerKey, number>();
        for (const { key, revision } of changes) {
          if (revision === null) listing.delete(key);
          else listing.set(key, revision);
          if (revision === null) model.delete(key);
          else model.set(key, revision);
        }
        const digest = new RunningDigest();
        for (const [key, revision] of model) digest.add(key, revision);
        expect([...listing.keys(EVERYWHERE, NONE)]).toEqual(ordered(model.keys()));
        expect(listing.digest).toEqual(digest.value);
        expect(listing.fingerprints).toEqual(digest.fingerprints);
      }),
    );
  });

  test('gives the peers of a range, both ends included, without the buckets left out', () => {
    const keys = drawKeys(300, seededRandom(8));
    const listing = new Listing();
    for (const key of keys) listing.set(key, 0);
    const ends = fc.oneof(fc.nat(0xffff_ffff), fc.constantFrom(...keys.map(positionOf)));
    const buckets = fc.array(fc.nat(15), { maxLength: 8 });
    fc.assert(
      fc.property(ends, ends, buckets, (a, b, leftOut) => {
        const range = { first: Math.min(a, b), last: Math.max(a, b) };
        const expected = ordered(keys).filter((key) => {
          const position = positionOf(key);
          if (leftOut.includes(bucketOf(position))) return false;
          return range.first <= position && position <= range.last;
        });
        expect([...listing.keys(range, new Set(leftOut))]).toEqual(expected);
      }),
    );
  });
});
