import { describe, expect, test } from 'vitest';

import { RECEIVE_BUFFER_BYTES, ReceiveBuffer, truesize } from '../src/simulation/receive-buffer.ts';

function fill(bytes: number): number {
  const buffer = new ReceiveBuffer<number>(RECEIVE_BUFFER_BYTES);
  let count = 0;
  while (buffer.push(count, bytes)) count++;
  return count;
}

describe('a receive buffer', () => {
  test('of the default size holds as many datagrams as were counted on Linux', () => {
    expect([fill(200), fill(1200)]).toEqual([166, 92]);
  });

  test('counts a datagram with what the kernel keeps about it, in blocks of powers of two', () => {
    const sizes = [0, 128, 129, 640, 641, 1664, 1665];
    expect(sizes.map(truesize)).toEqual([768, 768, 1280, 1280, 2304, 2304, 4352]);
  });

  test('gives out what came first, and has all its room again once it is empty', () => {
    const buffer = new ReceiveBuffer<number>(3 * truesize(100));
    for (let round = 0; round < 3; round++) {
      expect([1, 2, 3, 4].map((item) => buffer.push(item, 100))).toEqual([true, true, true, false]);
      expect([1, 2, 3, 4].map(() => buffer.shift())).toEqual([1, 2, 3, undefined]);
      expect(buffer.isEmpty).toBe(true);
    }
    buffer.push(5, 100);
    buffer.clear();
    expect(buffer.shift()).toBeUndefined();
  });
});
