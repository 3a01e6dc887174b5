/** Packets of the name service, UDP port 137 (RFC 1002 section 4.2). */

import { ByteReader, ByteWriter, DecodeError } from '../../bytes.ts';
import { formatAddress, parseAddress } from '../../ip-address.ts';
import { readName, writeName } from './encoded-name.ts';
import type { NetbiosName } from './netbios-name.ts';

/** The bits of the second word (RFC 1002 section 4.2.1.1). */
export const RESPONSE = 0x8000;
export const OPCODE = 0x7800;
export const AUTHORITATIVE = 0x0400;
export const RECURSION_DESIRED = 0x0100;
export const RECURSION_AVAILABLE = 0x0080;
export const BROADCAST = 0x0010;
export const RCODE = 0x000f;

/** Opcodes, in their place (RFC 1002 section 4.2.1.1; the last one [MS-NBTE] section 2.2.2). */
export const QUERY = 0x0000;
export const REGISTRATION = 0x2800;
export const RELEASE = 0x3000;
export const WAIT = 0x3800;
export const REFRESH = 0x4000;
/** Its diagram has 9 for a refresh, its table 8: receivers take both. */
export const ALTERNATE_REFRESH = 0x4800;
export const MULTIHOMED_REGISTRATION = 0x7800;

/** Why a request failed (RFC 1002 sections 4.2.6, 4.2.11 and 4.2.14). */
export const NAME_ERROR = 3;
export const ACTIVE_ERROR = 6;
export const CONFLICT_ERROR = 7;

/** Types of questions and records (RFC 1002 sections 4.2.1.2 and 4.2.1.3). */
export const TYPE_NULL = 0x000a;
export const TYPE_NB = 0x0020;
export const TYPE_NBSTAT = 0x0021;
const CLASS_IN = 1;

/** How a node finds names (RFC 1001 section 10): by broadcast, by a name server, or by both, in either order. */
export type NodeType = 'B' | 'P' | 'M' | 'H';

/** In the order of the two bits they have on the wire. The last is of [MS-NBTE]; RFC 1002 reserves it. */
export const NODE_TYPES: readonly NodeType[] = ['B', 'P', 'M', 'H'];

/** The first word of an NB entry and of a name in a node status (RFC 1002 sections 4.2.1.3 and 4.2.18). */
export const GROUP = 0x8000;
const NODE_TYPE_SHIFT = 13;

interface Question {
  readonly name: NetbiosName;
  readonly type: number;
}

interface ResourceRecord {
  readonly name: NetbiosName;
  readonly type: number;
  /** Seconds; 0 for ever, or for as long as nobody objects. */
  readonly ttlS: number;
  readonly data: Uint8Array;
}

export interface NamePacket {
  readonly id: number;
  readonly flags: number;
  /** Of all its names: one packet speaks of one network. */
  readonly scope: string;
  readonly question: Question | undefined;
  readonly answer: ResourceRecord | undefined;
  readonly additional: ResourceRecord | undefined;
}

/** One address that a name has. */
export interface NameEntry {
  readonly group: boolean;
  readonly nodeType: NodeType;
  readonly address: string;
}

const HEADER_BYTES = 12;
const ENTRY_BYTES = 6;
/** RR_NAME of a registration, refresh or release: where the question has it (RFC 1002 section 4.2.2). */
const POINTER_TO_QUESTION = 0xc000 | HEADER_BYTES;

export function encodeNamePacket(packet: NamePacket): Uint8Array {
  const { id, flags, scope, question, answer, additional } = packet;
  const writer = new ByteWriter();
  writer.uint16(id).uint16(flags);
  writer.uint16(count(question)).uint16(count(answer)).uint16(0).uint16(count(additional));
  if (question !== undefined) {
    writeName(writer, question.name, scope);
    writer.uint16(question.type).uint16(CLASS_IN);
  }
  for (const record of [answer, additional]) {
    if (record === undefined) continue;
    if (question?.name.equals(record.name)) writer.uint16(POINTER_TO_QUESTION);
    else writeName(writer, record.name, scope);
    writer.uint16(record.type).uint16(CLASS_IN).uint32(record.ttlS);
    writer.uint16(record.data.length).bytes(record.data);
  }
  return writer.finish();
}

/** Throws a DecodeError. Bytes after the last record are not looked at. */
export function decodeNamePacket(bytes: Uint8Array): NamePacket {
  const header = new ByteReader(bytes);
  const [id, flags] = [header.uint16('an id'), header.uint16('flags')];
  const counts = [
    header.uint16('a count of questions'),
    header.uint16('a count of answers'),
    header.uint16('a count of name servers'),
    header.uint16('a count of additional records'),
  ] as const;
  // Nobody sends more, and RFC 1002 knows no packet that has more.
  if (counts.some((count) => count > 1)) throw new DecodeError('one record of a kind', 4);
  const body = new Body(bytes, header.offset);
  const question = counts[0] === 1 ? body.question() : undefined;
  const answer = counts[1] === 1 ? body.record() : undefined;
  if (counts[2] === 1) body.record();
  const additional = counts[3] === 1 ? body.record() : undefined;
  return { id, flags, scope: body.scope ?? '', question, answer, additional };
}

/** What follows the header of a packet: a cursor that follows names wherever they lead. */
class Body {
  readonly #bytes: Uint8Array;
  #offset: number;
  scope: string | undefined;

  constructor(bytes: Uint8Array, offset: number) {
    this.#bytes = bytes;
    this.#offset = offset;
  }

  question(): Question {
    const name = this.#name();
    const reader = new ByteReader(this.#bytes, this.#offset);
    const type = reader.uint16('a type of question');
    reader.skip(2, 'a class of question');
    this.#offset = reader.offset;
    return { name, type };
  }

  record(): ResourceRecord {
    const name = this.#name();
    const reader = new ByteReader(this.#bytes, this.#offset);
    const type = reader.uint16('a type of record');
    reader.skip(2, 'a class of record');
    const ttlS = reader.uint32('a time to live');
    const data = reader.bytes(reader.uint16('a length of data'), 'the data of a record');
    this.#offset = reader.offset;
    return { name, type, ttlS, data };
  }

  #name(): NetbiosName {
    const at = this.#offset;
    const { name, scope, end } = readName(this.#bytes, at);
    if (this.scope !== undefined && this.scope !== scope) throw new DecodeError('one scope', at);
    this.scope = scope;
    this.#offset = end;
    return name;
  }
}

function count(record: Question | ResourceRecord | undefined): number {
  return record === undefined ? 0 : 1;
}

/** The data of an NB record. */
export function encodeEntries(entries: readonly NameEntry[]): Uint8Array {
  const writer = new ByteWriter(entries.length * ENTRY_BYTES);
  for (const { group, nodeType, address } of entries) {
    writer.uint16(nameFlags(group, nodeType)).bytes(parseAddress(address)!);
  }
  return writer.finish();
}

/** Throws a DecodeError unless the data is that of an NB record with an address. */
export function decodeEntries(data: Uint8Array): [NameEntry, ...NameEntry[]] {
  const reader = new ByteReader(data);
  const entry = (): NameEntry => {
    const flags = reader.uint16('flags of an address');
    const address = formatAddress(reader.bytes(4, 'an address'));
    return { group: (flags & GROUP) !== 0, nodeType: nodeTypeOf(flags), address };
  };
  const entries: [NameEntry, ...NameEntry[]] = [entry()];
  while (reader.remaining > 0) entries.push(entry());
  return entries;
}

/** NB_FLAGS (RFC 1002 section 4.2.1.3). */
export function nameFlags(group: boolean, nodeType: NodeType): number {
  return (group ? GROUP : 0) | (NODE_TYPES.indexOf(nodeType) << NODE_TYPE_SHIFT);
}

export function nodeTypeOf(flags: number): NodeType {
  return NODE_TYPES[(flags >> NODE_TYPE_SHIFT) & 3]!;
}
