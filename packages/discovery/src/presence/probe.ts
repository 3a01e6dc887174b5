/** The body of a PROBE: who is asked after. Without any it is a mere knock, that wants no answer. */

import { ByteReader, ByteWriter, DecodeError } from '@mailslot/core/internal';

import { PEER_ID_BYTES, type PeerKey, readPeerKey, writePeerKey } from './peer-id.ts';
import { readTlvHead, TLV, writeTlv } from './tlv.ts';

export interface Subject {
  readonly key: PeerKey;
  /** The newest number that the asker has heard of it: an answer must be newer. */
  readonly lastSequence: number;
  /** How often it was asked after, from 1. For people who watch the wire. */
  readonly round: number;
}

const SUBJECT_BYTES = PEER_ID_BYTES + 5;
const ROUND_MAX = 0xff;

export function encodeProbe({ key, lastSequence, round }: Subject): Uint8Array {
  const id = new Uint8Array(PEER_ID_BYTES);
  writePeerKey(key, id, 0);
  const value = new ByteWriter(SUBJECT_BYTES)
    .bytes(id)
    .uint32(lastSequence)
    .uint8(Math.min(round, ROUND_MAX))
    .finish();
  const writer = new ByteWriter(SUBJECT_BYTES + 2);
  writeTlv(writer, TLV.SUBJECT, value);
  return writer.finish();
}

/** Reads the first subject of a body, if it has one; other values are skipped. Throws only {@link DecodeError}. */
export function decodeProbe(body: Uint8Array): Subject | undefined {
  const reader = new ByteReader(body);
  while (reader.remaining > 0) {
    const at = reader.offset;
    const { type, length } = readTlvHead(reader);
    const value = reader.bytes(length, 'a value');
    if (type !== TLV.SUBJECT) continue;
    const key = readPeerKey(value, 0);
    if (key === undefined) throw new DecodeError('an id of 126 bits', at);
    const rest = new ByteReader(value, PEER_ID_BYTES);
    return { key, lastSequence: rest.uint32('a number'), round: rest.uint8('a round') };
  }
  return undefined;
}
