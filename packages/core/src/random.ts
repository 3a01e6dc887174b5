/** The only source of chance. Everything that draws lots takes a {@link Random}. */

import { randomFillSync } from 'node:crypto';

export interface Random {
  /** A number in [0, 1). */
  next(): number;
  /** `size` random bytes. */
  bytes(size: number): Uint8Array;
}

/** The operating system's own randomness: identities may be drawn from it. */
export const systemRandom: Random = {
  next: nextOfBlock,
  bytes: (size) => randomFillSync(new Uint8Array(size)),
};

/** Drawn in blocks: to ask the system for each number alone costs twenty times as much. */
const block = new Uint32Array(64);
let left = 0;

function nextOfBlock(): number {
  if (left === 0) left = randomFillSync(block).length;
  return block[--left]! / 2 ** 32;
}

/** The same sequence for the same seed (mulberry32). For simulations; never for secrets. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  const uint32 = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
  return {
    next: () => uint32() / 2 ** 32,
    bytes: (size) => Uint8Array.from({ length: size }, () => uint32() & 0xff),
  };
}

/** A number drawn evenly from [low, high). */
export function uniform(random: Random, low: number, high: number): number {
  return low + (high - low) * random.next();
}
