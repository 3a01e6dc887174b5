import { DecodeError } from '@mailslot/core/internal';
import { seededRandom } from '@mailslot/core/testing';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import type { Digest } from '../src/presence/digest.ts';
import {
  type BusyPage,
  decodePage,
  decodePull,
  encodeEntry,
  encodePage,
  encodePull,
  type ListPage,
  PAGE_OVERHEAD_BYTES,
  type PageEntry,
  type Pull,
  RANGES_MAX,
} from '../src/presence/page.ts';
import { EVERYWHERE, positionOf, type Range } from '../src/presence/position.ts';
import { encodeRecord } from '../src/presence/record.ts';
import { TLV } from '../src/presence/tlv.ts';
import { records } from './support/arbitraries.ts';
import { throwsDecodeErrorAtMost } from './support/thrown.ts';
import { BODY_BYTES_MAX, drawKeys, entryOf } from './support/transfer.ts';

const KEYS = drawKeys(8, seededRandom(2));
const COOKIE = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
const DIGEST: Digest = { count: 3, high: 1, low: 2 };

const uint32 = fc.nat(0xffff_ffff);
const octets = (length: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength: length, maxLength: length });
const optional = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(arbitrary, { nil: undefined });

/** Ascending positions, taken in pairs. */
const ranges: fc.Arbitrary<Range[]> = fc
  .uniqueArray(uint32, { minLength: 2, maxLength: 2 * RANGES_MAX })
  .map((ends) => ends.toSorted((a, b) => a - b))
  .map((ends) =>
    Array.from({ length: ends.length >>> 1 }, (_, at) => ({
      first: ends[2 * at]!,
      last: ends[2 * at + 1]!,
    })),
  );

const pulls: fc.Arbitrary<Pull> = fc.record({
  cookie: optional(octets(8)),
  fingerprints: optional(fc.uint32Array({ minLength: 32, maxLength: 32 })),
  ranges,
});

const entries: fc.Arbitrary<PageEntry> = fc
  .record({
    key: fc.constantFrom(...KEYS),
    sequence: uint32,
    revision: fc.nat(0xffff),
    intervalCode: fc.nat(0xff),
    flags: fc.nat(0x7f).map((bits) => bits << 1),
    ageMs: fc.nat(0xffff).map((tenths) => tenths * 100),
    place: optional(fc.oneof(octets(7), octets(19))),
    record: optional(records),
    signed: optional(fc.uint8Array({ minLength: 112, maxLength: 300 })),
  })
  .map((entry) => (entry.signed ? { ...entry, record: undefined } : entry));

const pages: fc.Arbitrary<ListPage<PageEntry> | BusyPage> = fc.oneof(
  fc.record({ cookie: octets(8), range: fc.constant(undefined) }),
  fc.record({
    cookie: octets(8),
    range: fc.constant(EVERYWHERE),
    pagesToCome: fc.nat(255),
    digest: fc.record({ count: uint32, high: uint32, low: uint32 }),
    entries: fc.uniqueArray(entries, { maxLength: 6, selector: ({ key }) => key }),
  }),
);

function encoded(page: ListPage<PageEntry> | BusyPage): Uint8Array {
  if (page.range === undefined) return encodePage(page);
  return encodePage({ ...page, entries: page.entries.map((entry) => encodeEntry(entry)) });
}

function pageOf(...entries: PageEntry[]): ListPage<PageEntry> {
  return { cookie: COOKIE, range: EVERYWHERE, pagesToCome: 0, digest: DIGEST, entries };
}

/** The one entry of a page, there and back. */
function returned(entry: PageEntry, bytesMax?: number): PageEntry {
  const entries = [encodeEntry(entry, bytesMax)];
  const page = decodePage(encodePage({ ...pageOf(), entries }));
  return (page as ListPage<PageEntry>).entries[0]!;
}

/** Some bytes of a body changed. */
const flips = fc.array(fc.tuple(fc.nat(), fc.nat(0xff)), { minLength: 1, maxLength: 4 });

function flipped(body: Uint8Array, changes: readonly (readonly [number, number])[]): Uint8Array {
  const changed = body.slice();
  for (const [at, value] of changes) changed[at % body.length] = value;
  return changed;
}

describe('a PULL', () => {
  test('comes back from its body as it was, padded or not', () => {
    fc.assert(
      fc.property(pulls, fc.nat(BODY_BYTES_MAX), (pull, padTo) => {
        expect(decodePull(encodePull(pull, padTo))).toEqual(pull);
      }),
    );
  });

  test('takes as many bytes as it is padded to', () => {
    const pull = { cookie: undefined, fingerprints: undefined, ranges: [EVERYWHERE] };
    expect(encodePull(pull)).toHaveLength(10);
    expect(encodePull(pull, 100)).toHaveLength(10);
    for (const padTo of [270, 600, BODY_BYTES_MAX]) {
      expect(encodePull(pull, padTo)).toHaveLength(padTo);
    }
  });

  test('asks for 32 ranges at most, fits a message with them, and for one at least', () => {
    const ranges = Array.from({ length: RANGES_MAX + 1 }, (_, at) => ({ first: at, last: at }));
    const pull = { cookie: COOKIE, fingerprints: new Uint32Array(32), ranges: ranges.slice(1) };
    expect(decodePull(encodePull(pull)).ranges).toHaveLength(RANGES_MAX);
    expect(encodePull(pull).length).toBeLessThan(BODY_BYTES_MAX / 2);
    expect(() => decodePull(encodePull({ ...pull, ranges }))).toThrow(DecodeError);
    expect(() => decodePull(encodePull({ ...pull, ranges: [] }))).toThrow(DecodeError);
  });

  test.each<[why: string, ranges: Range[]]>([
    ['ends before it begins', [{ first: 2, last: 1 }]],
    [
      'begins before the one in front',
      [
        { first: 5, last: 6 },
        { first: 1, last: 2 },
      ],
    ],
    [
      'begins within the one in front',
      [
        { first: 1, last: 6 },
        { first: 6, last: 7 },
      ],
    ],
  ])('is malformed with a range that %s', (_, ranges) => {
    const pull = { cookie: undefined, fingerprints: undefined, ranges };
    expect(() => decodePull(encodePull(pull))).toThrow(DecodeError);
  });

  test('is malformed with two cookies, two sets of fingerprints, or a range of a PAGE', () => {
    const pull = encodePull({
      cookie: COOKIE,
      fingerprints: new Uint32Array(32),
      ranges: [EVERYWHERE],
    });
    const cookie = Buffer.of(TLV.NONCE, 8, ...COOKIE);
    const fingerprints = Buffer.concat([Buffer.of(TLV.FINGERPRINTS, 128), Buffer.alloc(128)]);
    const range = Buffer.of(TLV.RANGE, 9, 0, 0, 0, 0, 1, 1, 1, 1, 1);
    expect(() => decodePull(Buffer.concat([pull, cookie]))).toThrow(DecodeError);
    expect(() => decodePull(Buffer.concat([pull, fingerprints]))).toThrow(DecodeError);
    expect(() => decodePull(range)).toThrow(DecodeError);
  });

  test('is malformed, or read, whatever bytes it has: nothing else is thrown', () => {
    fc.assert(
      fc.property(pulls, flips, (pull, changes) =>
        throwsDecodeErrorAtMost(() => decodePull(flipped(encodePull(pull), changes))),
      ),
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (body) =>
        throwsDecodeErrorAtMost(() => decodePull(body)),
      ),
    );
  });
});

describe('a PAGE', () => {
  test('comes back from its body as it was', () => {
    fc.assert(
      fc.property(pages, (page) => {
        expect(decodePage(encoded(page))).toEqual(page);
      }),
    );
  });

  test('takes 35 bytes beside its entries, and 10 if it says no more than BUSY', () => {
    expect(encoded(pageOf())).toHaveLength(PAGE_OVERHEAD_BYTES);
    expect(encodePage({ cookie: COOKIE, range: undefined })).toHaveLength(10);
    expect(decodePage(encodePage({ cookie: COOKIE, range: undefined })).range).toBeUndefined();
  });

  test.each<[why: string, body: Uint8Array]>([
    ['a peer twice', encoded(pageOf(entryOf(KEYS[0]!, 1), entryOf(KEYS[0]!, 2)))],
    ['nothing in it', new Uint8Array()],
    ['no cookie', encoded(pageOf()).subarray(10)],
    ['no digest', encoded(pageOf()).subarray(0, 21)],
    ['two ranges', Buffer.concat([encoded(pageOf()), encoded(pageOf()).subarray(10, 21)])],
    [
      'a range of a PULL',
      Buffer.concat([
        encodePage({ cookie: COOKIE, range: undefined }),
        Buffer.of(TLV.RANGE, 8, 0, 0, 0, 0, 1, 1, 1, 1),
      ]),
    ],
    ['a range that is empty', encoded({ ...pageOf(), range: { first: 2, last: 1 } })],
    [
      'a peer that is not of its range',
      encoded({
        ...pageOf(entryOf(KEYS[0]!, 1)),
        range: { first: 0, last: positionOf(KEYS[0]!) - 1 },
      }),
    ],
    ['an id of more than 126 bits', encoded(pageOf(entryOf(`\u0040${KEYS[0]!.slice(1)}`, 1)))],
  ])('is malformed with %s', (_, body) => {
    expect(() => decodePage(body)).toThrow(DecodeError);
  });

  test('is malformed if the record of a peer is', () => {
    const body = encoded(pageOf(entryOf(KEYS[0]!, 1)));
    const info = Buffer.from(body).lastIndexOf('"');
    body[info] = 0x7b;
    expect(() => decodePage(body)).toThrow(DecodeError);
  });

  test('is malformed, or read, whatever bytes it has: nothing else is thrown', () => {
    fc.assert(
      fc.property(pages, flips, (page, changes) =>
        throwsDecodeErrorAtMost(() => decodePage(flipped(encoded(page), changes))),
      ),
    );
    fc.assert(
      fc.property(pages, fc.nat(1200), (page, length) =>
        throwsDecodeErrorAtMost(() => decodePage(encoded(page).subarray(0, length))),
      ),
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 1200 }), (body) =>
        throwsDecodeErrorAtMost(() => decodePage(body)),
      ),
    );
  });
});

describe('an entry', () => {
  const entry = entryOf(KEYS[0]!, 1);

  test.each<[ageMs: number, told: number]>([
    [0, 0],
    [-5, 0],
    [1, 100],
    [100, 100],
    [6_553_500, 6_553_500],
    [6_553_501, 6_553_500],
    [86_400_000, 6_553_500],
  ])('tells an age of %i ms as %i ms', (ageMs, told) => {
    expect(returned({ ...entry, ageMs }).ageMs).toBe(told);
  });

  test('takes 28 bytes and its record', () => {
    expect(encodeEntry(entry)).toHaveLength(28 + encodeRecord(entry.record!).length);
  });

  test('tells an empty record from none', () => {
    const empty = { name: '', endpoints: [], info: undefined };
    expect(returned({ ...entry, record: empty }).record).toEqual(empty);
    expect(returned({ ...entry, record: undefined }).record).toBeUndefined();
  });

  test('goes without its record if that makes it too large', () => {
    const { length } = encodeEntry(entry);
    expect(returned(entry, length)).toEqual(entry);
    expect(returned(entry, length - 1)).toEqual({ ...entry, record: undefined });
    const signed = { ...entry, record: undefined, signed: new Uint8Array(500) };
    expect(returned(signed, 500)).toEqual({ ...signed, signed: undefined });
  });

  test('goes without a record that cannot be written as short as it came', () => {
    const digits = Array.from({ length: 199 }, () => 1e20);
    expect(() => encodeRecord({ ...entry.record!, info: digits })).toThrow('at most');
    expect(
      returned({ ...entry, record: { ...entry.record!, info: digits } }).record,
    ).toBeUndefined();
  });

  test('is read past values of later versions, before and after what describes it', () => {
    const bytes = encodeEntry({ ...entry, record: undefined });
    const later = Buffer.concat([bytes, Buffer.of(0x60, 1, 9)]);
    later[1] = bytes[1]! + 3;
    const page = decodePage(encodePage({ ...pageOf(), entries: [later] }));
    expect(page).toMatchObject({ entries: [{ ...entry, record: undefined }] });
  });
});
