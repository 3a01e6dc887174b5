/**
 * The messages of the presence protocol (MPP/1): a header of 32 bytes, a body of values, a trailer if secured.
 * docs/wire-presence.md shows them byte by byte.
 */

import { createHash } from 'node:crypto';

import { ByteReader, ByteWriter, DecodeError } from '@mailslot/core/internal';

import { PEER_ID_BYTES, type PeerKey, readPeerKey, writePeerKey } from './peer-id.ts';
import { checkTlvs } from './tlv.ts';

/** Message types. Only append: the numbers are part of the protocol. */
export const TYPE = { ANNOUNCE: 1, BYE: 2, PROBE: 3, PULL: 4, PAGE: 5 } as const;

export const FLAG = {
  /** The record follows. */
  FULL: 0x01,
  /** Asks whoever hears it for their record. */
  WANT: 0x02,
  /** The sender has a complete list. */
  SETTLED: 0x04,
  /** The sender watches and is not to be listed. */
  OBSERVER: 0x08,
  /** Sent to one peer alone, not to the group. */
  DIRECT: 0x40,
  /** Both bits: 0 open, 1 HMAC, 2 HMAC and encrypted records, 3 HMAC and Ed25519. */
  SECURITY: 0x30,
} as const;

/** How messages are protected: 0 open, 1 HMAC, 2 HMAC and encrypted records, 3 HMAC and Ed25519. */
export type SecurityMode = 0 | 1 | 2 | 3;

export interface Message {
  readonly type: number;
  readonly flags: number;
  /** The sender's own interval; see `intervalMsOf`. */
  readonly intervalCode: number;
  readonly realm: number;
  readonly id: PeerKey;
  /** One more for every datagram of this id, whatever its type, modulo 2³². */
  readonly sequence: number;
  /** Of the sender's record, modulo 2¹⁶. */
  readonly revision: number;
  /** Datagrams that this id has sent to the group so far, this one included, modulo 2¹⁶: gaps tell what was lost. */
  readonly groupCount: number;
  readonly body: Uint8Array;
  /** Tag and signature; empty in an open realm. */
  readonly trailer: Uint8Array;
}

const VERSION_MAJOR = 1;
const VERSION_MINOR = 0;

export const HEADER_BYTES = 32;

/** Never fragmented by anyone: IPv6 guarantees 1 280, tunnels take some of that. */
export const DATAGRAM_BYTES_MAX = 1200;

/** Trailer of each security mode: a tag of 16 bytes, a signature of 64. */
export const TRAILER_BYTES = [0, 16, 16, 80] as const;

/** Where the type stands. */
export const TYPE_OFFSET = 1;

const FLAGS_OFFSET = 2;
const REALM_OFFSET = 4;
const ID_OFFSET = 8;
const REVISION_OFFSET = 28;
const EMPTY = new Uint8Array();

/**
 * What separates services that share a slot or a segment: the first 4 octets of a hash, compared before anything
 * else. `domain` is the folded name of the network domain, `service` is taken to the letter.
 */
export function realmOf(domain: string, service: string): number {
  return createHash('sha256').update(`mpp1\0${domain}\0${service}`, 'utf8').digest().readUInt32BE();
}

/** Why a message is not for us, judged by its header alone. */
export type Mismatch = 'malformed' | 'version' | 'realm' | 'security';

/** The cheap filter in front of {@link decodeMessage}. Undefined if the message should be decoded. */
export function screenMessage(
  bytes: Uint8Array,
  realm: number,
  mode: SecurityMode = 0,
): Mismatch | undefined {
  if (bytes.length < HEADER_BYTES) return 'malformed';
  if (bytes[0]! >>> 4 !== VERSION_MAJOR) return 'version';
  if (new ByteReader(bytes, REALM_OFFSET).uint32('a realm') !== realm) return 'realm';
  // Protected in another way than ours, it proves nothing to us: it must never pass for an open one.
  return (bytes[FLAGS_OFFSET]! & FLAG.SECURITY) >>> 4 === mode ? undefined : 'security';
}

/** Whose beat this is and of which revision, if it says and asks no more than that its sender is there. */
export function screenBeat(
  bytes: Uint8Array,
): { readonly id: PeerKey | undefined; readonly revision: number } | undefined {
  if (bytes.length < HEADER_BYTES || bytes[TYPE_OFFSET] !== TYPE.ANNOUNCE) return undefined;
  if ((bytes[FLAGS_OFFSET]! & (FLAG.FULL | FLAG.WANT)) !== 0) return undefined;
  const revision = (bytes[REVISION_OFFSET]! << 8) | bytes[REVISION_OFFSET + 1]!;
  return { id: readPeerKey(bytes, ID_OFFSET), revision };
}

export function encodeMessage(message: Message): Uint8Array {
  const { body, trailer } = message;
  const length = HEADER_BYTES + body.length + trailer.length;
  if (length > DATAGRAM_BYTES_MAX) throw new RangeError(`A message of ${length} bytes.`);
  const id = new Uint8Array(PEER_ID_BYTES);
  writePeerKey(message.id, id, 0);
  return new ByteWriter(length)
    .uint8((VERSION_MAJOR << 4) | VERSION_MINOR)
    .uint8(message.type)
    .uint8(message.flags)
    .uint8(message.intervalCode)
    .uint32(message.realm)
    .bytes(id)
    .uint32(message.sequence)
    .uint16(message.revision)
    .uint16(message.groupCount)
    .bytes(body)
    .bytes(trailer)
    .finish();
}

/**
 * Reads a message; body and trailer are views of `bytes`. Throws only {@link DecodeError}. An open body is walked from
 * end to end, so that its lengths add up whoever reads it; a secured one is left alone until it is proven.
 */
export function decodeMessage(bytes: Uint8Array): Message {
  if (bytes.length > DATAGRAM_BYTES_MAX) {
    throw new DecodeError(`at most ${DATAGRAM_BYTES_MAX} bytes`, DATAGRAM_BYTES_MAX);
  }
  const reader = new ByteReader(bytes);
  const version = reader.uint8('a version');
  if (version >>> 4 !== VERSION_MAJOR) throw new DecodeError(`version ${VERSION_MAJOR}`, 0);
  const type = reader.uint8('a message type');
  const flags = reader.uint8('flags');
  const intervalCode = reader.uint8('an interval code');
  const realm = reader.uint32('a realm');
  reader.skip(PEER_ID_BYTES, 'an id');
  const id = readPeerKey(bytes, ID_OFFSET);
  if (id === undefined) throw new DecodeError('an id of 126 bits', ID_OFFSET);
  const sequence = reader.uint32('a sequence number');
  const revision = reader.uint16('a revision');
  const groupCount = reader.uint16('a count of group datagrams');
  const security = (flags & FLAG.SECURITY) >>> 4;
  const bodyLength = reader.remaining - TRAILER_BYTES[security]!;
  if (bodyLength < 0) {
    throw new DecodeError(`a trailer of ${TRAILER_BYTES[security]} bytes`, HEADER_BYTES, {
      truncated: true,
    });
  }
  const body = bodyLength > 0 ? reader.bytes(bodyLength, 'the body') : EMPTY;
  if (security === 0) checkTlvs(new ByteReader(bytes, HEADER_BYTES, HEADER_BYTES + bodyLength));
  const trailer = reader.remaining > 0 ? reader.rest() : EMPTY;
  return { type, flags, intervalCode, realm, id, sequence, revision, groupCount, body, trailer };
}
