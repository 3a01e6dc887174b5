/** What a RAP client asks ([MS-RAP] 2.5.5 and 2.5.6): an opcode, the shapes of what follows and of the answer, and the values. */

import { ByteReader, ByteWriter, oemBytes } from '@mailslot/core/internal';
import { readOem } from '@mailslot/core/netbios/internal';

/** The pipe of all questions. */
export const RAP_PIPE = '\\PIPE\\LANMAN';

const OPCODE = { NET_SHARE_ENUM: 0x0000, NET_SERVER_ENUM2: 0x0068, NET_SERVER_ENUM3: 0x00d7 };

export interface ServerEnumRequest {
  readonly kind: 'server-enum';
  /** 0 for names alone, 1 for entries. */
  readonly level: number;
  /** What the client has room for. */
  readonly bufferBytes: number;
  /** Bits of `SERVER_TYPE`. */
  readonly serverType: number;
  /** `''` for the server's own. */
  readonly domain: string;
  /** NetServerEnum3: where in the list to begin. */
  readonly from?: string;
}

export interface ShareEnumRequest {
  readonly kind: 'share-enum';
  readonly level: number;
  readonly bufferBytes: number;
}

export type RapRequest =
  | ServerEnumRequest
  | ShareEnumRequest
  /** A question that is not answered here. */
  | { readonly kind: 'unknown'; readonly opcode: number }
  /** A question in a shape that it does not have. */
  | { readonly kind: 'misshapen'; readonly opcode: number };

/**
 * The shapes of the values: W is the level, L the room for the answer, D a server type, z a string and O one that is
 * left out. The others stand for what comes back, and are not sent.
 */
const SHAPE = {
  SERVERS: 'WrLehDO',
  SERVERS_OF_DOMAIN: 'WrLehDz',
  SERVERS_OF_DOMAIN_FROM: 'WrLehDzz',
  SHARES: 'WrLeh',
} as const;

/** The shape of a server's entry, by level. */
const SERVER_SHAPES: readonly string[] = ['B16', 'B16BBDz'];

export function encodeServerEnumRequest(request: ServerEnumRequest): Uint8Array {
  const { level, bufferBytes, serverType, domain, from } = request;
  const writer = new ByteWriter();
  const text = (value: string): ByteWriter => writer.bytes(oemBytes(value)).uint8(0);
  writer.uint16le(from === undefined ? OPCODE.NET_SERVER_ENUM2 : OPCODE.NET_SERVER_ENUM3);
  const shape = domain === '' ? SHAPE.SERVERS : SHAPE.SERVERS_OF_DOMAIN;
  text(from === undefined ? shape : SHAPE.SERVERS_OF_DOMAIN_FROM);
  text(SERVER_SHAPES[level]!);
  writer.uint16le(level).uint16le(bufferBytes).uint32le(serverType);
  if (domain !== '' || from !== undefined) text(domain);
  if (from !== undefined) text(from);
  return writer.finish();
}

export function decodeRapRequest(parameters: Uint8Array): RapRequest {
  const reader = new ByteReader(parameters);
  const opcode = reader.uint16le('an opcode');
  const shape = readOem(reader);
  readOem(reader);
  switch (opcode) {
    case OPCODE.NET_SHARE_ENUM:
      return shape === SHAPE.SHARES ? readShareEnum(reader) : { kind: 'misshapen', opcode };
    case OPCODE.NET_SERVER_ENUM2:
      return shape === SHAPE.SERVERS || shape === SHAPE.SERVERS_OF_DOMAIN
        ? readServerEnum(reader, shape)
        : { kind: 'misshapen', opcode };
    case OPCODE.NET_SERVER_ENUM3:
      return shape === SHAPE.SERVERS_OF_DOMAIN_FROM
        ? { ...readServerEnum(reader, shape), from: readOem(reader).toUpperCase() }
        : { kind: 'misshapen', opcode };
    default:
      return { kind: 'unknown', opcode };
  }
}

function readShareEnum(reader: ByteReader): ShareEnumRequest {
  const level = reader.uint16le('a level');
  return { kind: 'share-enum', level, bufferBytes: reader.uint16le('a buffer size') };
}

function readServerEnum(reader: ByteReader, shape: string): ServerEnumRequest {
  const level = reader.uint16le('a level');
  const bufferBytes = reader.uint16le('a buffer size');
  const serverType = reader.uint32le('a server type');
  const domain = shape === SHAPE.SERVERS ? '' : readOem(reader).toUpperCase();
  return { kind: 'server-enum', level, bufferBytes, serverType, domain };
}
