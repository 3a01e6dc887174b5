/**
 * What stands for a list of peers: a count and a sum of hashes. Equal digests, equal lists, but for a chance of 1 in
 * 2⁶⁴; and a change of one peer changes the digest in a microsecond, however long the list.
 */

import { hash } from 'node:crypto';

import { ByteReader, type ByteWriter } from '@mailslot/core/internal';

import { PEER_ID_BYTES, type PeerKey, writePeerKey } from './peer-id.ts';
import { BUCKETS, bucketOf, positionOf } from './position.ts';

/** The fingerprint is a number of 64 bits, in two halves: a `bigint` would be made anew for each change. */
export interface Digest {
  readonly count: number;
  readonly high: number;
  readonly low: number;
}

/** A fingerprint for each bucket of positions: the high half, then the low half. */
export type Fingerprints = Uint32Array;

export const DIGEST_BYTES = 12;
export const FINGERPRINTS_BYTES: number = BUCKETS * 8;

export function sameDigest(a: Digest, b: Digest): boolean {
  return a.count === b.count && a.high === b.high && a.low === b.low;
}

export function writeDigest(writer: ByteWriter, { count, high, low }: Digest): void {
  writer.uint32(count).uint32(high).uint32(low);
}

/** Reads a value of {@link DIGEST_BYTES}. */
export function readDigest(value: Uint8Array): Digest {
  const reader = new ByteReader(value);
  return {
    count: reader.uint32('a count of peers'),
    high: reader.uint32('a fingerprint'),
    low: reader.uint32('a fingerprint'),
  };
}

export function writeFingerprints(writer: ByteWriter, fingerprints: Fingerprints): void {
  for (const half of fingerprints) writer.uint32(half);
}

/** Reads a value of {@link FINGERPRINTS_BYTES}. */
export function readFingerprints(value: Uint8Array): Fingerprints {
  const reader = new ByteReader(value);
  return Uint32Array.from({ length: 2 * BUCKETS }, () => reader.uint32('a fingerprint'));
}

/** The buckets that both have the same fingerprints for. */
export function sameBuckets(a: Fingerprints, b: Fingerprints): Set<number> {
  const same = new Set<number>();
  for (let bucket = 0; bucket < BUCKETS; bucket++) {
    const at = 2 * bucket;
    if (a[at] === b[at] && a[at + 1] === b[at + 1]) same.add(bucket);
  }
  return same;
}

/** The digest of a list that changes. It does not know who is in the list: see `Listing`. */
export class RunningDigest {
  readonly #fingerprints: Fingerprints = new Uint32Array(2 * BUCKETS);
  /** An id and a revision. */
  readonly #hashed = new Uint8Array(PEER_ID_BYTES + 2);
  #count = 0;

  /** The sum of all buckets, modulo 2⁶⁴. */
  get value(): Digest {
    let high = 0;
    let low = 0;
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      high += this.#fingerprints[2 * bucket]!;
      low += this.#fingerprints[2 * bucket + 1]!;
    }
    return { count: this.#count, high: (high + Math.floor(low / 2 ** 32)) >>> 0, low: low >>> 0 };
  }

  /** As they are now, and not as they become. */
  get fingerprints(): Fingerprints {
    return this.#fingerprints.slice();
  }

  add(key: PeerKey, revision: number): void {
    this.#count++;
    this.#sum(key, revision, 1);
  }

  remove(key: PeerKey, revision: number): void {
    this.#count--;
    this.#sum(key, revision, -1);
  }

  /** Adds or takes away the first 64 bits of SHA-256 of the id and the revision. */
  #sum(key: PeerKey, revision: number, sign: 1 | -1): void {
    writePeerKey(key, this.#hashed, 0);
    this.#hashed[PEER_ID_BYTES] = revision >>> 8;
    this.#hashed[PEER_ID_BYTES + 1] = revision;
    // Three times as fast as the bytes of a `Hash`: nothing is made but a string.
    const hex = hash('sha256', this.#hashed);
    const at = 2 * bucketOf(positionOf(key));
    const low = this.#fingerprints[at + 1]! + sign * parseInt(hex.slice(8, 16), 16);
    const carry = Math.floor(low / 2 ** 32);
    // The array takes both modulo 2³².
    this.#fingerprints[at] = this.#fingerprints[at]! + sign * parseInt(hex.slice(0, 8), 16) + carry;
    this.#fingerprints[at + 1] = low;
  }
}
