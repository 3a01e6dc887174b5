import { MailslotError } from '@mailslot/core';
import { DecodeError } from '@mailslot/core/internal';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { DATAGRAM_BYTES_MAX, HEADER_BYTES } from '../src/presence/message.ts';
import { DIGEST_BYTES } from '../src/presence/digest.ts';
import { OPEN } from '../src/presence/protection.ts';
import {
  decodeRecord,
  digestIn,
  encodeRecord,
  type Endpoint,
  ENDPOINTS_MAX,
  FRAME_BYTES,
  type PeerRecord,
  RECORD_BYTES_MAX,
  recordBytesMax,
} from '../src/presence/record.ts';
import { INFO_BYTES_MAX, NAME_BYTES_MAX } from '../src/presence/tlv.ts';
import { records } from './support/arbitraries.ts';
import { throwsDecodeErrorAtMost } from './support/thrown.ts';
import { valueEnds } from './support/value-ends.ts';

const ann: PeerRecord = { name: 'Ann', endpoints: [{ port: 4711 }], info: { seats: 4 } };

/** An info whose JSON has that many bytes. */
const infoOf = (bytes: number): string => 'x'.repeat(bytes - 2);

function endpoints(count: number): Endpoint[] {
  return Array.from({ length: count }, (_, at) => ({ port: at, address: '2001:db8::1' }));
}

const large: PeerRecord = {
  name: 'n'.repeat(NAME_BYTES_MAX),
  endpoints: endpoints(ENDPOINTS_MAX),
  info: '',
};

function isMalformed(body: Uint8Array): boolean {
  try {
    decodeRecord(body);
    return false;
  } catch (error) {
    if (error instanceof DecodeError) return true;
    throw error;
  }
}

describe('a record', () => {
  test('comes back from its bytes as it was', () => {
    fc.assert(
      fc.property(records, (record) => {
        expect(decodeRecord(encodeRecord(record))).toEqual(record);
      }),
    );
  });

  test.each<[what: string, record: PeerRecord]>([
    ['name', { ...ann, name: 'n'.repeat(NAME_BYTES_MAX) }],
    ['endpoints', { ...ann, endpoints: endpoints(ENDPOINTS_MAX) }],
    ['info', { ...ann, info: infoOf(INFO_BYTES_MAX) }],
    [
      'name and info',
      { name: 'n'.repeat(NAME_BYTES_MAX), endpoints: [{ port: 1 }], info: infoOf(INFO_BYTES_MAX) },
    ],
    ['all together', { ...large, info: infoOf(INFO_BYTES_MAX - 23) }],
  ])('takes the largest %s', (_, record) => {
    const bytes = encodeRecord(record);
    expect(bytes.length).toBeLessThanOrEqual(RECORD_BYTES_MAX);
    expect(decodeRecord(bytes)).toEqual(record);
  });

  test('fits a datagram at its largest, with a digest behind it and the frame around it', () => {
    const bytes = encodeRecord({ ...large, info: infoOf(INFO_BYTES_MAX - 23) });
    expect(bytes).toHaveLength(RECORD_BYTES_MAX);
    expect(bytes.length + DIGEST_BYTES + 2 + HEADER_BYTES + FRAME_BYTES).toBe(DATAGRAM_BYTES_MAX);
  });

  test.each<[what: string, overheadBytes: number, publicKey: boolean, bytesMax: number]>([
    ['in an open service', 0, false, RECORD_BYTES_MAX],
    ['beside a tag', 16, false, RECORD_BYTES_MAX - 16],
    ['beside a tag, a signature and a public key', 80, true, RECORD_BYTES_MAX - 114],
  ])('has its room %s', (_, overheadBytes, publicKey, bytesMax) => {
    const key = publicKey ? new Uint8Array(32) : undefined;
    expect(recordBytesMax({ ...OPEN, overheadBytes, publicKey: key })).toBe(bytesMax);
    expect(() => encodeRecord({ ...large, info: infoOf(900) }, 1000)).toThrow(MailslotError);
  });

  test.each<[what: string, record: PeerRecord]>([
    ['a name of 64 bytes', { ...ann, name: 'n'.repeat(NAME_BYTES_MAX + 1) }],
    ['a name of 64 bytes in fewer characters', { ...ann, name: 'ü'.repeat(32) }],
    ['five endpoints', { ...ann, endpoints: endpoints(ENDPOINTS_MAX + 1) }],
    ['an info of 1 001 bytes', { ...ann, info: infoOf(INFO_BYTES_MAX + 1) }],
    ['1 131 bytes in all', { ...large, info: infoOf(INFO_BYTES_MAX - 22) }],
    ['a port beyond 65 535', { ...ann, endpoints: [{ port: 0x1_0000 }] }],
    ['a port that is not whole', { ...ann, endpoints: [{ port: 1.5 }] }],
    ['an address that is none', { ...ann, endpoints: [{ port: 1, address: 'example.com' }] }],
    ['an info that JSON cannot say', { ...ann, info: 1n }],
  ])('is refused, with a reason, if it has %s', (_, record) => {
    expect(() => encodeRecord(record)).toThrow(MailslotError);
  });

  test('says how large a too large info is', () => {
    expect(() => encodeRecord({ ...ann, info: infoOf(1234) })).toThrow(
      'The info as JSON: 1234 bytes, 1000 at most.',
    );
  });

  test('may be empty', () => {
    const nothing = { name: '', endpoints: [], info: undefined };
    expect(encodeRecord(nothing)).toHaveLength(0);
    expect(decodeRecord(new Uint8Array())).toEqual(nothing);
  });

  test('is read past values that are not its own', () => {
    const digest = Uint8Array.from([0x10, 12, ...new Uint8Array(12)]);
    const body = Buffer.concat([digest, encodeRecord(ann), Buffer.of(0x7f, 1, 9)]);
    expect(decodeRecord(body)).toEqual(ann);
  });

  test('is read with the digest that comes along', () => {
    const digest = [0x10, 12, 0, 0, 0, 7, 1, 2, 3, 4, 5, 6, 7, 8];
    const body = Buffer.concat([encodeRecord(ann), Buffer.from(digest)]);
    expect(decodeRecord(body)).toEqual(ann);
    expect(digestIn(body)).toEqual({ count: 7, high: 0x0102_0304, low: 0x0506_0708 });
    expect(digestIn(encodeRecord(ann))).toBeUndefined();
  });

  test('leaves out an endpoint of a family it does not know', () => {
    expect(decodeRecord(Uint8Array.of(0x02, 5, 99, 0, 80, 1, 2)).endpoints).toEqual([]);
  });

  test.each<[why: string, body: Uint8Array]>([
    ['two names', Buffer.concat([encodeRecord(ann), Buffer.of(0x01, 1, 0x41)])],
    ['two infos', Buffer.concat([encodeRecord(ann), Buffer.of(0x03, 1, 0x31)])],
    ['a name that is not UTF-8', Uint8Array.of(0x01, 1, 0xff)],
    ['an info that is not JSON', Uint8Array.of(0x03, 1, 0x7b)],
    ['an IPv4 address of 3 bytes', Uint8Array.of(0x02, 6, 4, 0, 80, 1, 2, 3)],
    ['an address of family none', Uint8Array.of(0x02, 4, 0, 0, 80, 1)],
    ['five endpoints', Uint8Array.from({ length: 25 }, (_, at) => [0x02, 3, 0, 0, 80][at % 5]!)],
  ])('is malformed with %s', (_, body) => {
    expect(() => decodeRecord(body)).toThrow(DecodeError);
  });

  test('is malformed wherever it is cut inside a value, and whole between two', () => {
    fc.assert(
      fc.property(records, (record) => {
        const bytes = encodeRecord(record);
        const whole = valueEnds(bytes);
        for (let cut = 0; cut < bytes.length; cut++) {
          expect(isMalformed(bytes.subarray(0, cut))).toBe(!whole.has(cut));
        }
      }),
    );
  });

  test('throws nothing but DecodeError for any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (body) =>
        throwsDecodeErrorAtMost(() => decodeRecord(body)),
      ),
    );
  });
});
