/** SMB_COM_NEGOTIATE ([MS-CIFS] 2.2.4.52, [MS-SMB] 2.2.4.5): the dialect, and what the server can do. */

import { ByteWriter, DecodeError } from '../../../../bytes.ts';
import { oemBytes } from '../../../../oem-text.ts';
import { SMB_COMMAND, type SmbBlock, type SmbBody } from './smb-message.ts';
import { readOem, writeSmbText } from './smb-text.ts';

/** The one dialect that is spoken here; every SMB1 client since Windows 95 and NT 3.1 offers it. */
export const SMB_DIALECT = 'NT LM 0.12';

/** Bits of `capabilities`. */
export const SMB_CAPABILITIES = {
  UNICODE: 0x0000_0004,
  NT_SMBS: 0x0000_0010,
  RPC_REMOTE_APIS: 0x0000_0020,
  NT_STATUS: 0x0000_0040,
  EXTENDED_SECURITY: 0x8000_0000,
} as const;

/** Bits of `securityMode`. */
export const SMB_SECURITY_MODE = {
  USER_LEVEL: 0x01,
  ENCRYPTED_PASSWORDS: 0x02,
  SIGNATURES_REQUIRED: 0x08,
} as const;

export interface NegotiateResponse {
  /** Which of the dialects that were offered. */
  readonly dialectIndex: number;
  readonly securityMode: number;
  /** Requests that may be under way at once. */
  readonly maxMpxCount: number;
  /** The longest message the server takes. */
  readonly maxBufferBytes: number;
  /** To be sent back in the session setup. */
  readonly sessionKey: number;
  readonly capabilities: number;
  /** In milliseconds since 1970. */
  readonly systemTime: number;
  readonly security: NegotiatedSecurity;
}

export type NegotiatedSecurity =
  | { readonly kind: 'challenge'; readonly challenge: Uint8Array; readonly domain: string }
  | { readonly kind: 'extended'; readonly serverGuid: Uint8Array; readonly blob: Uint8Array };

const BUFFER_FORMAT_DIALECT = 0x02;
const NO_DIALECT = 0xffff;
export const CHALLENGE_BYTES = 8;
export const GUID_BYTES = 16;
const WORDS_NT_LM = 17;

/** Names in a request; a hundred would be more than were ever invented. */
export const SMB_DIALECTS_MAX = 100;

export function encodeNegotiateRequest(dialects: readonly string[]): SmbBody {
  const writer = new ByteWriter();
  for (const dialect of dialects) {
    writer.uint8(BUFFER_FORMAT_DIALECT).bytes(oemBytes(dialect)).uint8(0);
  }
  return { command: SMB_COMMAND.NEGOTIATE, bytes: () => writer.finish() };
}

/** The dialects a client offers. */
export function decodeNegotiateRequest({ bytes }: SmbBlock): string[] {
  const dialects: string[] = [];
  while (bytes.remaining > 0) {
    if (
      bytes.uint8('a dialect') !== BUFFER_FORMAT_DIALECT ||
      dialects.length === SMB_DIALECTS_MAX
    ) {
      throw new DecodeError('a dialect', bytes.offset - 1);
    }
    dialects.push(readOem(bytes));
  }
  return dialects;
}

/** The answer to a client that offers nothing we speak. */
export function encodeNoDialect(): SmbBody {
  return { command: SMB_COMMAND.NEGOTIATE, words: new ByteWriter().uint16le(NO_DIALECT).finish() };
}

/** From 1601, when Windows begins, to 1970. */
const EPOCH_MS = 11_644_473_600_000n;
const TICKS_PER_MS = 10_000n;

export function encodeNegotiateResponse(response: NegotiateResponse, unicode: boolean): SmbBody {
  const { security } = response;
  const ticks = (BigInt(Math.trunc(response.systemTime)) + EPOCH_MS) * TICKS_PER_MS;
  const words = new ByteWriter()
    .uint16le(response.dialectIndex)
    .uint8(response.securityMode)
    .uint16le(response.maxMpxCount)
    .uint16le(1)
    .uint32le(response.maxBufferBytes)
    .uint32le(0)
    .uint32le(response.sessionKey)
    .uint32le(response.capabilities)
    .uint32le(Number(ticks & 0xffff_ffffn))
    .uint32le(Number(ticks >> 32n))
    .uint16le(0)
    .uint8(security.kind === 'challenge' ? security.challenge.length : 0)
    .finish();
  return { command: SMB_COMMAND.NEGOTIATE, words, bytes: () => securityBytes(security, unicode) };
}

function securityBytes(security: NegotiatedSecurity, unicode: boolean): Uint8Array {
  const writer = new ByteWriter();
  if (security.kind === 'extended') {
    return writer.bytes(security.serverGuid).bytes(security.blob).finish();
  }
  // This string is not aligned, alone of all: so Windows began, and all had to follow.
  writer.bytes(security.challenge);
  writeSmbText(writer, security.domain, { unicode, at: writer.length });
  return writer.finish();
}

/** Undefined if the server speaks none of the dialects. */
export function decodeNegotiateResponse({
  wordCount,
  words,
  bytes,
}: SmbBlock): NegotiateResponse | undefined {
  const dialectIndex = words.uint16le('a dialect');
  if (dialectIndex === NO_DIALECT) return undefined;
  if (wordCount !== WORDS_NT_LM) throw new DecodeError(`the words of ${SMB_DIALECT}`, 32);
  const securityMode = words.uint8('a security mode');
  const maxMpxCount = words.uint16le('a count of requests');
  words.skip(2, 'a count of circuits');
  const maxBufferBytes = words.uint32le('a buffer size');
  words.skip(4, 'a raw buffer size');
  const sessionKey = words.uint32le('a session key');
  const capabilities = words.uint32le('capabilities');
  const low = words.uint32le('a time');
  const ticks = (BigInt(words.uint32le('a time')) << 32n) | BigInt(low);
  words.skip(2, 'a time zone');
  const challengeBytes = words.uint8('the length of the challenge');
  const systemTime = Number(ticks / TICKS_PER_MS - EPOCH_MS);
  const extended = (capabilities & SMB_CAPABILITIES.EXTENDED_SECURITY) !== 0;
  const security: NegotiatedSecurity = extended
    ? { kind: 'extended', serverGuid: bytes.bytes(GUID_BYTES, 'a GUID'), blob: bytes.rest() }
    : { kind: 'challenge', challenge: bytes.bytes(challengeBytes, 'a challenge'), domain: '' };
  const buffer = { maxMpxCount, maxBufferBytes, sessionKey };
  return { dialectIndex, securityMode, ...buffer, capabilities, systemTime, security };
}
