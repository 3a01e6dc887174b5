import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { ByteReader, ByteWriter, DecodeError, utf8Bytes } from '@mailslot/core/internal';

/** A field as a codec would write it. */
const field = fc.oneof(
  fc.record({ kind: fc.constant('uint8' as const), value: fc.nat(2 ** 8 - 1) }),
  fc.record({ kind: fc.constant('uint16' as const), value: fc.nat(2 ** 16 - 1) }),
  fc.record({ kind: fc.constant('uint32' as const), value: fc.nat(2 ** 32 - 1) }),
  fc.record({ kind: fc.constant('uint16le' as const), value: fc.nat(2 ** 16 - 1) }),
  fc.record({ kind: fc.constant('uint32le' as const), value: fc.nat(2 ** 32 - 1) }),
  fc.record({ kind: fc.constant('bytes' as const), value: fc.uint8Array({ maxLength: 300 }) }),
  fc.record({ kind: fc.constant('utf8' as const), value: fc.string({ unit: 'binary' }) }),
);
type Field = typeof field extends fc.Arbitrary<infer T> ? T : never;

function write(fields: readonly Field[], capacity?: number): Uint8Array {
  const writer = new ByteWriter(capacity);
  for (const { kind, value } of fields) {
    if (kind === 'bytes') writer.bytes(value);
    else if (kind === 'utf8') writer.bytes(utf8Bytes(value));
    else writer[kind](value);
  }
  return writer.finish();
}

/** Reads fields of the kinds and lengths of those given. */
function read(fields: readonly Field[], bytes: Uint8Array): unknown[] {
  const reader = new ByteReader(bytes);
  const values = fields.map(({ kind, value }) => {
    if (kind === 'bytes') return reader.bytes(value.length, kind);
    if (kind === 'utf8') return reader.utf8(utf8Bytes(value).length, kind);
    return reader[kind](kind);
  });
  expect(reader.remaining).toBe(0);
  return values;
}

test('what was written is read back, whatever room the writer began with', () => {
  fc.assert(
    fc.property(fc.array(field), fc.nat(64), (fields, capacity) => {
      expect(read(fields, write(fields, capacity))).toEqual(fields.map(({ value }) => value));
    }),
  );
});

test('every proper prefix is refused as cut short, within its bounds', () => {
  fc.assert(
    fc.property(fc.array(field, { minLength: 1 }), fc.double({ max: 1, min: 0 }), (fields, cut) => {
      const whole = write(fields);
      fc.pre(whole.length > 0);
      const prefix = whole.subarray(0, Math.floor(cut * (whole.length - 1)));
      const error = thrownBy(() => read(fields, prefix));
      expect(error).toBeInstanceOf(DecodeError);
      expect(error).toMatchObject({ truncated: true });
      expect((error as DecodeError).offset).toBeLessThanOrEqual(prefix.length);
    }),
  );
});

describe('the byte order is that of the network, unless it is said', () => {
  test('uint16 and uint32 go most significant byte first', () => {
    const bytes = new ByteWriter().uint16(0x0102).uint32(0xfffefdfc).finish();
    expect([...bytes]).toEqual([1, 2, 0xff, 0xfe, 0xfd, 0xfc]);
  });

  test('uint16le and uint32le go least significant byte first', () => {
    const bytes = new ByteWriter().uint16le(0x0102).uint32le(0xfffefdfc).finish();
    expect([...bytes]).toEqual([2, 1, 0xfc, 0xfd, 0xfe, 0xff]);
  });

  test('a uint32 with its top bit set is positive', () => {
    const ones = Uint8Array.of(255, 255, 255, 255);
    expect(new ByteReader(ones).uint32('all ones')).toBe(2 ** 32 - 1);
    expect(new ByteReader(ones).uint32le('all ones')).toBe(2 ** 32 - 1);
  });
});

describe('a reader', () => {
  test('shows what is left without reading it', () => {
    const reader = new ByteReader(Uint8Array.of(1, 2, 3, 4), 1, 3);
    expect([...reader.peek()]).toEqual([2, 3]);
    expect([...reader.rest()]).toEqual([2, 3]);
  });

  test('keeps to its window of a larger buffer', () => {
    const reader = new ByteReader(Uint8Array.of(1, 2, 3, 4, 5), 1, 4);
    expect([...reader.bytes(2, 'two')]).toEqual([2, 3]);
    expect(reader).toMatchObject({ offset: 3, remaining: 1 });
    expect(() => reader.uint16('one too many')).toThrow('Expected one too many at byte 3.');
    expect([...reader.rest()]).toEqual([4]);
  });

  test('shows bytes without copying them', () => {
    const bytes = Uint8Array.of(1, 2, 3);
    expect(new ByteReader(bytes).bytes(3, 'all').buffer).toBe(bytes.buffer);
  });

  test('stands still where it met trouble', () => {
    const reader = new ByteReader(Uint8Array.of(1));
    expect(() => reader.uint32('a count')).toThrow(DecodeError);
    expect(reader.uint8('the byte that is there')).toBe(1);
  });

  test('calls text malformed, not cut short, that is not UTF-8', () => {
    const error = thrownBy(() => new ByteReader(Uint8Array.of(0x61, 0xff)).utf8(2, 'a name'));
    expect(error).toMatchObject({
      message: 'Expected a name in UTF-8 at byte 0.',
      truncated: false,
    });
  });

  test('keeps a byte order mark as part of the text', () => {
    expect(new ByteReader(utf8Bytes('\uFEFFa')).utf8(4, 'a name')).toBe('\uFEFFa');
  });
});

function thrownBy(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  throw new Error('Nothing was thrown.');
}
