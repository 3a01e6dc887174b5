/**
 * The bodies of PULL and PAGE, by which a list of peers travels from one that has it to one that wants it. A PULL says
 * which positions are wanted, a PAGE who is listed at some of them.
 */

import { MailslotError } from '@mailslot/core';
import { ByteReader, ByteWriter, DecodeError } from '@mailslot/core/internal';

import {
  type Digest,
  DIGEST_BYTES,
  type Fingerprints,
  FINGERPRINTS_BYTES,
  readDigest,
  readFingerprints,
  writeDigest,
  writeFingerprints,
} from './digest.ts';
import { FLAG } from './message.ts';
import { PEER_ID_BYTES, type PeerKey, readPeerKey, writePeerKey } from './peer-id.ts';
import { positionOf, type Range } from './position.ts';
import { decodeRecord, encodeRecord, type PeerRecord } from './record.ts';
import { readTlvHead, TLV, writeTlv } from './tlv.ts';

/** Proves that the puller is at the place it asks from: only there could it read the cookie. */
export const COOKIE_BYTES = 8;

/** Gaps between pages that a PULL asks for at most: as many as pages of an answer may be lost. */
export const RANGES_MAX = 32;

/** What a PAGE that carries a part of a list takes beside its entries: cookie 10, range 11, digest 14. */
export const PAGE_OVERHEAD_BYTES = 35;

/** An age is told in tenths of a second, 65 535 of them or more. */
const AGE_UNIT_MS = 100;
const AGE_MAX = 0xffff;

export interface Pull {
  /** The one that the server gave to this place, if it has given any. */
  readonly cookie: Uint8Array | undefined;
  /** Of the puller's own list: the server leaves out buckets that it has the same fingerprints for. */
  readonly fingerprints: Fingerprints | undefined;
  /** 1 to {@link RANGES_MAX} in ascending order; no two overlap. */
  readonly ranges: readonly Range[];
}

/** What else an entry says; its other flag is `FULL` of a header. */
export const ENTRY_FLAG = {
  /** The server has not heard it for long, and vouches for nothing. */
  STRANGER: 0x80,
} as const;

/** One peer as the server knows it. Without record, too, if that does not fit a page: then ask the peer itself. */
export interface PageEntry {
  readonly key: PeerKey;
  /** Of the newest datagram heard of it. */
  readonly sequence: number;
  readonly revision: number;
  readonly intervalCode: number;
  /** {@link ENTRY_FLAG}; and `FULL` of a header, which follows from what is here. */
  readonly flags: number;
  /** How long ago it was heard: on the wire rounded up to 0.1 s, and 6 553.5 s at most. */
  readonly ageMs: number;
  /** Where the server heard it: family 1 octet, port 2, address 4 or 16. */
  readonly place: Uint8Array | undefined;
  /** Its record; in a realm with signatures `signed` instead, its last full announcement as it was sent. */
  readonly record: PeerRecord | undefined;
  readonly signed: Uint8Array | undefined;
}

/** The list between two positions, and nobody else is listed there but those left out on account of fingerprints. */
export interface ListPage<Entry> {
  /** The server's, for the place that the page goes to. */
  readonly cookie: Uint8Array;
  readonly range: Range;
  /** That follow in the answer to this PULL, at most 255. */
  readonly pagesToCome: number;
  /** Of the server's whole list. */
  readonly digest: Digest;
  readonly entries: readonly Entry[];
}

/** The server has no time, or no cookie was shown: asking with this one may help. */
export interface BusyPage {
  readonly cookie: Uint8Array;
  readonly range: undefined;
}

/** `padTo`: the least bytes it shall take, about. */
export function encodePull({ cookie, fingerprints, ranges }: Pull, padTo: number = 0): Uint8Array {
  const writer = new ByteWriter(512);
  if (cookie !== undefined) writeTlv(writer, TLV.NONCE, cookie);
  if (fingerprints !== undefined) {
    writer.uint8(TLV.FINGERPRINTS).uint8(FINGERPRINTS_BYTES);
    writeFingerprints(writer, fingerprints);
  }
  for (const { first, last } of ranges) {
    writer.uint8(TLV.RANGE).uint8(8).uint32(first).uint32(last);
  }
  // Of the long form: short of its least size there is nothing to gain by padding.
  const padding = padTo - writer.length - 4;
  if (padding > 0xff) writeTlv(writer, TLV.PADDING, new Uint8Array(padding));
  return writer.finish();
}

/** Throws only {@link DecodeError}. */
export function decodePull(body: Uint8Array): Pull {
  let cookie: Uint8Array | undefined;
  let fingerprints: Fingerprints | undefined;
  const ranges: Range[] = [];
  for (const { type, value, at } of valuesIn(body)) {
    if (type === TLV.NONCE) cookie = once(cookie, value, at);
    else if (type === TLV.FINGERPRINTS) {
      fingerprints = once(fingerprints, readFingerprints(value), at);
    } else if (type === TLV.RANGE) {
      const range = readRange(value, 8, at);
      if (ranges.length === RANGES_MAX || range.first <= (ranges.at(-1)?.last ?? -1)) {
        throw new DecodeError(`at most ${RANGES_MAX} ranges in ascending order`, at);
      }
      ranges.push(range);
    }
  }
  if (ranges.length === 0) throw new DecodeError('a range', body.length);
  return { cookie, fingerprints, ranges };
}

/** The entries are from {@link encodeEntry}. */
export function encodePage(page: ListPage<Uint8Array> | BusyPage): Uint8Array {
  const writer = new ByteWriter(1200);
  writeTlv(writer, TLV.NONCE, page.cookie);
  if (page.range === undefined) return writer.finish();
  const { first, last } = page.range;
  writer.uint8(TLV.RANGE).uint8(9).uint32(first).uint32(last).uint8(page.pagesToCome);
  writer.uint8(TLV.DIGEST).uint8(DIGEST_BYTES);
  writeDigest(writer, page.digest);
  for (const entry of page.entries) writer.bytes(entry);
  return writer.finish();
}

/** Throws only {@link DecodeError}: whatever is wrong with one entry is wrong with the page. */
export function decodePage(body: Uint8Array): ListPage<PageEntry> | BusyPage {
  let cookie: Uint8Array | undefined;
  let range: Range | undefined;
  let pagesToCome = 0;
  let digest: Digest | undefined;
  const entries = new Map<PeerKey, PageEntry>();
  for (const { type, value, at } of valuesIn(body)) {
    if (type === TLV.NONCE) cookie = once(cookie, value, at);
    else if (type === TLV.DIGEST) digest = once(digest, readDigest(value), at);
    else if (type === TLV.RANGE) {
      range = once(range, readRange(value, 9, at), at);
      pagesToCome = value[8]!;
    } else if (type === TLV.ENTRY) {
      const entry = readEntry(value, at);
      if (entries.has(entry.key)) throw new DecodeError('each peer at most once', at);
      entries.set(entry.key, entry);
    }
  }
  if (cookie === undefined) throw new DecodeError('a cookie', body.length);
  if (range === undefined) return { cookie, range };
  if (digest === undefined) throw new DecodeError('a digest', body.length);
  for (const key of entries.keys()) {
    const position = positionOf(key);
    if (position >= range.first && position <= range.last) continue;
    throw new DecodeError('only peers of the range', body.length);
  }
  return { cookie, range, pagesToCome, digest, entries: [...entries.values()] };
}

/** One entry, as {@link encodePage} takes it; without record if it would have more than `bytesMax`. */
export function encodeEntry(entry: PageEntry, bytesMax: number = Infinity): Uint8Array {
  const id = new Uint8Array(PEER_ID_BYTES);
  writePeerKey(entry.key, id, 0);
  const description = describe(entry);
  const age = Math.ceil(entry.ageMs / AGE_UNIT_MS);
  const value = new ByteWriter()
    .bytes(id)
    .uint32(entry.sequence)
    .uint16(entry.revision)
    .uint8(entry.intervalCode)
    .uint8((entry.flags & ~FLAG.FULL) | (description === undefined ? 0 : FLAG.FULL))
    .uint16(Math.min(Math.max(0, age), AGE_MAX));
  if (entry.place !== undefined) writeTlv(value, TLV.PLACE, entry.place);
  if (description !== undefined) value.bytes(description);
  const writer = new ByteWriter(value.length + 4);
  writeTlv(writer, TLV.ENTRY, value.finish());
  if (writer.length <= bytesMax || description === undefined) return writer.finish();
  return encodeEntry({ ...entry, record: undefined, signed: undefined });
}

function describe({ record, signed }: PageEntry): Uint8Array | undefined {
  if (signed !== undefined) {
    const writer = new ByteWriter(signed.length + 4);
    writeTlv(writer, TLV.SIGNED, signed);
    return writer.finish();
  }
  try {
    return record && encodeRecord(record);
  } catch (error) {
    // We may write JSON at greater length than its owner did, such as 1e20.
    if (error instanceof MailslotError) return undefined;
    throw error;
  }
}

function readEntry(value: Uint8Array, at: number): PageEntry {
  const key = readPeerKey(value, 0);
  if (key === undefined) throw new DecodeError('an id of 126 bits', at);
  const reader = new ByteReader(value, PEER_ID_BYTES);
  const sequence = reader.uint32('a sequence number');
  const revision = reader.uint16('a revision');
  const intervalCode = reader.uint8('an interval');
  const flags = reader.uint8('flags');
  const ageMs = reader.uint16('an age') * AGE_UNIT_MS;
  const placed = value[reader.offset] === TLV.PLACE;
  const place = placed ? reader.bytes(readTlvHead(reader).length, 'a place') : undefined;
  const rest = reader.rest();
  const full = (flags & FLAG.FULL) !== 0;
  const signed = full ? valuesIn(rest).find(({ type }) => type === TLV.SIGNED)?.value : undefined;
  const record = full && signed === undefined ? decodeRecord(rest) : undefined;
  return {
    key,
    sequence,
    revision,
    intervalCode,
    flags: flags & ~FLAG.FULL,
    ageMs,
    place,
    record,
    signed,
  };
}

function readRange(value: Uint8Array, length: number, at: number): Range {
  const reader = new ByteReader(value);
  const range = { first: reader.uint32('a position'), last: reader.uint32('a position') };
  if (value.length === length && range.first <= range.last) return range;
  throw new DecodeError(`a range of ${length} bytes that is not empty`, at);
}

interface Value {
  readonly type: number;
  readonly value: Uint8Array;
  readonly at: number;
}

function valuesIn(body: Uint8Array): Value[] {
  const reader = new ByteReader(body);
  const values: Value[] = [];
  while (reader.remaining > 0) {
    const at = reader.offset;
    const { type, length } = readTlvHead(reader);
    values.push({ type, value: reader.bytes(length, 'a value'), at });
  }
  return values;
}

/** The value now read, if none of its kind was read before. */
function once<Value>(before: Value | undefined, value: Value, at: number): Value {
  if (before !== undefined) throw new DecodeError('a value of each kind at most once', at);
  return value;
}
