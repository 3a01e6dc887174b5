import { beforeEach, describe, expect, test } from 'vitest';

import {
  BODY_BYTES_MAX,
  DatagramFragments,
  FRAGMENT_MS,
  PARTIALS_MAX,
} from '../src/transports/netbios/datagram-fragments.ts';
import type { DatagramPacket } from '../src/transports/netbios/datagram-packet.ts';
import { VirtualClock } from '../src/virtual-clock.ts';

const ANN = '10.0.0.1';

let clock: VirtualClock;
let fragments: DatagramFragments;
let gaveUp: number;

beforeEach(() => {
  clock = new VirtualClock();
  gaveUp = 0;
  fragments = new DatagramFragments(clock, () => gaveUp++);
});

/** Part of a body of so many bytes, each of which is its offset. */
function part(id: number, start: number, end: number, length: number): DatagramPacket {
  const bytes = Uint8Array.from({ length: end - start }, (_, at) => start + at);
  const place = { first: start === 0, more: end < length, offset: start, length };
  return { kind: 'group', id, nodeType: 'B', address: ANN, port: 138, ...place, part: bytes };
}

const whole = (length: number): Uint8Array => Uint8Array.from({ length }, (_, at) => at);

describe('a datagram', () => {
  test('of one packet is whole at once', () => {
    expect(fragments.add(part(1, 0, 9, 9), ANN)).toEqual(whole(9));
  });

  test('of two, or more, is whole with the last', () => {
    expect(fragments.add(part(1, 0, 5, 12), ANN)).toBeUndefined();
    expect(fragments.add(part(2, 0, 3, 6), ANN)).toBeUndefined();
    expect(fragments.add(part(1, 5, 9, 12), ANN)).toBeUndefined();
    expect(new Uint8Array(fragments.add(part(1, 9, 12, 12), ANN)!)).toEqual(whole(12));
    expect(new Uint8Array(fragments.add(part(2, 3, 6, 6), ANN)!)).toEqual(whole(6));
    expect(gaveUp).toBe(0);
  });

  test('of two hosts is not mixed', () => {
    fragments.add(part(1, 0, 5, 9), ANN);
    expect(fragments.add(part(1, 5, 9, 9), '10.0.0.2')).toBeUndefined();
    expect(gaveUp).toBe(1);
  });

  test.each([
    ['a second without a first', [[5, 9]]],
    [
      'a gap',
      [
        [0, 4],
        [5, 9],
      ],
    ],
    [
      'parts in another order',
      [
        [5, 9],
        [0, 5],
      ],
    ],
    [
      'a part that comes twice',
      [
        [0, 5],
        [5, 7],
        [5, 7],
      ],
    ],
  ] as const)('with %s never becomes whole', (_, parts) => {
    for (const [start, end] of parts)
      expect(fragments.add(part(1, start, end, 9), ANN)).toBeUndefined();
    expect(gaveUp).toBe(1);
  });

  test('waits for its parts so long, and no longer', () => {
    fragments.add(part(1, 0, 5, 9), ANN);
    clock.advance(FRAGMENT_MS);
    expect(fragments.add(part(1, 5, 9, 9), ANN)).toHaveLength(9);
    fragments.add(part(1, 0, 5, 9), ANN);
    clock.advance(FRAGMENT_MS + 1);
    expect(fragments.add(part(1, 5, 9, 9), ANN)).toBeUndefined();
  });

  test('may be so large, and no larger', () => {
    expect(fragments.add(part(1, 0, BODY_BYTES_MAX, BODY_BYTES_MAX), ANN)).toHaveLength(
      BODY_BYTES_MAX,
    );
    const more = BODY_BYTES_MAX + 1;
    expect(fragments.add(part(1, 0, more, more), ANN)).toBeUndefined();
    expect(gaveUp).toBe(1);
  });

  test('is one of so many that wait, of which the oldest goes', () => {
    for (let id = 0; id <= PARTIALS_MAX; id++) fragments.add(part(id, 0, 5, 9), ANN);
    expect(gaveUp).toBe(1);
    expect(fragments.add(part(PARTIALS_MAX, 5, 9, 9), ANN)).toHaveLength(9);
    expect(fragments.add(part(0, 5, 9, 9), ANN)).toBeUndefined();
  });
});
