/** Packets of the datagram service, UDP port 138 (RFC 1002 section 4.4). */

import { ByteReader, ByteWriter, DecodeError } from '../../bytes.ts';
import { formatAddress, parseAddress } from '../../ip-address.ts';
import { readName, writeName } from './encoded-name.ts';
import { NODE_TYPES, type NodeType } from './name-packet.ts';
import type { NetbiosName } from './netbios-name.ts';

/** Whom a datagram is for: one name, all members of a group, or every node. */
export type DatagramKind = 'unique' | 'group' | 'broadcast';

/** MSG_TYPE (RFC 1002 section 4.4.1). Errors and queries, 0x13 to 0x16, are for name servers that no network has. */
const MESSAGE_TYPES: Readonly<Record<DatagramKind, number>> = {
  unique: 0x10,
  group: 0x11,
  broadcast: 0x12,
};
const KINDS = new Map(
  (['unique', 'group', 'broadcast'] as const).map((kind) => [MESSAGE_TYPES[kind], kind]),
);

/** FLAGS (RFC 1002 section 4.4.1). Windows has been seen to set reserved bits: they are not looked at. */
const MORE = 0x01;
const FIRST = 0x02;
const NODE_TYPE_SHIFT = 2;

/** What DGM_LENGTH does not count. */
const HEADER_BYTES = 14;

/** What precedes the body. */
export interface DatagramHeader {
  readonly kind: DatagramKind;
  /** DGM_ID: with the source it names the datagram. */
  readonly id: number;
  readonly nodeType: NodeType;
  /** What the sender takes for its own address and port; the packet's own are to be believed. */
  readonly address: string;
  readonly port: number;
}

/** The names and the data, which a datagram of two fragments shares out between them. */
export interface DatagramBody {
  readonly from: NetbiosName;
  readonly to: NetbiosName;
  /** Of both names. */
  readonly scope: string;
  readonly data: Uint8Array;
}

/** One packet as it comes: a whole datagram, or part of one. */
export interface DatagramPacket extends DatagramHeader {
  readonly first: boolean;
  readonly more: boolean;
  /** DGM_LENGTH: the bytes of the whole body. */
  readonly length: number;
  /** PACKET_OFFSET: where in the body this part belongs. */
  readonly offset: number;
  readonly part: Uint8Array;
}

/** A whole datagram. We never send fragments, as Windows never does ([MS-MAIL] product behaviour note 13). */
export function encodeDatagram(header: DatagramHeader, body: DatagramBody): Uint8Array {
  const names = new ByteWriter();
  writeName(names, body.from, body.scope);
  writeName(names, body.to, body.scope);
  const flags = FIRST | (NODE_TYPES.indexOf(header.nodeType) << NODE_TYPE_SHIFT);
  const writer = new ByteWriter(HEADER_BYTES + names.length + body.data.length);
  writer.uint8(MESSAGE_TYPES[header.kind]).uint8(flags).uint16(header.id);
  writer.bytes(parseAddress(header.address)!).uint16(header.port);
  writer.uint16(names.length + body.data.length).uint16(0);
  return writer.bytes(names.finish()).bytes(body.data).finish();
}

/** Throws a DecodeError. What follows the length that a whole datagram claims is left out. */
export function decodeDatagram(bytes: Uint8Array): DatagramPacket {
  const reader = new ByteReader(bytes);
  const kind = KINDS.get(reader.uint8('a type of message'));
  if (kind === undefined) throw new DecodeError('a type of message that carries data', 0);
  const flags = reader.uint8('flags');
  const id = reader.uint16('an id');
  const address = formatAddress(reader.bytes(4, 'a source address'));
  const port = reader.uint16('a source port');
  const length = reader.uint16('a length');
  const offset = reader.uint16('an offset');
  const [first, more] = [(flags & FIRST) !== 0, (flags & MORE) !== 0];
  const whole = first && !more;
  const part = whole ? reader.bytes(length, 'names and data') : reader.rest();
  if (first !== (offset === 0) || offset + part.length > length) {
    throw new DecodeError('a part within the datagram', 10);
  }
  const nodeType = NODE_TYPES[(flags >> NODE_TYPE_SHIFT) & 3]!;
  return { kind, id, nodeType, address, port, first, more, length, offset, part };
}

/** The body of a whole datagram. Throws a DecodeError. */
export function decodeBody(bytes: Uint8Array): DatagramBody {
  const from = readName(bytes, 0);
  const to = readName(bytes, from.end);
  if (from.scope !== to.scope) throw new DecodeError('one scope', from.end);
  return { from: from.name, to: to.name, scope: from.scope, data: bytes.subarray(to.end) };
}
