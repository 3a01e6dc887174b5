/**
 * Names on the wire: half a byte a letter (RFC 1001 section 14.1), the scope behind it as labels of the DNS (RFC 1002
 * section 4.1).
 */

import { type ByteWriter, ByteReader, DecodeError } from '../../bytes.ts';
import { MailslotError } from '../../errors.ts';
import { NAME_BYTES, NetbiosName } from './netbios-name.ts';

/** The label of the name itself: two letters for each byte. */
const LETTERS = 2 * NAME_BYTES;
const LETTER_A = 0x41;

/** The two high bits of a length would make it a pointer (RFC 1002 section 4.1). */
const LABEL_BYTES_MAX = 63;
const POINTER = 0xc0;

/** With all lengths and the last zero (RFC 1002 section 4.1). */
const ENCODED_BYTES_MAX = 255;

/** Labels and pointers followed in one name, as in Samba: more is a loop, or wants to be one. */
export const HOPS_MAX = 10;

export interface EncodedName {
  readonly name: NetbiosName;
  /** Labels between dots, upper case; mostly empty. Names of different scopes are different networks. */
  readonly scope: string;
  /** Where the next field begins. */
  readonly end: number;
}

/** Throws `ERROR_INVALID_PARAMETER` for a scope that has no place on the wire. */
export function checkScope(scope: string): string {
  const labels = scope === '' ? [] : scope.split('.');
  const fits = labels.every((label) => /^[!-~]+$/.test(label) && label.length <= LABEL_BYTES_MAX);
  // The name with its length, each label with its own, and the last zero.
  const bytes = 1 + LETTERS + (scope === '' ? 0 : scope.length + 1) + 1;
  if (fits && labels.length < HOPS_MAX && bytes <= ENCODED_BYTES_MAX) return scope.toUpperCase();
  throw new MailslotError(
    'ERROR_INVALID_PARAMETER',
    `netbios(): scope must be ${HOPS_MAX - 1} labels at most of 1 to ${LABEL_BYTES_MAX} ASCII characters, with dots between, ${ENCODED_BYTES_MAX - LETTERS - 3} in all.`,
  );
}

/** `scope` must have been checked. */
export function writeName(writer: ByteWriter, { key }: NetbiosName, scope: string = ''): void {
  writer.uint8(LETTERS);
  for (let at = 0; at < NAME_BYTES; at++) {
    const byte = key.charCodeAt(at);
    writer.uint8(LETTER_A + (byte >> 4)).uint8(LETTER_A + (byte & 0x0f));
  }
  for (const label of scope === '' ? [] : scope.split('.')) {
    writer.uint8(label.length);
    for (const character of label) writer.uint8(character.charCodeAt(0));
  }
  writer.uint8(0);
}

/** Reads the name that begins at `offset` of a packet, following pointers into it. */
export function readName(packet: Uint8Array, offset: number): EncodedName {
  const labels: string[] = [];
  let reader = new ByteReader(packet, offset);
  let end: number | undefined;
  let letters: Uint8Array | undefined;
  for (let hops = 0; ; hops++) {
    if (hops > HOPS_MAX) throw new DecodeError(`a name of ${HOPS_MAX} labels at most`, offset);
    const length = reader.uint8('a label');
    if ((length & POINTER) === POINTER) {
      const target = ((length & ~POINTER) << 8) | reader.uint8('a pointer');
      end ??= reader.offset;
      reader = new ByteReader(packet, target);
    } else if (letters === undefined) {
      if (length !== LETTERS) throw new DecodeError('a name of 32 letters', reader.offset - 1);
      letters = reader.bytes(LETTERS, 'the letters of a name');
    } else if (length === 0) {
      const name = decodeLetters(letters, offset);
      return { name, scope: labels.join('.'), end: end ?? reader.offset };
    } else {
      if (length > LABEL_BYTES_MAX) throw new DecodeError('a label', reader.offset - 1);
      labels.push(ascii(reader.bytes(length, 'a label of the scope')));
    }
  }
}

function decodeLetters(letters: Uint8Array, offset: number): NetbiosName {
  const bytes = new Uint8Array(NAME_BYTES);
  for (const [at, letter] of letters.entries()) {
    const half = letter - LETTER_A;
    if (half < 0 || half > 0x0f) throw new DecodeError('a letter of a name, A to P', offset + at);
    bytes[at >> 1] = (bytes[at >> 1]! << 4) | half;
  }
  return NetbiosName.fromBytes(bytes);
}

function ascii(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes).toUpperCase();
}
