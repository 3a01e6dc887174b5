import { createHash } from 'node:crypto';

import { ByteWriter } from '@mailslot/core/internal';
import { seededRandom } from '@mailslot/core/testing';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import {
  type Digest,
  DIGEST_BYTES,
  type Fingerprints,
  FINGERPRINTS_BYTES,
  readDigest,
  readFingerprints,
  RunningDigest,
  sameBuckets,
  sameDigest,
  writeDigest,
  writeFingerprints,
} from '../src/presence/digest.ts';
import type { PeerKey } from '../src/presence/peer-id.ts';
import { bucketOf, BUCKETS, positionOf } from '../src/presence/position.ts';
import { drawKeys } from './support/transfer.ts';

const KEYS = drawKeys(50, seededRandom(3));

type Listed = readonly [key: PeerKey, revision: number];

const lists: fc.Arbitrary<Listed[]> = fc.uniqueArray(
  fc.tuple(fc.constantFrom(...KEYS), fc.nat(0xffff)),
  { selector: ([key]) => key },
);

/** What the protocol says the fingerprint is, in the plainest way. */
function fingerprintOf(list: readonly Listed[]): bigint {
  const sum = list.reduce((sum, [key, revision]) => {
    const id = Buffer.from(key, 'latin1');
    const bytes = Buffer.concat([id, Buffer.of(revision >>> 8, revision & 0xff)]);
    return sum + createHash('sha256').update(bytes).digest().readBigUInt64BE();
  }, 0n);
  return BigInt.asUintN(64, sum);
}

function wide(high: number, low: number): bigint {
  return (BigInt(high) << 32n) | BigInt(low);
}

function digestOf(list: readonly Listed[]): RunningDigest {
  const digest = new RunningDigest();
  for (const [key, revision] of list) digest.add(key, revision);
  return digest;
}

describe('a digest', () => {
  test('is the count and the sum of hashes of ids and revisions, modulo 2⁶⁴', () => {
    fc.assert(
      fc.property(lists, (list) => {
        const { count, high, low } = digestOf(list).value;
        expect(count).toBe(list.length);
        expect(wide(high, low)).toBe(fingerprintOf(list));
      }),
    );
  });

  test('has a sum of its own for each bucket', () => {
    fc.assert(
      fc.property(lists, fc.nat(BUCKETS - 1), (list, bucket) => {
        const inBucket = list.filter(([key]) => bucketOf(positionOf(key)) === bucket);
        const { fingerprints } = digestOf(list);
        const [high, low] = fingerprints.subarray(2 * bucket, 2 * bucket + 2);
        expect(wide(high!, low!)).toBe(fingerprintOf(inBucket));
      }),
    );
  });

  test('does not remember what was taken away again, nor in which order anything came', () => {
    fc.assert(
      fc.property(lists, lists, (stay, go) => {
        const digest = digestOf([...go, ...stay.toReversed()]);
        for (const [key, revision] of go) digest.remove(key, revision);
        expect(digest.value).toEqual(digestOf(stay).value);
        expect(digest.fingerprints).toEqual(digestOf(stay).fingerprints);
      }),
    );
  });

  test('differs if a peer or a revision does', () => {
    const [a, b] = [KEYS[0]!, KEYS[1]!];
    const digest = digestOf([[a, 1]]).value;
    expect(sameDigest(digest, digestOf([[a, 1]]).value)).toBe(true);
    expect(sameDigest(digest, digestOf([[a, 2]]).value)).toBe(false);
    expect(sameDigest(digest, digestOf([[b, 1]]).value)).toBe(false);
    expect(sameDigest(digest, { ...digest, count: 2 })).toBe(false);
    expect(sameDigest(digest, { ...digest, low: digest.low ^ 1 })).toBe(false);
  });

  test('hands out fingerprints that stay as they are', () => {
    const digest = new RunningDigest();
    const before = digest.fingerprints;
    digest.add(KEYS[0]!, 1);
    expect(before).toEqual(new Uint32Array(2 * BUCKETS));
    const bucket = bucketOf(positionOf(KEYS[0]!));
    const others = Array.from({ length: BUCKETS }, (_, at) => at).filter((at) => at !== bucket);
    expect([...sameBuckets(before, digest.fingerprints)]).toEqual(others);
  });
});

describe('on the wire', () => {
  const uint32 = fc.nat(0xffff_ffff);

  test('a digest has 12 bytes and comes back as it was', () => {
    const digests: fc.Arbitrary<Digest> = fc.record({ count: uint32, high: uint32, low: uint32 });
    fc.assert(
      fc.property(digests, (digest) => {
        const writer = new ByteWriter();
        writeDigest(writer, digest);
        expect(writer.length).toBe(DIGEST_BYTES);
        expect(readDigest(writer.finish())).toEqual(digest);
      }),
    );
  });

  test('fingerprints have 128 bytes and come back as they were', () => {
    const halves = fc.uint32Array({ minLength: 2 * BUCKETS, maxLength: 2 * BUCKETS });
    fc.assert(
      fc.property(halves, (fingerprints: Fingerprints) => {
        const writer = new ByteWriter();
        writeFingerprints(writer, fingerprints);
        expect(writer.length).toBe(FINGERPRINTS_BYTES);
        expect(readFingerprints(writer.finish())).toEqual(fingerprints);
      }),
    );
  });
});
