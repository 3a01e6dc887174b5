/**
 * What stands in the body of a message: type, length, value.
 *
 * `type u8, length u8, value`, or for values above 255 bytes `0xFF, type u8, length u16, value`. Each value has one
 * way to be written.
 */

import { type ByteReader, type ByteWriter, DecodeError } from '@mailslot/core/internal';

/** Known types. Only append: the numbers are part of the protocol. */
export const TLV = {
  NAME: 0x01,
  ENDPOINT: 0x02,
  INFO: 0x03,
  PUBKEY: 0x04,
  DIGEST: 0x10,
  SUBJECT: 0x20,
  NONCE: 0x21,
  FINGERPRINTS: 0x30,
  ENTRY: 0x31,
  RANGE: 0x32,
  SIGNED: 0x33,
  PLACE: 0x34,
  PADDING: 0x7f,
} as const;

/** The application's own name for a peer, in UTF-8: the length of a DNS label, and of a line in a list. */
export const NAME_BYTES_MAX = 63;

/** The info of a peer, as JSON in UTF-8: what is left of a datagram beside a name and endpoints. 200 is kinder to all. */
export const INFO_BYTES_MAX = 1000;

/** From this type on a receiver that does not know the type must drop the message; below, it skips the value. */
const CRITICAL = 0x80;

/** Not a type, but the mark of a long value. */
const LONG = 0xff;

const SHORT_BYTES_MAX = 0xff;

/** The least and the most bytes a value of each known type may have. */
const LENGTHS: ReadonlyMap<number, readonly [min: number, max: number]> = new Map([
  [TLV.NAME, [1, NAME_BYTES_MAX]],
  [TLV.ENDPOINT, [3, 19]], // family 1, port 2, address 0, 4 or 16
  [TLV.INFO, [1, INFO_BYTES_MAX]],
  [TLV.PUBKEY, [32, 32]],
  [TLV.DIGEST, [12, 12]], // count 4, fingerprint 8
  [TLV.SUBJECT, [21, 21]], // id 16, last sequence 4, round 1
  [TLV.NONCE, [8, 8]],
  [TLV.FINGERPRINTS, [128, 128]], // 16 buckets of 8
  [TLV.ENTRY, [26, 0xffff]], // id 16, sequence 4, revision 2, interval code 1, flags 1, age 2, record
  [TLV.RANGE, [8, 9]], // first and last position 4 each, in a page the pages to come 1
  [TLV.SIGNED, [32, 0xffff]], // in an entry: a full announcement of the owner as it was sent
  [TLV.PLACE, [1, 32]], // in an entry: what its transport calls a place; on udp family 1, port 2, address 4 or 16
]);

/**
 * Reads the type and length that come next, and leaves the reader at the value. Throws a {@link DecodeError} for a
 * length that its type does not have and for a critical type that is not known.
 */
export function readTlvHead(reader: ByteReader): { type: number; length: number } {
  const at = reader.offset;
  let type = reader.uint8('the type of a value');
  let length: number;
  if (type === LONG) {
    type = reader.uint8('the type of a long value');
    length = reader.uint16('the length of a long value');
    if (length <= SHORT_BYTES_MAX) throw new DecodeError('a value of more than 255 bytes', at);
  } else {
    length = reader.uint8('the length of a value');
  }
  const known = LENGTHS.get(type);
  if (known === undefined && type >= CRITICAL) throw new DecodeError('a known type', at);
  if (known !== undefined && (length < known[0] || length > known[1])) {
    throw new DecodeError(`${known[0]} to ${known[1]} bytes for type ${type}`, at);
  }
  return { type, length };
}

/** Walks all values to the end without looking into them; throws as {@link readTlvHead} does. */
export function checkTlvs(reader: ByteReader): void {
  while (reader.remaining > 0) reader.skip(readTlvHead(reader).length, 'a value');
}

export function writeTlv(writer: ByteWriter, type: number, value: Uint8Array): void {
  if (value.length > SHORT_BYTES_MAX) writer.uint8(LONG).uint8(type).uint16(value.length);
  else writer.uint8(type).uint8(value.length);
  writer.bytes(value);
}
