import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import {
  DATAGRAM_BYTES_MAX,
  encodeFrames,
  FRAGMENT_OVERHEAD_BYTES,
  FRAGMENTS_MAX,
  MESSAGE_BYTES_MAX,
  PARTIAL_OVERHEAD_BYTES,
  Reassembly,
  REASSEMBLY_BYTES_MAX,
  REASSEMBLY_MS_MAX,
  REASSEMBLY_SOURCE_BYTES_MAX,
} from '../src/transports/udp/fragments.ts';
import {
  decodeFrame,
  encodeHeader,
  type Fragment,
  type Frame,
} from '../src/transports/udp/frame.ts';
import { VirtualClock } from '../src/virtual-clock.ts';

const header = {
  slot: 'LOBBY',
  address: { kind: 'domain', tag: 1 },
  station: 'abcdef',
  from: 'ANN-PC',
} as const;

function message(size: number, seed: number = 0): Uint8Array {
  return Uint8Array.from({ length: size }, (_, at) => (at * 31 + seed) & 0xff);
}

/** The frames of a message, as a receiver decodes them. */
function fragmentsOf(data: Uint8Array, sequence: number = 1): Frame[] {
  return encodeFrames(encodeHeader(header), sequence, data).map(decodeFrame);
}

/** A fragment that anyone could make up. */
function forged(bytes: number, fragment: Fragment, sequence: number = 1): Frame {
  return { header, sequence, fragment, data: new Uint8Array(bytes) };
}

class Receiver {
  readonly clock = new VirtualClock();
  gaveUp = 0;
  readonly reassembly: Reassembly = new Reassembly(this.clock, () => this.gaveUp++);

  add(frame: Frame, source: string = 'udp:10.0.0.1:5000'): ReturnType<Reassembly['add']> {
    return this.reassembly.add(source, frame, frame.fragment!);
  }
}

describe('a message', () => {
  test('of one datagram is not cut, and of one byte more is', () => {
    const room = DATAGRAM_BYTES_MAX - encodeHeader(header).length;
    expect(fragmentsOf(message(room)).map((frame) => frame.fragment)).toEqual([undefined]);
    expect(fragmentsOf(message(room + 1)).map((frame) => frame.fragment)).toEqual([
      { index: 0, count: 2, total: room + 1 },
      { index: 1, count: 2, total: room + 1 },
    ]);
  });

  test('of the largest size takes fewer fragments than allowed, however long its names are', () => {
    const longest = encodeHeader({
      slot: 'S'.repeat(255),
      address: { kind: 'name', name: 'N'.repeat(63) },
      station: 'abcdef',
      from: 'F'.repeat(63),
    });
    const frames = encodeFrames(longest, 1, message(MESSAGE_BYTES_MAX));
    expect(frames.length).toBeLessThanOrEqual(FRAGMENTS_MAX);
    expect(frames.every((frame) => frame.length <= DATAGRAM_BYTES_MAX)).toBe(true);
  });

  test('becomes whole from its fragments in any order, with copies, among others', () => {
    const size = fc.integer({ min: 1_200, max: MESSAGE_BYTES_MAX });
    const order = fc.infiniteStream(fc.double({ noNaN: true }));
    fc.assert(
      fc.property(fc.array(size, { minLength: 1, maxLength: 4 }), order, (sizes, order) => {
        const receiver = new Receiver();
        const messages = sizes.map((size, sequence) => message(size, sequence));
        const once = messages.flatMap((data, sequence) => fragmentsOf(data, sequence));
        const arriving = [...once, ...once]
          .map((frame) => ({ frame, at: order.next().value }))
          .toSorted((a, b) => a.at - b.at);
        const whole = new Map<number, Uint8Array>();
        for (const { frame } of arriving) {
          const result = receiver.add(frame);
          if (!(result instanceof Uint8Array)) continue;
          expect(whole.has(frame.sequence)).toBe(false);
          whole.set(frame.sequence, result);
        }
        for (const [sequence, data] of messages.entries()) {
          expect(Buffer.compare(whole.get(sequence)!, data)).toBe(0);
        }
        expect(receiver.reassembly.bytes).toBe(0);
        expect(receiver.gaveUp).toBe(0);
      }),
      { numRuns: 30 },
    );
  });

  test('is kept apart from one of the same number that another source sends', () => {
    const receiver = new Receiver();
    const [first, last] = fragmentsOf(message(2_000));
    expect(receiver.add(first!, 'a')).toBeUndefined();
    expect(receiver.add(last!, 'b')).toBeUndefined();
    expect(receiver.add(last!, 'a')).toBeInstanceOf(Uint8Array);
  });

  test('with a fragment lost is given up after two seconds, not before', () => {
    const receiver = new Receiver();
    const [first, last] = fragmentsOf(message(2_000));
    receiver.add(first!);
    receiver.clock.advance(REASSEMBLY_MS_MAX - 1);
    receiver.reassembly.expire();
    expect(receiver.gaveUp).toBe(0);
    receiver.clock.advance(1);
    receiver.reassembly.expire();
    expect(receiver.gaveUp).toBe(1);
    expect(receiver.reassembly.bytes).toBe(0);
    expect(receiver.add(last!)).toBeUndefined();
  });

  test('that was whole is not begun anew by late copies of its fragments', () => {
    const receiver = new Receiver();
    const [first, last] = fragmentsOf(message(2_000));
    receiver.add(first!);
    receiver.add(last!);
    receiver.clock.advance(REASSEMBLY_MS_MAX);
    expect(receiver.add(first!)).toBe('duplicate');
    expect(receiver.reassembly.bytes).toBe(0);
  });
});

describe('a fragment', () => {
  test.each<[string, number, Fragment]>([
    ['of a message of one', 10, { index: 0, count: 1, total: 10 }],
    [
      'of more fragments than allowed',
      1,
      { index: 0, count: FRAGMENTS_MAX + 1, total: FRAGMENTS_MAX + 1 },
    ],
    [
      'of a message larger than allowed',
      33_000,
      { index: 0, count: 2, total: MESSAGE_BYTES_MAX + 1 },
    ],
    ['without data', 0, { index: 0, count: 2, total: 10 }],
    ['after which nothing is left', 10, { index: 0, count: 2, total: 10 }],
    ['larger than the message', 11, { index: 0, count: 2, total: 10 }],
    ['too small for the message', 4, { index: 0, count: 2, total: 10 }],
    ['at the end, larger than the others', 6, { index: 1, count: 2, total: 10 }],
    ['at the end, of others with half a byte', 3, { index: 2, count: 3, total: 10 }],
  ])('%s is malformed and occupies nothing', (_, bytes, fragment) => {
    const receiver = new Receiver();
    expect(receiver.add(forged(bytes, fragment))).toBe('malformed');
    expect(receiver.reassembly.bytes).toBe(0);
  });

  test('at each limit is taken', () => {
    const receiver = new Receiver();
    const most = { index: 0, count: FRAGMENTS_MAX, total: FRAGMENTS_MAX };
    expect(receiver.add(forged(1, most, 1))).toBeUndefined();
    const largest = { index: 0, count: 2, total: MESSAGE_BYTES_MAX };
    expect(receiver.add(forged(MESSAGE_BYTES_MAX / 2, largest, 2))).toBeUndefined();
  });

  test.each<[string, number, Fragment]>([
    ['count', 5, { index: 1, count: 3, total: 11 }],
    ['total', 5, { index: 1, count: 2, total: 10 }],
    ['size', 4, { index: 1, count: 2, total: 10 }],
  ])('that contradicts the earlier ones in its %s is malformed', (_, bytes, fragment) => {
    const receiver = new Receiver();
    expect(receiver.add(forged(6, { index: 0, count: 2, total: 11 }))).toBeUndefined();
    expect(receiver.add(forged(bytes, fragment))).toBe('malformed');
    expect(receiver.add(forged(5, { index: 1, count: 2, total: 11 }))).toHaveLength(11);
  });

  test('occupies what it brings, not what it claims', () => {
    const receiver = new Receiver();
    receiver.add(forged(600, { index: 0, count: 110, total: 65_536 }));
    expect(receiver.reassembly.bytes).toBe(600 + FRAGMENT_OVERHEAD_BYTES + PARTIAL_OVERHEAD_BYTES);
  });
});

describe('memory', () => {
  /** One of two fragments, so that a partial message occupies exactly 32 KiB. */
  const size = 32_768 - FRAGMENT_OVERHEAD_BYTES - PARTIAL_OVERHEAD_BYTES;
  const half: Fragment = { index: 0, count: 2, total: size + 1 };
  const otherHalf: Fragment = { index: 1, count: 2, total: size + 1 };

  test('of one source is full at 1 MiB, and then its oldest message goes', () => {
    const receiver = new Receiver();
    const messages = REASSEMBLY_SOURCE_BYTES_MAX / 32_768;
    for (let sequence = 0; sequence < messages; sequence++) {
      receiver.add(forged(size, half, sequence));
    }
    expect(receiver.reassembly.bytes).toBe(REASSEMBLY_SOURCE_BYTES_MAX);
    expect(receiver.gaveUp).toBe(0);
    receiver.add(forged(size, half, messages), 'another source');
    expect(receiver.gaveUp).toBe(0);

    receiver.add(forged(1, { index: 0, count: 2, total: 2 }, messages));
    expect(receiver.gaveUp).toBe(1);
    expect(receiver.add(forged(1, otherHalf, 1))).toHaveLength(size + 1);
    expect(receiver.add(forged(1, otherHalf, 0))).toBeUndefined();
  });

  test('of all sources is full at 8 MiB, and then the oldest message goes', () => {
    const receiver = new Receiver();
    const messages = REASSEMBLY_BYTES_MAX / 32_768;
    for (let at = 0; at < messages; at++) receiver.add(forged(size, half), `source ${at}`);
    expect(receiver.reassembly.bytes).toBe(REASSEMBLY_BYTES_MAX);
    expect(receiver.gaveUp).toBe(0);
    receiver.add(forged(1, { index: 0, count: 2, total: 2 }), 'one more');
    expect(receiver.gaveUp).toBe(1);
    expect(receiver.add(forged(1, otherHalf), 'source 1')).toHaveLength(size + 1);
    expect(receiver.add(forged(1, otherHalf), 'source 0')).toBeUndefined();
  });

  test('holds a bounded number of messages, however small they are', () => {
    const receiver = new Receiver();
    for (let sequence = 0; sequence < 2_000; sequence++) {
      receiver.add(forged(1, { index: 0, count: 2, total: 2 }, sequence));
    }
    const held = 2_000 - receiver.gaveUp;
    expect(held).toBeLessThanOrEqual(REASSEMBLY_SOURCE_BYTES_MAX / PARTIAL_OVERHEAD_BYTES);
    expect(receiver.reassembly.bytes).toBe(
      held * (1 + FRAGMENT_OVERHEAD_BYTES + PARTIAL_OVERHEAD_BYTES),
    );
  });

  test('does not hold the datagrams that fragments came in', () => {
    const receiver = new Receiver();
    const datagram = new Uint8Array(1_000).fill(1);
    const fragment = { index: 0, count: 2, total: 2 };
    receiver.add({ header, sequence: 1, fragment, data: datagram.subarray(999) });
    datagram.fill(9);
    const last = { ...fragment, index: 1 };
    const whole = receiver.add({ header, sequence: 1, fragment: last, data: Uint8Array.of(2) });
    expect(whole).toEqual(Uint8Array.of(1, 2));
  });
});
