/**
 * The envelope that security tokens travel in (SPNEGO, RFC 4178), in the part of DER that it needs. The only mechanism
 * offered is NTLM; what a client sends may also be a bare NTLM message.
 */

import { ByteReader, ByteWriter, DecodeError } from '../../../../bytes.ts';
import { oemBytes } from '../../../../oem-text.ts';

const TAG = {
  OCTET_STRING: 0x04,
  OID: 0x06,
  ENUMERATED: 0x0a,
  GENERAL_STRING: 0x1b,
  SEQUENCE: 0x30,
  APPLICATION: 0x60,
  CONTEXT: 0xa0,
} as const;

/** 1.3.6.1.5.5.2 */
const OID_SPNEGO = Uint8Array.of(0x2b, 0x06, 0x01, 0x05, 0x05, 0x02);
/** 1.3.6.1.4.1.311.2.2.10 */
const OID_NTLM = Uint8Array.of(0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x02, 0x02, 0x0a);

/** What Windows writes where a hint would be; RFC 4178 does not know the field, and says so in its words. */
const HINT = oemBytes('not_defined_in_RFC4178@please_ignore');

/** What a server shows first: its mechanisms. */
export function encodeSpnegoInit(): Uint8Array {
  const mechanisms = der(TAG.SEQUENCE, der(TAG.OID, OID_NTLM));
  const hints = der(TAG.SEQUENCE, der(TAG.CONTEXT, der(TAG.GENERAL_STRING, HINT)));
  const init = der(TAG.SEQUENCE, der(TAG.CONTEXT, mechanisms), der(TAG.CONTEXT + 3, hints));
  return der(TAG.APPLICATION, der(TAG.OID, OID_SPNEGO), der(TAG.CONTEXT, init));
}

export type SpnegoState = 'accept-completed' | 'accept-incomplete';

/** A server's answer: how far it is, and what the mechanism has to say. */
export function encodeSpnegoResponse(state: SpnegoState, token?: Uint8Array): Uint8Array {
  const code = state === 'accept-completed' ? 0 : 1;
  const fields = [der(TAG.CONTEXT, der(TAG.ENUMERATED, Uint8Array.of(code)))];
  if (code !== 0) fields.push(der(TAG.CONTEXT + 1, der(TAG.OID, OID_NTLM)));
  if (token !== undefined) fields.push(der(TAG.CONTEXT + 2, der(TAG.OCTET_STRING, token)));
  return der(TAG.CONTEXT + 1, der(TAG.SEQUENCE, ...fields));
}

/** The token in what a client sent, or undefined if it holds none. */
export function decodeSpnegoToken(blob: Uint8Array): Uint8Array | undefined {
  let reader = new ByteReader(blob);
  const first = readDer(reader);
  if (first.tag === TAG.APPLICATION) {
    reader = first.content;
    readDer(reader, TAG.OID);
    reader = readDer(reader, TAG.CONTEXT).content;
  } else if (first.tag === TAG.CONTEXT + 1) reader = first.content;
  else throw new DecodeError('a SPNEGO token', 0);
  const fields = readDer(reader, TAG.SEQUENCE).content;
  while (fields.remaining > 0) {
    const { tag, content } = readDer(fields);
    // In an offer and in an answer alike, the token is field 2.
    if (tag === TAG.CONTEXT + 2) return readDer(content, TAG.OCTET_STRING).content.rest();
  }
  return undefined;
}

/** Lengths below this are one byte. */
const SHORT_FORM = 0x80;

function der(tag: number, ...contents: readonly Uint8Array[]): Uint8Array {
  const length = contents.reduce((sum, content) => sum + content.length, 0);
  const writer = new ByteWriter(length + 4).uint8(tag);
  if (length < SHORT_FORM) writer.uint8(length);
  else writer.uint8(SHORT_FORM + 2).uint16(length);
  for (const content of contents) writer.bytes(content);
  return writer.finish();
}

interface Element {
  readonly tag: number;
  readonly content: ByteReader;
}

function readDer(reader: ByteReader, expected?: number): Element {
  const at = reader.offset;
  const tag = reader.uint8('a tag');
  if (expected !== undefined && tag !== expected) throw new DecodeError(`the tag ${expected}`, at);
  const length = readLength(reader);
  return { tag, content: new ByteReader(reader.bytes(length, 'the content of a tag')) };
}

function readLength(reader: ByteReader): number {
  const first = reader.uint8('a length');
  switch (first - SHORT_FORM) {
    case 1:
      return reader.uint8('a length');
    case 2:
      return reader.uint16('a length');
    default:
      if (first >= SHORT_FORM)
        throw new DecodeError('a length of at most two bytes', reader.offset);
      return first;
  }
}
