/** What travels over a connection of the local transport: frames and hellos. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { DecodeError } from '../src/bytes.ts';
import { isHostName } from '../src/name.ts';
import {
  encodeFrame,
  FRAME_HEADER_BYTES,
  type FrameKind,
  FrameParser,
} from '../src/transports/local/frame.ts';
import {
  decodeOwnerHello,
  decodeWriterHello,
  encodeOwnerHello,
  encodeWriterHello,
  HELLO_BYTES_MAX,
  type LocalAddress,
  recogniseHello,
} from '../src/transports/local/hello.ts';

interface Frame {
  readonly kind: FrameKind;
  readonly sequence: number;
  readonly data: Uint8Array;
}

const frames = fc.record<Frame>({
  kind: fc.constantFrom('hello', 'message', 'anonymous'),
  sequence: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  data: fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    // Both sides of the size from which a message has memory of its own.
    fc.uint8Array({ minLength: 1000, maxLength: 1050 }),
  ),
});

/** Parses a stream that arrives in these pieces. */
function parse(
  pieces: Iterable<Uint8Array>,
  dataBytesMax = Infinity,
): { frames: Frame[]; incomplete: boolean } {
  const found: Frame[] = [];
  const parser = new FrameParser(dataBytesMax, (kind, sequence, data) => {
    found.push({ kind, sequence, data });
  });
  for (const piece of pieces) parser.push(piece);
  return { frames: found, incomplete: parser.incomplete };
}

function encode({ kind, sequence, data }: Frame): Uint8Array {
  return encodeFrame(kind, sequence, data);
}

/** Cuts bytes at these places, in memory that is overwritten as soon as the next piece is asked for. */
function* cut(bytes: Uint8Array, at: readonly number[]): Generator<Uint8Array> {
  const places = [0, ...at.map((place) => place % (bytes.length + 1)), bytes.length].toSorted(
    (a, b) => a - b,
  );
  for (const [index, start] of places.slice(0, -1).entries()) {
    const piece = bytes.slice(start, places[index + 1]);
    yield piece;
    piece.fill(0xee);
  }
}

/** What a call throws, if it does. */
function failureOf(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  return undefined;
}

function isRefusal(failure: unknown): boolean {
  return failure === undefined || failure instanceof DecodeError;
}

describe('frames', () => {
  test('come out as they went in, however the stream is cut', () => {
    fc.assert(
      fc.property(fc.array(frames), fc.array(fc.nat()), (sent, places) => {
        const stream = Buffer.concat(sent.map(encode));
        expect(parse(cut(stream, places))).toEqual({ frames: sent, incomplete: false });
      }),
    );
  });

  test('come out byte by byte, too', () => {
    const sent: Frame[] = [
      { kind: 'message', sequence: 2 ** 32 - 1, data: new Uint8Array(0) },
      { kind: 'anonymous', sequence: 0, data: Uint8Array.of(1, 2, 3) },
    ];
    const stream = Buffer.concat(sent.map(encode));
    expect(parse(Array.from(stream, (byte) => Uint8Array.of(byte))).frames).toEqual(sent);
  });

  test('that are cut short are told from a stream that ended well', () => {
    const frame = encode({ kind: 'message', sequence: 7, data: Uint8Array.of(1, 2, 3) });
    for (let length = 0; length < frame.length; length++) {
      const expected = { frames: [], incomplete: length > 0 };
      expect(parse([frame.subarray(0, length)])).toEqual(expected);
    }
  });

  test('may have as many bytes as allowed and not one more', () => {
    const [most, tooMany] = [100, 101].map((length) =>
      encodeFrame('message', 0, new Uint8Array(length)),
    );
    expect(parse([most!], 100).frames).toHaveLength(1);
    expect(() => parse([tooMany!], 100)).toThrow(DecodeError);
  });

  test('of unknown kind are refused', () => {
    for (const kind of [0, 4, 255]) {
      const frame = encode({ kind: 'message', sequence: 0, data: new Uint8Array(0) });
      frame[0] = kind;
      expect(() => parse([frame])).toThrow(DecodeError);
    }
  });

  test('of random bytes are refused or wait for more, and nothing else', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 64 })), (pieces) => {
        expect(failureOf(() => parse(pieces, 1000))).toSatisfy(isRefusal);
      }),
      { numRuns: 1000 },
    );
  });

  test('of 16 MiB come out of a thousand pieces', () => {
    // If each piece were joined to what is there already, 8 GiB would be copied here.
    const data = new Uint8Array(16 * 1024 * 1024);
    const stream = encode({ kind: 'message', sequence: 0, data });
    const pieces = Array.from({ length: stream.length / 16_384 + 1 }, (_, index) =>
      stream.subarray(index * 16_384, (index + 1) * 16_384),
    );
    const [only] = parse(pieces).frames;
    expect(only?.data.length).toBe(data.length);
  });

  test('leave their data alone when the buffer of another is transferred away', () => {
    const stream = Buffer.concat(
      ['a', 'b'].map((text) => encode({ kind: 'message', sequence: 0, data: Buffer.from(text) })),
    );
    const [first, second] = parse([stream]).frames;
    // Node 20 makes a copy instead, later ones refuse.
    failureOf(() =>
      structuredClone(first!.data, { transfer: [first!.data.buffer as ArrayBuffer] }),
    );
    expect(second!.data).toEqual(Uint8Array.of(0x62));
  });

  test('have a header of nine bytes', () => {
    const frame = encode({ kind: 'anonymous', sequence: 0x01020304, data: Uint8Array.of(9) });
    expect(Buffer.from(frame).toString('hex')).toBe('03000000010102030409');
    expect(FRAME_HEADER_BYTES).toBe(9);
  });
});

const names = fc.string({ maxLength: 15, unit: 'grapheme' }).filter(isHostName);
const addresses = fc.oneof<fc.Arbitrary<LocalAddress>[]>(
  fc.constant({ kind: 'direct' }),
  fc.record({ kind: fc.constant('domain'), tag: fc.integer({ min: 0, max: 2 ** 32 - 1 }) }),
  fc.record({ kind: fc.constant('name'), name: names }),
);
const writerHellos = fc.record({
  station: fc.uint8Array({ minLength: 6, maxLength: 6 }).map((id) => String.fromCharCode(...id)),
  from: fc.oneof(fc.constant(''), names),
  address: addresses,
});

describe('hellos', () => {
  test('of a writer say who writes to whom', () => {
    fc.assert(
      fc.property(writerHellos, (hello) => {
        const bytes = encodeWriterHello(hello);
        expect(recogniseHello(bytes)).toBeUndefined();
        expect(decodeWriterHello(bytes)).toEqual(hello);
      }),
    );
  });

  test('of an owner say how much it takes', () => {
    for (const maxMessageSize of [0, 1, 2 ** 32 - 1]) {
      expect(decodeOwnerHello(encodeOwnerHello({ maxMessageSize }))).toEqual({ maxMessageSize });
    }
  });

  test('are never longer than a stranger may write', () => {
    const name = 'X'.repeat(63);
    const address: LocalAddress = { kind: 'name', name };
    expect(encodeWriterHello({ station: '123456', from: name, address })).toHaveLength(
      HELLO_BYTES_MAX,
    );
  });

  test('are refused if a byte is missing or too many', () => {
    fc.assert(
      fc.property(writerHellos, (hello) => {
        const bytes = encodeWriterHello(hello);
        for (let length = 0; length < bytes.length; length++) {
          expect(() => decodeWriterHello(bytes.subarray(0, length))).toThrow(DecodeError);
        }
        expect(() => decodeWriterHello(Buffer.concat([bytes, Buffer.of(0)]))).toThrow(DecodeError);
      }),
    );
  });

  test.each(['*', '.', 'A\\mailslot\\secret', '\u001B[2J', 'X'.repeat(64)])(
    'with a name that no computer can have are refused: %j',
    (name) => {
      const hello = { station: '123456', from: 'ANN-PC', address: { kind: 'direct' } } as const;
      const toName = { ...hello, address: { kind: 'name', name } } as const;
      for (const forged of [{ ...hello, from: name }, toName]) {
        expect(() => decodeWriterHello(encodeWriterHello(forged))).toThrow(DecodeError);
      }
    },
  );

  test('to a name that is empty are refused', () => {
    const address = { kind: 'name', name: '' } as const;
    const hello = encodeWriterHello({ station: '123456', from: '', address });
    expect(() => decodeWriterHello(hello)).toThrow(DecodeError);
  });

  test('of random bytes are refused', () => {
    const beginning = encodeOwnerHello({ maxMessageSize: 0 }).subarray(0, 5);
    fc.assert(
      fc.property(fc.boolean(), fc.uint8Array({ maxLength: 160 }), (plausible, random) => {
        const bytes = plausible ? Buffer.concat([beginning, random]) : random;
        for (const decode of [decodeOwnerHello, decodeWriterHello]) {
          expect(failureOf(() => decode(bytes))).toSatisfy(isRefusal);
        }
      }),
      { numRuns: 1000 },
    );
  });

  test('of another version are known as such', () => {
    const bytes = encodeOwnerHello({ maxMessageSize: 0 });
    bytes[4] = 2;
    expect(recogniseHello(bytes)).toBe('version');
    expect(() => decodeOwnerHello(bytes)).toThrow(DecodeError);
    expect(recogniseHello(Buffer.from('GET / HTTP/1.1\r\n'))).toBe('malformed');
    expect(recogniseHello(bytes.subarray(0, 4))).toBe('malformed');
  });
});
