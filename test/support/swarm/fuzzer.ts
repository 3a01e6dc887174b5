/** Makes hostile datagrams out of real ones, and some out of nothing. */

import type { Random } from '@mailslot/core';

const BYTES_MAX = 1300;

type Distortion = (bytes: Uint8Array, random: Random, other: Uint8Array) => Uint8Array;

/** What a datagram is made into. */
const DISTORTIONS: readonly Distortion[] = [
  // One bit, or one byte, is another.
  (bytes, random) =>
    changed(bytes, at(random, bytes.length), (byte) => byte ^ (1 << at(random, 8))),
  (bytes, random) => changed(bytes, at(random, bytes.length), () => at(random, 256)),
  // The header, where it hurts most: type, flags, interval, id, sequence, revision, count.
  (bytes, random) => changed(bytes, at(random, 32), () => at(random, 256)),
  (bytes, random) => changed(bytes, 1, () => at(random, 8)),
  (bytes, random) => changed(bytes, 2, () => at(random, 256)),
  (bytes) => changed(bytes, 3, () => 255),
  (bytes, random) =>
    [24, 25, 26, 27].reduce((made, place) => changed(made, place, () => at(random, 256)), bytes),
  // Lengths: cut short, run on, a length in the body that is too great or none.
  (bytes, random) => bytes.slice(0, at(random, bytes.length)),
  (bytes, random) => joined(bytes, random.bytes(at(random, 64))),
  (bytes, random) =>
    changed(bytes, 33 + at(random, bytes.length), () => (random.next() < 0.5 ? 0 : 255)),
  // The head of one with the body of another; the body twice.
  (bytes, _, other) => joined(bytes.subarray(0, 32), other.subarray(32)),
  (bytes) => joined(bytes, bytes.subarray(32)),
  // Noise behind a true head; noise.
  (bytes, random) => joined(bytes.subarray(0, 32), random.bytes(at(random, 300))),
  (_, random) => random.bytes(at(random, BYTES_MAX)),
];

/** One of the real ones, distorted up to three times; now and then as it was. */
export function fuzzed(real: readonly Uint8Array[], random: Random): Uint8Array {
  let bytes = real[at(random, real.length)]!;
  for (let times = at(random, 4); times > 0; times--) {
    const distortion = DISTORTIONS[at(random, DISTORTIONS.length)]!;
    bytes = distortion(bytes, random, real[at(random, real.length)]!);
  }
  return bytes.slice(0, BYTES_MAX);
}

function at(random: Random, below: number): number {
  return Math.trunc(random.next() * below);
}

function changed(bytes: Uint8Array, place: number, change: (byte: number) => number): Uint8Array {
  const made = bytes.slice();
  if (place < made.length) made[place] = change(made[place]!);
  return made;
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  return Uint8Array.from([...a, ...b]);
}
