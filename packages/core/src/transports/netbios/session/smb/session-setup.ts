/** SMB_COM_SESSION_SETUP_ANDX, in both its forms, and its end ([MS-CIFS] 2.2.4.53 and 54, [MS-SMB] 2.2.4.6). */

import { type ByteReader, ByteWriter, DecodeError } from '../../../../bytes.ts';
import { SMB_COMMAND, type SmbBlock, type SmbBody } from './smb-message.ts';
import { readSmbText, writeSmbText } from './smb-text.ts';

/** What a client says of itself, and how it proves who its user is. */
export interface SessionSetupRequest {
  /** The longest message the client takes. */
  readonly maxBufferBytes: number;
  readonly sessionKey: number;
  readonly capabilities: number;
  readonly security: SetupSecurity;
}

export type SetupSecurity =
  | {
      readonly kind: 'challenge';
      readonly account: string;
      readonly domain: string;
    }
  | { readonly kind: 'extended'; readonly blob: Uint8Array };

export interface SessionSetupResponse {
  /** The user is a guest, whatever was said. */
  readonly guest: boolean;
  /** Only where the request was extended. */
  readonly blob?: Uint8Array;
  readonly nativeOs: string;
  readonly nativeLanMan: string;
  readonly domain: string;
}

const WORDS_CHALLENGE = 13;
const WORDS_EXTENDED = 12;
const ACTION_GUEST = 0x0001;

const MAX_MPX_COUNT = 2;

/** Only ever without a password, and so without a user. */
export function encodeSessionSetupRequest(request: SessionSetupRequest): SmbBody {
  const { security } = request;
  const words = new ByteWriter()
    .uint16le(request.maxBufferBytes)
    .uint16le(MAX_MPX_COUNT)
    .uint16le(0)
    .uint32le(request.sessionKey);
  const extended = security.kind === 'extended';
  if (extended) words.uint16le(security.blob.length);
  else words.uint16le(0).uint16le(0);
  words.uint32le(0).uint32le(request.capabilities);
  return {
    command: SMB_COMMAND.SESSION_SETUP_ANDX,
    words: words.finish(),
    bytes(at) {
      const writer = new ByteWriter();
      const names = extended ? [] : [security.account, security.domain];
      if (extended) writer.bytes(security.blob);
      for (const text of [...names, '', '']) writeSmbText(writer, text, { unicode: false, at });
      return writer.finish();
    },
  };
}

export function decodeSessionSetupRequest(block: SmbBlock, unicode: boolean): SessionSetupRequest {
  const { wordCount, words, bytes } = block;
  if (wordCount !== WORDS_CHALLENGE && wordCount !== WORDS_EXTENDED) {
    throw new DecodeError('the words of a session setup', words.offset);
  }
  const maxBufferBytes = words.uint16le('a buffer size');
  words.skip(4, 'counts of requests and circuits');
  const sessionKey = words.uint32le('a session key');
  const security = (wordCount === WORDS_EXTENDED ? readExtended : readChallenge)(
    words,
    bytes,
    unicode,
  );
  words.skip(4, 'reserved bytes');
  const capabilities = words.uint32le('capabilities');
  return { maxBufferBytes, sessionKey, capabilities, security };
}

function readExtended(words: ByteReader, bytes: ByteReader): SetupSecurity {
  const length = words.uint16le('the length of the security blob');
  return { kind: 'extended', blob: bytes.bytes(length, 'a security blob') };
}

function readChallenge(words: ByteReader, bytes: ByteReader, unicode: boolean): SetupSecurity {
  bytes.skip(words.uint16le('the length of a password'), 'a password');
  bytes.skip(words.uint16le('the length of a password'), 'a password');
  const account = readSmbText(bytes, unicode);
  return { kind: 'challenge', account, domain: readSmbText(bytes, unicode) };
}

export function encodeSessionSetupResponse(
  response: SessionSetupResponse,
  unicode: boolean,
): SmbBody {
  const { blob, nativeOs, nativeLanMan, domain } = response;
  const words = new ByteWriter().uint16le(response.guest ? ACTION_GUEST : 0);
  if (blob !== undefined) words.uint16le(blob.length);
  return {
    command: SMB_COMMAND.SESSION_SETUP_ANDX,
    words: words.finish(),
    bytes(at) {
      const writer = new ByteWriter();
      if (blob !== undefined) writer.bytes(blob);
      for (const text of [nativeOs, nativeLanMan, domain]) {
        writeSmbText(writer, text, { unicode, at });
      }
      return writer.finish();
    },
  };
}

/** The domain that a server says it is of, in answer to a request that was not extended; `''` if it does not say. */
export function decodeServerDomain({ words, bytes }: SmbBlock, unicode: boolean): string {
  words.skip(2, 'an action');
  // Before it come the names of its operating system and of its LAN manager.
  readSmbText(bytes, unicode);
  readSmbText(bytes, unicode);
  return readSmbText(bytes, unicode);
}

/** As a request and as its response. */
export function encodeLogoff(): SmbBody {
  return { command: SMB_COMMAND.LOGOFF_ANDX, words: new Uint8Array() };
}
