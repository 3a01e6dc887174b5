import { readFileSync } from 'node:fs';

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { DecodeError } from '../src/bytes.ts';
import { isHostName } from '../src/name.ts';
import {
  decodeFrame,
  encodeFrame,
  encodeHeader,
  type Fragment,
  FRAME_OVERHEAD_BYTES_MAX,
  FrameDecoder,
  type FrameHeader,
  markWay,
  recognise,
  wayOf,
} from '../src/transports/udp/frame.ts';

interface Vectors {
  readonly valid: readonly {
    readonly name: string;
    /** `station` in hex. */
    readonly header: FrameHeader;
    readonly sequence: number;
    readonly fragment: Fragment | null;
    readonly data: string;
    readonly hex: string;
  }[];
  readonly dropped: readonly {
    readonly name: string;
    readonly hex: string;
    readonly reason: 'malformed' | 'version';
  }[];
}

const vectors: Vectors = JSON.parse(
  readFileSync(new URL('vectors/udp-frames.json', import.meta.url), 'utf8'),
);

const utf8Length = (text: string): number => new TextEncoder().encode(text).length;
const textUpTo = (bytes: number): fc.Arbitrary<string> =>
  fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: bytes })
    .filter((text) => utf8Length(text) <= bytes);
const uint = (bits: number): fc.Arbitrary<number> => fc.nat({ max: 2 ** bits - 1 });
const bytes = (maxLength: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ maxLength });

const name = textUpTo(63).filter(isHostName);
const station = fc
  .uint8Array({ minLength: 6, maxLength: 6 })
  .map((id) => String.fromCharCode(...id));
const plainHeader = fc.record({
  slot: textUpTo(255),
  station,
  from: fc.oneof(fc.constant(''), name),
  address: fc.oneof<fc.Arbitrary<FrameHeader['address']>[]>(
    uint(32).map((tag) => ({ kind: 'domain', tag })),
    name.map((name) => ({ kind: 'name', name })),
    fc.constant({ kind: 'direct' }),
    station.map((station) => ({ kind: 'station', station })),
  ),
});
const header: fc.Arbitrary<FrameHeader> = fc
  .tuple(plainHeader, fc.boolean())
  .map(([plain, relayed]) => (relayed ? { ...plain, relayed } : plain));
const fragment = fc
  .record({
    count: fc.integer({ min: 1, max: 65_535 }),
    total: uint(32),
    place: fc.double({ min: 0, max: 0.999, noNaN: true }),
  })
  .map(({ count, total, place }) => ({ index: Math.floor(place * count), count, total }));
const maybeFragment = fc.option(fragment, { nil: undefined });

/** The class of what a call throws. */
function errorOf(call: () => unknown): unknown {
  try {
    call();
    return undefined;
  } catch (error) {
    return Object(error).constructor;
  }
}

describe('a frame', () => {
  test('decodes to what was encoded', () => {
    fc.assert(
      fc.property(
        header,
        uint(32),
        bytes(200),
        maybeFragment,
        (header, sequence, data, fragment) => {
          const frame = encodeFrame(encodeHeader(header), sequence, data, fragment);
          const decoded = decodeFrame(frame);
          expect(decoded).toEqual({ header, sequence, fragment, data: decoded.data });
          expect([...decoded.data]).toEqual([...data]);
          expect(frame.length - data.length).toBeLessThanOrEqual(FRAME_OVERHEAD_BYTES_MAX);
          expect(recognise(frame)).toBeUndefined();
        },
      ),
    );
  });

  test('is the same whatever way its copies go, also to who remembers the header', () => {
    fc.assert(
      fc.property(header, bytes(50), maybeFragment, (header, data, fragment) => {
        const frame = encodeFrame(encodeHeader(header), 7, data, fragment);
        const decoder = new FrameDecoder();
        const { header: remembered } = decoder.decode(frame);
        for (const way of ['needed', 'multicast', 'unicast', 'broadcast'] as const) {
          const copy = markWay(frame, way);
          expect(wayOf(copy)).toBe(way);
          expect(recognise(copy)).toBeUndefined();
          expect(decodeFrame(copy)).toEqual(decodeFrame(frame));
          // The same object: nothing was decoded again.
          expect(decoder.decode(copy).header).toBe(remembered);
        }
        expect(wayOf(frame)).toBe('multicast');
      }),
    );
  });

  test('cut short anywhere in its header is a DecodeError', () => {
    fc.assert(
      fc.property(header, maybeFragment, (header, fragment) => {
        const frame = encodeFrame(encodeHeader(header), 7, new Uint8Array(0), fragment);
        for (let length = 0; length < frame.length; length++) {
          expect(() => decodeFrame(frame.subarray(0, length))).toThrow(DecodeError);
        }
      }),
      { numRuns: 30 },
    );
  });

  test('of random bytes decodes or is a DecodeError, and nothing else', () => {
    const plausible = fc
      .tuple(fc.nat({ max: 255 }), bytes(400))
      .map(([flags, rest]) => Uint8Array.from([0x4d, 0x10, flags & 0x0f, ...rest]));
    fc.assert(
      fc.property(fc.oneof(bytes(64), plausible), (input) => {
        expect([undefined, DecodeError]).toContain(errorOf(() => decodeFrame(input)));
      }),
      { numRuns: 2_000 },
    );
  });

  test('adds 21 bytes to a presence datagram', () => {
    const header = encodeHeader({
      slot: 'MPP',
      address: { kind: 'domain', tag: 1 },
      station: 'abcdef',
      from: '',
    });
    expect(encodeFrame(header, 1, new Uint8Array(100))).toHaveLength(100 + 21);
  });

  test('is of its own memory, so that one in flight is not changed by the next', () => {
    const header = encodeHeader({
      slot: 'LOBBY',
      address: { kind: 'direct' },
      station: 'abcdef',
      from: '',
    });
    const data = new Uint8Array([1, 2, 3]);
    const first = encodeFrame(header, 1, data);
    data.fill(9);
    encodeFrame(header, 2, data);
    expect(decodeFrame(first)).toMatchObject({ sequence: 1, data: new Uint8Array([1, 2, 3]) });
  });
});

function encode(slot: string, sequence: number): Uint8Array {
  const header = { slot, address: { kind: 'direct' }, station: 'abcdef', from: 'ANN-PC' } as const;
  return encodeFrame(encodeHeader(header), sequence, new Uint8Array([sequence]));
}

describe('the decoder of one sender', () => {
  test('gives the same header object while only sequence and data differ', () => {
    const decoder = new FrameDecoder();
    const first = decoder.decode(encode('LOBBY', 1));
    const second = decoder.decode(encode('LOBBY', 2));
    expect(second.header).toBe(first.header);
    expect(second.sequence).toBe(2);
    expect([...second.data]).toEqual([2]);
  });

  test('decodes as a fresh one does, whatever came before', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(header, uint(32), bytes(20), maybeFragment)), (frames) => {
        const decoder = new FrameDecoder();
        for (const [header, sequence, data, fragment] of frames) {
          const frame = encodeFrame(encodeHeader(header), sequence, data, fragment);
          expect(decoder.decode(frame)).toEqual(decodeFrame(frame));
        }
      }),
    );
  });

  test('does not take a shorter frame for one of the header it remembers', () => {
    const decoder = new FrameDecoder();
    const frame = encode('LOBBY', 1);
    decoder.decode(frame);
    expect(() => decoder.decode(frame.subarray(0, 20))).toThrow(DecodeError);
    expect(decoder.decode(frame).sequence).toBe(1);
  });
});

function latin1(hex: string): string {
  return Buffer.from(hex, 'hex').toString('latin1');
}

describe('the golden vectors', () => {
  test.each(vectors.valid)('$name', ({ hex, header, sequence, fragment, data }) => {
    const frame = Buffer.from(hex, 'hex');
    const station = latin1(header.station);
    const { address } = header;
    const target =
      address.kind === 'station' ? { ...address, station: latin1(address.station) } : address;
    const expected = { ...header, station, address: target };
    const payload = new Uint8Array(Buffer.from(data, 'hex'));
    expect(decodeFrame(frame)).toEqual({
      header: expected,
      sequence,
      fragment: fragment ?? undefined,
      data: payload,
    });
    if (frame[1] !== 0x10) return; // A later minor version, which we read but do not write.
    const encoded = encodeFrame(encodeHeader(expected), sequence, payload, fragment ?? undefined);
    expect(Buffer.from(encoded).toString('hex')).toBe(hex);
  });

  test.each(vectors.dropped)('$name is dropped: $reason', ({ hex, reason }) => {
    const frame = Buffer.from(hex, 'hex');
    expect(() => decodeFrame(frame)).toThrow(DecodeError);
    expect(recognise(frame) ?? 'malformed').toBe(reason);
  });

  test('are those of the page', () => {
    const page = readFileSync(new URL('../../../docs/wire-udp.md', import.meta.url), 'utf8');
    const blocks = [...page.matchAll(/^```hex (.+)\n([^`]+)^```/gm)].map(
      ([, name, lines = '']) => ({
        name,
        hex: lines.replaceAll(/#.*|\s/g, ''),
      }),
    );
    expect(blocks.length).toBeGreaterThan(3);
    const known = [...vectors.valid, ...vectors.dropped];
    for (const { name, hex } of blocks) {
      expect(hex).toBe(known.find((vector) => vector.name === name)?.hex);
    }
  });
});
