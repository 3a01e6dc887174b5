/** The frame a message travels in over UDP. docs/wire-udp.md is its page for people. */

import { ByteReader, ByteWriter, DecodeError, utf8Bytes } from '../../bytes.ts';
import type { Address } from '../../message.ts';
import { STATION_ID_BYTES } from '../../message.ts';
import { HOST_NAME_BYTES_MAX, isHostName, PATH_BYTES_MAX } from '../../name.ts';

/** Byte 0 of every frame: `M`. */
const MAGIC = 0x4d;

/** Byte 1: the major version in the high nibble. A minor version, in the low one, changes nothing that must be understood. */
const MAJOR_VERSION = 0x1;

/** Byte 2. These values are part of the protocol: only append. */
const FLAG_TARGET = 0x01;
const FLAG_SENDER = 0x02;
const FLAG_FRAGMENT = 0x04;
const FLAG_DIRECT = 0x08;
/** How this copy travels: see {@link Way}. It differs among the copies of one frame, and says nothing of its content. */
const FLAGS_WAY = 0x30;
/** A bridge has brought the frame from another network, and says it in the name of its station. */
const FLAG_RELAYED = 0x40;
/** A flag of later versions, which a receiver must understand or drop the frame. */
const FLAGS_UNKNOWN = 0x80;
/** Together they say that a frame is for the bridge to relay: its target is a station, not a name. */
const FLAGS_ONWARD = FLAG_TARGET | FLAG_DIRECT;

/**
 * How one copy of a message to everyone travels. `needed`: by broadcast, and its sender hears nobody by multicast.
 */
export type Way = 'multicast' | 'broadcast' | 'needed' | 'unicast';

/** By their place in {@link FLAGS_WAY}. */
const WAYS: readonly Way[] = ['multicast', 'broadcast', 'needed', 'unicast'];

const FLAGS_OFFSET = 2;
const SEQUENCE_OFFSET = 14;
const SLOT_OFFSET = 18;
export const FRAGMENT_HEADER_BYTES = 8;

/** The most a frame can add to its data: every name at its longest, and a fragment header. */
export const FRAME_OVERHEAD_BYTES_MAX: number =
  SLOT_OFFSET + PATH_BYTES_MAX + 2 * (1 + HOST_NAME_BYTES_MAX) + FRAGMENT_HEADER_BYTES;

/** What the frames of one writer to one slot have in common. */
export interface FrameHeader {
  /** The folded path of the slot. */
  readonly slot: string;
  readonly address: Address;
  /** {@link STATION_ID_BYTES} characters of one byte each. */
  readonly station: string;
  /** The sender's computer name, folded; empty to leave it out. */
  readonly from: string;
  /** A bridge has brought it from another network. Default false. */
  readonly relayed?: boolean;
}

/** Which part of a larger message a frame carries. */
export interface Fragment {
  readonly index: number;
  /** How many fragments the message has. */
  readonly count: number;
  /** How many bytes the message has. */
  readonly total: number;
}

export interface Frame {
  readonly header: FrameHeader;
  readonly sequence: number;
  /** Undefined if the frame carries the whole message. */
  readonly fragment: Fragment | undefined;
  /** A view of the bytes that were decoded. */
  readonly data: Uint8Array;
}

const ADDRESS_FLAGS: Readonly<Record<Address['kind'], number>> = {
  domain: 0,
  name: FLAG_TARGET,
  direct: FLAG_DIRECT,
  station: FLAGS_ONWARD,
};

/** Encodes what all frames of a channel share, once; {@link encodeFrame} does the rest for each. */
export function encodeHeader(header: FrameHeader): Uint8Array {
  const { slot, address, station, from, relayed = false } = header;
  const path = utf8Bytes(slot);
  const flags =
    ADDRESS_FLAGS[address.kind] | (from === '' ? 0 : FLAG_SENDER) | (relayed ? FLAG_RELAYED : 0);
  const writer = new ByteWriter(FRAME_OVERHEAD_BYTES_MAX)
    .uint8(MAGIC)
    .uint8(MAJOR_VERSION << 4)
    .uint8(flags)
    .uint8(path.length)
    .uint32(address.kind === 'domain' ? address.tag : 0)
    .bytes(Buffer.from(station, 'latin1'))
    .uint32(0)
    .bytes(path);
  if (address.kind === 'name') writeName(writer, address.name);
  if (address.kind === 'station') {
    writer.uint8(STATION_ID_BYTES).bytes(Buffer.from(address.station, 'latin1'));
  }
  if (from !== '') writeName(writer, from);
  return writer.finish();
}

/** A frame of its own memory: it may stay in flight while the next one is made. */
export function encodeFrame(
  header: Uint8Array,
  sequence: number,
  data: Uint8Array,
  fragment?: Fragment,
): Uint8Array {
  const dataOffset = header.length + (fragment === undefined ? 0 : FRAGMENT_HEADER_BYTES);
  const frame = Buffer.allocUnsafe(dataOffset + data.length);
  frame.set(header);
  frame.writeUInt32BE(sequence, SEQUENCE_OFFSET);
  if (fragment !== undefined) {
    frame[FLAGS_OFFSET]! |= FLAG_FRAGMENT;
    frame.writeUInt16BE(fragment.index, header.length);
    frame.writeUInt16BE(fragment.count, header.length + 2);
    frame.writeUInt32BE(fragment.total, header.length + 4);
  }
  frame.set(data, dataOffset);
  return frame;
}

/** The frame, marked with the way it is to go. Multicast needs no mark, and so no copy. */
export function markWay(frame: Uint8Array, way: Way): Uint8Array {
  if (way === 'multicast') return frame;
  const marked = Uint8Array.from(frame);
  marked[FLAGS_OFFSET]! |= WAYS.indexOf(way) << 4;
  return marked;
}

/** The way a frame came, as its sender says. */
export function wayOf(bytes: Uint8Array): Way {
  return WAYS[(bytes[FLAGS_OFFSET]! & FLAGS_WAY) >>> 4]!;
}

/**
 * The first look at foreign bytes: why they are no frame for us, if they are none. It costs next to nothing, where an
 * exception costs as much as receiving two datagrams, so that a flood of anything else stays cheap.
 */
export function recognise(bytes: Uint8Array): 'malformed' | 'version' | undefined {
  if (bytes.length <= SLOT_OFFSET || bytes[0] !== MAGIC) return 'malformed';
  if (bytes[1]! >>> 4 !== MAJOR_VERSION) return 'version';
  return (bytes[FLAGS_OFFSET]! & FLAGS_UNKNOWN) === 0 ? undefined : 'version';
}

/**
 * Decodes the frames of one sender. They differ only in sequence and data as long as it keeps to one slot, so the
 * header is remembered, and compared instead of decoded again.
 */
export class FrameDecoder {
  #bytes: Uint8Array = new Uint8Array(0);
  #header: FrameHeader | undefined;

  /** Throws only {@link DecodeError}. */
  decode(bytes: Uint8Array): Frame {
    if (this.#header === undefined || !sameHeader(bytes, this.#bytes)) {
      const reader = new ByteReader(bytes);
      this.#header = readHeader(reader);
      this.#bytes = bytes.slice(0, reader.offset);
    }
    const header = this.#header;
    const headerBytes = this.#bytes.length;
    const sequence = sequenceOf(bytes);
    if ((bytes[FLAGS_OFFSET]! & FLAG_FRAGMENT) === 0) {
      return { header, sequence, fragment: undefined, data: restOf(bytes, headerBytes) };
    }
    const fragment = readFragment(new ByteReader(bytes, headerBytes));
    return {
      header,
      sequence,
      fragment,
      data: restOf(bytes, headerBytes + FRAGMENT_HEADER_BYTES),
    };
  }
}

/** Decodes one frame. Throws only {@link DecodeError}. */
export function decodeFrame(bytes: Uint8Array): Frame {
  return new FrameDecoder().decode(bytes);
}

/** A plain view: users are promised a Uint8Array, and a Buffer behaves like none in places. */
function restOf(bytes: Uint8Array, offset: number): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset + offset, bytes.length - offset);
}

/** Read by hand, as {@link sameHeader} compares: it is done for every datagram. */
function sequenceOf(bytes: Uint8Array): number {
  const at = SEQUENCE_OFFSET;
  return (
    ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0
  );
}

function sameHeader(bytes: Uint8Array, header: Uint8Array): boolean {
  if (bytes.length < header.length) return false;
  for (let at = 0; at < header.length; at++) {
    if (bytes[at] === header[at]) continue;
    if (at === FLAGS_OFFSET && ((bytes[at]! ^ header[at]!) & ~FLAGS_WAY) === 0) continue;
    if (at < SEQUENCE_OFFSET || at >= SLOT_OFFSET) return false;
  }
  return true;
}

function readHeader(reader: ByteReader): FrameHeader {
  if (reader.uint8('the letter M') !== MAGIC) throw new DecodeError('the letter M', 0);
  if (reader.uint8('the version') >>> 4 !== MAJOR_VERSION) throw new DecodeError('version 1', 1);
  const flags = reader.uint8('the flags');
  if ((flags & FLAGS_UNKNOWN) !== 0) throw new DecodeError('known flags', FLAGS_OFFSET);
  const pathBytes = reader.uint8('the length of the slot path');
  if (pathBytes === 0) throw new DecodeError('a slot path', reader.offset - 1);
  const tag = reader.uint32('the domain tag');
  const station = readStation(reader, 'the station');
  reader.uint32('the sequence');
  const slot = reader.utf8(pathBytes, 'the slot path');
  const address = readAddress(reader, flags, tag);
  const from = (flags & FLAG_SENDER) === 0 ? '' : readName(reader, 'the sender');
  const header = { slot, address, station, from };
  return (flags & FLAG_RELAYED) === 0 ? header : { ...header, relayed: true };
}

function readAddress(reader: ByteReader, flags: number, tag: number): Address {
  switch (flags & FLAGS_ONWARD) {
    case FLAG_TARGET:
      return { kind: 'name', name: readName(reader, 'the target') };
    case FLAG_DIRECT:
      return { kind: 'direct' };
    case FLAGS_ONWARD:
      return { kind: 'station', station: readTarget(reader) };
    default:
      return { kind: 'domain', tag };
  }
}

function readTarget(reader: ByteReader): string {
  const at = reader.offset;
  if (reader.uint8('the length of the target') !== STATION_ID_BYTES) {
    throw new DecodeError('the target of a direct frame to be a station', at);
  }
  return readStation(reader, 'the target');
}

function readStation(reader: ByteReader, what: string): string {
  return String.fromCharCode(...reader.bytes(STATION_ID_BYTES, what));
}

function readFragment(reader: ByteReader): Fragment {
  const at = reader.offset;
  const index = reader.uint16('the fragment index');
  const count = reader.uint16('the fragment count');
  const total = reader.uint32('the message size');
  if (index >= count) throw new DecodeError('a fragment index below the count', at);
  return { index, count, total };
}

function readName(reader: ByteReader, what: string): string {
  const at = reader.offset;
  const name = reader.utf8(reader.uint8(`the length of ${what}`), what);
  if (!isHostName(name)) throw new DecodeError(`${what} to be a valid name`, at);
  return name;
}

function writeName(writer: ByteWriter, name: string): void {
  const bytes = utf8Bytes(name);
  writer.uint8(bytes.length).bytes(bytes);
}
