/** How the two ends of a connection introduce themselves: the data of the first frame each of them sends. */

import { ByteReader, ByteWriter, DecodeError, utf8Bytes } from '../../bytes.ts';
import { type Address, STATION_ID_BYTES } from '../../message.ts';
import { HOST_NAME_BYTES_MAX, isHostName } from '../../name.ts';

/** `MSLT`: what listens here, or calls here, is a mailslot. */
const MAGIC = 0x4d534c54;

/** A later version may say hello in any other way, after magic and version. */
const VERSION = 1;

const VERSION_OFFSET = 4;

/** These values are part of the protocol: only append. */
const ADDRESS_DIRECT = 0;
const ADDRESS_DOMAIN = 1;
const ADDRESS_NAME = 2;

/** The longest hello of this version: a writer's, with every name at its longest. */
export const HELLO_BYTES_MAX: number =
  VERSION_OFFSET + 1 + STATION_ID_BYTES + (1 + HOST_NAME_BYTES_MAX) + 1 + (1 + HOST_NAME_BYTES_MAX);

/** What the owner of a slot says. */
export interface OwnerHello {
  /** The slot's own limit in bytes, 0 for none. */
  readonly maxMessageSize: number;
}

/** What a writer says: all that its datagrams have in common. */
export interface WriterHello {
  /** {@link STATION_ID_BYTES} characters of one byte each. */
  readonly station: string;
  /** The computer name, folded; empty if it does not say. */
  readonly from: string;
  readonly address: LocalAddress;
}

/** No bridge is between programs of one computer. */
export type LocalAddress = Exclude<Address, { readonly kind: 'station' }>;

export function encodeOwnerHello({ maxMessageSize }: OwnerHello): Uint8Array {
  return begin().uint32(maxMessageSize).finish();
}

export function encodeWriterHello({ station, from, address }: WriterHello): Uint8Array {
  const writer = begin().bytes(Buffer.from(station, 'latin1'));
  writeName(writer, from);
  switch (address.kind) {
    case 'direct':
      writer.uint8(ADDRESS_DIRECT);
      break;
    case 'domain':
      writer.uint8(ADDRESS_DOMAIN).uint32(address.tag);
      break;
    case 'name':
      writeName(writer.uint8(ADDRESS_NAME), address.name);
      break;
  }
  return writer.finish();
}

/** Why these bytes are no hello of this version, if they are none. */
export function recogniseHello(bytes: Uint8Array): 'malformed' | 'version' | undefined {
  if (bytes.length <= VERSION_OFFSET) return 'malformed';
  if (new ByteReader(bytes).uint32('the magic') !== MAGIC) return 'malformed';
  return bytes[VERSION_OFFSET] === VERSION ? undefined : 'version';
}

/** Throws only {@link DecodeError}, as does {@link decodeWriterHello}. */
export function decodeOwnerHello(bytes: Uint8Array): OwnerHello {
  const reader = open(bytes);
  const maxMessageSize = reader.uint32('the size limit');
  assertEnd(reader);
  return { maxMessageSize };
}

export function decodeWriterHello(bytes: Uint8Array): WriterHello {
  const reader = open(bytes);
  const station = String.fromCharCode(...reader.bytes(STATION_ID_BYTES, 'the station'));
  const from = readName(reader, 'the computer name', { optional: true });
  const address = readAddress(reader);
  assertEnd(reader);
  return { station, from, address };
}

function begin(): ByteWriter {
  return new ByteWriter(HELLO_BYTES_MAX).uint32(MAGIC).uint8(VERSION);
}

function open(bytes: Uint8Array): ByteReader {
  if (recogniseHello(bytes) !== undefined) throw new DecodeError('a hello of version 1', 0);
  return new ByteReader(bytes, VERSION_OFFSET + 1);
}

function readAddress(reader: ByteReader): LocalAddress {
  const kind = reader.uint8('the kind of address');
  switch (kind) {
    case ADDRESS_DIRECT:
      return { kind: 'direct' };
    case ADDRESS_DOMAIN:
      return { kind: 'domain', tag: reader.uint32('the domain tag') };
    case ADDRESS_NAME:
      return { kind: 'name', name: readName(reader, 'the name addressed') };
    default:
      throw new DecodeError('a known kind of address', reader.offset - 1);
  }
}

function writeName(writer: ByteWriter, name: string): void {
  const bytes = utf8Bytes(name);
  writer.uint8(bytes.length).bytes(bytes);
}

function readName(reader: ByteReader, what: string, { optional = false } = {}): string {
  const at = reader.offset;
  const name = reader.utf8(reader.uint8(`the length of ${what}`), what);
  const missing = optional && name === '';
  if (!missing && !isHostName(name)) throw new DecodeError(`${what} to be a valid name`, at);
  return name;
}

function assertEnd(reader: ByteReader): void {
  if (reader.remaining > 0) throw new DecodeError('the end of the hello', reader.offset);
}
