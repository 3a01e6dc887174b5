/** The packets of the NetBIOS session service (RFC 1002 section 4.3): what SMB and messages travel in on TCP port 139. */

import { ByteReader, ByteWriter, DecodeError } from '../../../bytes.ts';
import { readName, writeName } from '../encoded-name.ts';
import type { NetbiosName } from '../netbios-name.ts';

/** The TCP port of the session service. */
export const SESSION_PORT = 139;

/** The program that connects asks for the one it wants, by name, and says who it is. */
export interface SessionRequest {
  readonly called: NetbiosName;
  readonly calling: NetbiosName;
}

/** Why a session is refused (RFC 1002 section 4.3.4). */
export const SESSION_ERRORS = {
  NOT_LISTENING_ON_CALLED_NAME: 0x80,
  NOT_LISTENING_FOR_CALLING_NAME: 0x81,
  CALLED_NAME_NOT_PRESENT: 0x82,
  INSUFFICIENT_RESOURCES: 0x83,
  UNSPECIFIED_ERROR: 0x8f,
} as const;

export type SessionPacket =
  | { readonly kind: 'message'; readonly message: Uint8Array }
  | ({ readonly kind: 'request' } & SessionRequest)
  | { readonly kind: 'positive-response' }
  | { readonly kind: 'negative-response'; readonly error: number }
  | { readonly kind: 'retarget'; readonly address: string; readonly port: number }
  | { readonly kind: 'keep-alive' };

const TYPES = {
  message: 0x00,
  request: 0x81,
  'positive-response': 0x82,
  'negative-response': 0x83,
  retarget: 0x84,
  'keep-alive': 0x85,
} as const satisfies Record<SessionPacket['kind'], number>;

const HEADER_BYTES = 4;

/** The length has 17 bits, the first of which is a flag of its own. */
const LENGTH_MAX = 0x1_ffff;

export function encodeSessionPacket(packet: SessionPacket): Uint8Array {
  const body = encodeBody(packet);
  if (body.length > LENGTH_MAX) {
    throw new RangeError(`A session packet carries ${LENGTH_MAX} bytes, not ${body.length}.`);
  }
  return new ByteWriter(HEADER_BYTES + body.length)
    .uint32(TYPES[packet.kind] * 2 ** 24 + body.length)
    .bytes(body)
    .finish();
}

function encodeBody(packet: SessionPacket): Uint8Array {
  const writer = new ByteWriter();
  switch (packet.kind) {
    case 'message':
      return packet.message;
    case 'request':
      writeName(writer, packet.called);
      writeName(writer, packet.calling);
      return writer.finish();
    case 'negative-response':
      return writer.uint8(packet.error).finish();
    case 'retarget':
      for (const octet of packet.address.split('.')) writer.uint8(Number(octet));
      return writer.uint16(packet.port).finish();
    case 'positive-response':
    case 'keep-alive':
      return writer.finish();
  }
}

function decodeBody(type: number, body: Uint8Array): SessionPacket {
  const reader = new ByteReader(body);
  switch (type) {
    case TYPES.message:
      return { kind: 'message', message: body };
    case TYPES.request: {
      const { name: called, end } = readName(body, 0);
      return { kind: 'request', called, calling: readName(body, end).name };
    }
    case TYPES['positive-response']:
      return { kind: 'positive-response' };
    case TYPES['negative-response']:
      return { kind: 'negative-response', error: reader.uint8('an error code') };
    case TYPES.retarget: {
      const address = reader.bytes(4, 'an address').join('.');
      return { kind: 'retarget', address, port: reader.uint16('a port') };
    }
    case TYPES['keep-alive']:
      return { kind: 'keep-alive' };
    default:
      throw new DecodeError('a type of session packet', 0);
  }
}

/** Cuts what arrives on a connection into packets. It holds one packet at most. */
export class SessionPacketReader {
  /** A longer body is refused as soon as its header has been read. It may change between two packets. */
  bodyBytesMax: number;
  readonly #header = new Uint8Array(HEADER_BYTES);
  #headerFilled = 0;
  /** Copied into, not collected in views: a view of one byte would hold all that the system read with it. */
  #body = new Uint8Array(0);
  #bodyFilled = 0;

  constructor(bodyBytesMax: number) {
    this.bodyBytesMax = bodyBytesMax;
  }

  /**
   * The packets that `chunk` completes. Throws {@link DecodeError} where they cease to be packets; there is no way to go
   * on after that.
   */
  *read(chunk: Uint8Array): Generator<SessionPacket, void, undefined> {
    for (let rest = chunk; rest.length > 0;) {
      rest = this.#headerFilled < HEADER_BYTES ? this.#takeHeader(rest) : this.#takeBody(rest);
      if (this.#headerFilled < HEADER_BYTES || this.#bodyFilled < this.#body.length) continue;
      this.#headerFilled = 0;
      yield decodeBody(this.#header[0]!, this.#body);
    }
  }

  #takeHeader(chunk: Uint8Array): Uint8Array {
    const part = chunk.subarray(0, HEADER_BYTES - this.#headerFilled);
    this.#header.set(part, this.#headerFilled);
    this.#headerFilled += part.length;
    if (this.#headerFilled === HEADER_BYTES) {
      const length = new ByteReader(this.#header).uint32('a header') & 0xff_ffff;
      if (length > this.bodyBytesMax) {
        throw new DecodeError(`a session packet of at most ${this.bodyBytesMax} bytes`, 1);
      }
      this.#body = new Uint8Array(length);
      this.#bodyFilled = 0;
    }
    return chunk.subarray(part.length);
  }

  #takeBody(chunk: Uint8Array): Uint8Array {
    const part = chunk.subarray(0, this.#body.length - this.#bodyFilled);
    this.#body.set(part, this.#bodyFilled);
    this.#bodyFilled += part.length;
    return chunk.subarray(part.length);
  }
}
