/**
 * Who wrote a message, for stations of this project: the classic wire has no place for it. It goes where SMB over a
 * datagram carries nothing and receivers must not look ([MS-MAIL] sections 2.2.1 and 3.2.5.1), so that a message that
 * came by several ways is known for one, and the sender of an answer for whom it is.
 */

import { ByteReader, ByteWriter } from '../../bytes.ts';
import { STATION_ID_BYTES } from '../../message.ts';
import type { MailslotWriteHeader } from './mailslot-write.ts';

export interface Identity {
  readonly station: string;
  readonly sequence: number;
  /** It is for this station alone, not for a name. */
  readonly direct: boolean;
  /** Its sender wants no name to be told. */
  readonly anonymous: boolean;
}

/** In MID: by which an identity is known from chance. No peer writes one into a mailslot write. */
const MARK = 0x4d53;

/** In PIDHigh. */
const DIRECT = 0x0001;
const ANONYMOUS = 0x0002;

export function encodeIdentity(identity: Identity): Partial<MailslotWriteHeader> {
  const { station, sequence, direct, anonymous } = identity;
  const writer = new ByteWriter(STATION_ID_BYTES + 2);
  for (const character of station) writer.uint8(character.charCodeAt(0));
  writer.uint16(sequence >>> 16);
  return {
    pidHigh: (direct ? DIRECT : 0) | (anonymous ? ANONYMOUS : 0),
    securityFeatures: writer.finish(),
    reserved: sequence & 0xffff,
    mid: MARK,
  };
}

/** Undefined if another program wrote it. */
export function decodeIdentity(header: MailslotWriteHeader): Identity | undefined {
  if (header.mid !== MARK) return undefined;
  const reader = new ByteReader(header.securityFeatures);
  const station = String.fromCharCode(...reader.bytes(STATION_ID_BYTES, 'a station'));
  const sequence = ((reader.uint16('a sequence number') << 16) | header.reserved) >>> 0;
  const direct = (header.pidHigh & DIRECT) !== 0;
  return { station, sequence, direct, anonymous: (header.pidHigh & ANONYMOUS) !== 0 };
}
