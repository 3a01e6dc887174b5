/** The messages of NTLM ([MS-NLMP] 2.2.1), as far as a server needs them that takes every user for a guest. */

import { ByteReader, ByteWriter, DecodeError } from '../../../../bytes.ts';

export type NtlmMessage =
  | { readonly kind: 'negotiate'; readonly flags: number }
  | { readonly kind: 'authenticate'; readonly anonymous: boolean };

const SIGNATURE = Uint8Array.of(0x4e, 0x54, 0x4c, 0x4d, 0x53, 0x53, 0x50, 0);
const TYPE_NEGOTIATE = 1;
const TYPE_CHALLENGE = 2;
const TYPE_AUTHENTICATE = 3;

const FLAGS = {
  UNICODE: 0x0000_0001,
  REQUEST_TARGET: 0x0000_0004,
  NTLM: 0x0000_0200,
  TARGET_TYPE_DOMAIN: 0x0001_0000,
  EXTENDED_SESSION_SECURITY: 0x0008_0000,
  TARGET_INFO: 0x0080_0000,
  KEY_128: 0x2000_0000,
} as const;

/** What is granted if it is asked for. Signing and sealing are not: a guest has no key. */
const FLAGS_GRANTED = FLAGS.UNICODE | FLAGS.NTLM | FLAGS.EXTENDED_SESSION_SECURITY | FLAGS.KEY_128;

/** The pairs of the target information. */
const AV_END = 0;
const AV_COMPUTER_NAME = 1;
const AV_DOMAIN_NAME = 2;

export function decodeNtlmMessage(bytes: Uint8Array): NtlmMessage {
  const reader = new ByteReader(bytes);
  const signature = reader.bytes(SIGNATURE.length, 'an NTLM message');
  if (!SIGNATURE.every((byte, at) => byte === signature[at])) {
    throw new DecodeError('an NTLM message', 0);
  }
  const type = reader.uint32le('a type of NTLM message');
  if (type === TYPE_NEGOTIATE) return { kind: 'negotiate', flags: reader.uint32le('flags') };
  if (type !== TYPE_AUTHENTICATE) throw new DecodeError('an NTLM message of a client', 8);
  // Two responses and the domain's name come before the user's; each field is eight bytes.
  reader.skip(3 * 8, 'fields');
  return { kind: 'authenticate', anonymous: reader.uint16le('the length of a user name') === 0 };
}

export interface NtlmChallenge {
  /** Those of the client's first message. */
  readonly flags: number;
  readonly challenge: Uint8Array;
  readonly computerName: string;
  readonly domain: string;
}

const CHALLENGE_HEADER_BYTES = 48;

export function encodeNtlmChallenge(challenge: NtlmChallenge): Uint8Array {
  // The target is the domain: for clients without a name it is the only way to learn whose hosts to ask for.
  const target = utf16(challenge.domain);
  const info = new ByteWriter();
  for (const [id, text] of [
    [AV_DOMAIN_NAME, challenge.domain],
    [AV_COMPUTER_NAME, challenge.computerName],
  ] as const) {
    const value = utf16(text);
    info.uint16le(id).uint16le(value.length).bytes(value);
  }
  const targetInfo = info.uint16le(AV_END).uint16le(0).finish();
  const flags =
    (challenge.flags & FLAGS_GRANTED) |
    FLAGS.REQUEST_TARGET |
    FLAGS.TARGET_TYPE_DOMAIN |
    FLAGS.TARGET_INFO;
  return new ByteWriter()
    .bytes(SIGNATURE)
    .uint32le(TYPE_CHALLENGE)
    .uint16le(target.length)
    .uint16le(target.length)
    .uint32le(CHALLENGE_HEADER_BYTES)
    .uint32le(flags)
    .bytes(challenge.challenge)
    .bytes(new Uint8Array(8))
    .uint16le(targetInfo.length)
    .uint16le(targetInfo.length)
    .uint32le(CHALLENGE_HEADER_BYTES + target.length)
    .bytes(target)
    .bytes(targetInfo)
    .finish();
}

function utf16(text: string): Uint8Array {
  const writer = new ByteWriter();
  for (let unit = 0; unit < text.length; unit++) writer.uint16le(text.charCodeAt(unit));
  return writer.finish();
}
