/** What a peer says of itself: its record, and the form that has on the wire. */

import { MailslotError } from '@mailslot/core';
import {
  ByteReader,
  ByteWriter,
  DecodeError,
  formatAddress,
  parseAddress,
  utf8Bytes,
} from '@mailslot/core/internal';

import { type Digest, readDigest } from './digest.ts';
import { DATAGRAM_BYTES_MAX, HEADER_BYTES } from './message.ts';
import type { Protection } from './protection.ts';
import { INFO_BYTES_MAX, NAME_BYTES_MAX, readTlvHead, TLV, writeTlv } from './tlv.ts';

/** Where the application itself listens. */
export interface Endpoint {
  readonly port: number;
  /** An IPv4 or IPv6 address, if it is not the one that the announcements come from. */
  readonly address?: string;
}

export interface PeerRecord {
  /** The application's name for the peer; at most {@link NAME_BYTES_MAX} bytes, may be empty. */
  readonly name: string;
  /** At most {@link ENDPOINTS_MAX}. */
  readonly endpoints: readonly Endpoint[];
  /** Anything JSON can say in {@link INFO_BYTES_MAX} bytes, or undefined. */
  readonly info: unknown;
}

/** Enough for IPv4 and IPv6, wired and wireless. */
export const ENDPOINTS_MAX = 4;

/** What else a full announcement brings along: the frame of a transport, the digest of a list, a public key. */
export const FRAME_BYTES = 24;
const DIGEST_BYTES = 14;
const PUBLIC_KEY_BYTES = 34;

/** In an open service. What a record may have at most, lest a full announcement be fragmented. */
export const RECORD_BYTES_MAX: number =
  DATAGRAM_BYTES_MAX - FRAME_BYTES - HEADER_BYTES - DIGEST_BYTES;

/** The same in a protected one: 16 bytes less for a tag; with identities 114 less for tag, signature and public key. */
export function recordBytesMax({ overheadBytes, publicKey }: Protection): number {
  return RECORD_BYTES_MAX - overheadBytes - (publicKey === undefined ? 0 : PUBLIC_KEY_BYTES);
}

/** How an endpoint gives its address; `NONE` means "where this datagram came from". */
const FAMILY = { NONE: 0, IPV4: 4, IPV6: 6 } as const;

const ADDRESS_BYTES: ReadonlyMap<number, number> = new Map([
  [FAMILY.NONE, 0],
  [FAMILY.IPV4, 4],
  [FAMILY.IPV6, 16],
]);

const PORT_MAX = 0xffff;

/**
 * The record as the body of a full announcement has it, in `bytesMax` at most. Throws a {@link MailslotError} that says
 * what is too large or wrong.
 */
export function encodeRecord(
  { name, endpoints, info }: PeerRecord,
  bytesMax: number = RECORD_BYTES_MAX,
): Uint8Array {
  const writer = new ByteWriter();
  const nameBytes = utf8Bytes(name);
  limit('name', nameBytes.length, NAME_BYTES_MAX, 'bytes');
  if (nameBytes.length > 0) writeTlv(writer, TLV.NAME, nameBytes);
  limit('list of endpoints', endpoints.length, ENDPOINTS_MAX, 'entries');
  for (const endpoint of endpoints) writeTlv(writer, TLV.ENDPOINT, endpointBytes(endpoint));
  const text = jsonOf(info);
  if (text !== undefined) {
    const infoBytes = utf8Bytes(text);
    limit('info as JSON', infoBytes.length, INFO_BYTES_MAX, 'bytes');
    writeTlv(writer, TLV.INFO, infoBytes);
  }
  limit('name, endpoints and info together', writer.length, bytesMax, 'bytes');
  return writer.finish();
}

/** Reads the record in a body; values that do not belong to it are skipped. Throws only {@link DecodeError}. */
export function decodeRecord(body: Uint8Array): PeerRecord {
  const reader = new ByteReader(body);
  const seen = new Set<number>();
  const endpoints: Endpoint[] = [];
  let name = '';
  let info: unknown;
  while (reader.remaining > 0) {
    const at = reader.offset;
    const { type, length } = readTlvHead(reader);
    if ((type === TLV.NAME || type === TLV.INFO) && seen.has(type)) {
      throw new DecodeError('a name and an info at most once', at);
    }
    seen.add(type);
    if (type === TLV.NAME) name = reader.utf8(length, 'a name');
    else if (type === TLV.INFO) info = jsonIn(reader, length);
    else if (type === TLV.ENDPOINT)
      readEndpoint(reader.bytes(length, 'an endpoint'), at, endpoints);
    else reader.skip(length, 'a value');
  }
  return { name, endpoints, info };
}

/** The digest that a full announcement carries beside the record, of the list of its sender. Throws only {@link DecodeError}. */
export function digestIn(body: Uint8Array): Digest | undefined {
  const reader = new ByteReader(body);
  while (reader.remaining > 0) {
    const { type, length } = readTlvHead(reader);
    if (type === TLV.DIGEST) return readDigest(reader.bytes(length, 'a digest'));
    reader.skip(length, 'a value');
  }
  return undefined;
}

function jsonIn(reader: ByteReader, length: number): unknown {
  const at = reader.offset;
  const text = reader.utf8(length, 'an info');
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new DecodeError('an info in JSON', at);
  }
}

/** Adds the endpoint; one of a family that is not known is left out, since newer peers may have others. */
function readEndpoint(value: Uint8Array, at: number, endpoints: Endpoint[]): void {
  const reader = new ByteReader(value);
  const family = reader.uint8('an address family');
  const port = reader.uint16('a port');
  const address = reader.rest();
  const length = ADDRESS_BYTES.get(family);
  if (length === undefined) return;
  if (address.length !== length) throw new DecodeError(`an address of ${length} bytes`, at);
  if (endpoints.length === ENDPOINTS_MAX) {
    throw new DecodeError(`at most ${ENDPOINTS_MAX} endpoints`, at);
  }
  endpoints.push(length === 0 ? { port } : { port, address: formatAddress(address) });
}

function endpointBytes({ port, address }: Endpoint): Uint8Array {
  if (!Number.isInteger(port) || port < 0 || port > PORT_MAX) {
    throw invalid(`The port ${port} is not a whole number from 0 to ${PORT_MAX}.`);
  }
  const bytes = address === undefined ? new Uint8Array() : parseAddress(address);
  if (bytes === undefined) {
    throw invalid(`The endpoint address ${JSON.stringify(address)} is neither IPv4 nor IPv6.`);
  }
  const family = { 0: FAMILY.NONE, 4: FAMILY.IPV4, 16: FAMILY.IPV6 }[bytes.length]!;
  return new ByteWriter(19).uint8(family).uint16(port).bytes(bytes).finish();
}

function jsonOf(info: unknown): string | undefined {
  try {
    return JSON.stringify(info);
  } catch (cause) {
    throw invalid('The info cannot be written as JSON.', { cause });
  }
}

function limit(what: string, size: number, max: number, unit: string): void {
  if (size > max) throw invalid(`The ${what}: ${size} ${unit}, ${max} at most.`);
}

function invalid(message: string, options?: ErrorOptions): MailslotError {
  return new MailslotError('ERROR_INVALID_PARAMETER', message, options);
}
