/** The identity of one life of a process: a nanoid for people, 16 bytes on the wire, a short string in tables. */

import { MailslotError, type Random } from '@mailslot/core';
import { customRandom, urlAlphabet } from 'nanoid';

/** 21 characters of 6 random bits: among 100 000 peers two agree with a chance of 6 in 10²⁹. */
export const PEER_ID_CHARACTERS = 21;

/** The same 126 bits on the wire, behind two bits that are zero. */
export const PEER_ID_BYTES = 16;

/**
 * An id as tables and messages hold it: its wire bytes, one character each. Made in 30 ns, and equal if the ids are.
 */
export type PeerKey = string;

const VALUES: ReadonlyMap<string, number> = new Map(
  Array.from(urlAlphabet, (character, value) => [character, value]),
);

/** What {@link VALUES} has the other way round: the code of the character for each value. */
const CODES: readonly number[] = Array.from(urlAlphabet, (character) => character.charCodeAt(0));

/** A new id. Never drawn twice, so whoever bears it is one process in one life. */
export function drawPeerId(random: Random): string {
  return customRandom(urlAlphabet, PEER_ID_CHARACTERS, (size) => random.bytes(size))();
}

/** The key of an id, packed: the first character fills a byte by itself, then four fill three. */
export function peerKeyOf(id: string): PeerKey {
  const values = Array.from(id, (character) => VALUES.get(character) ?? NaN);
  if (values.length !== PEER_ID_CHARACTERS || values.some(Number.isNaN)) {
    throw new MailslotError(
      'ERROR_INVALID_PARAMETER',
      `${JSON.stringify(id.slice(0, 40))} is not a peer id: it takes ${PEER_ID_CHARACTERS} characters of A-Z a-z 0-9 _ and -.`,
    );
  }
  let key = String.fromCharCode(values[0]!);
  for (let at = 1; at < PEER_ID_CHARACTERS; at += 4) {
    const bits = values.slice(at, at + 4).reduce((sum, value) => (sum << 6) | value, 0);
    key += String.fromCharCode(bits >>> 16, (bits >>> 8) & 0xff, bits & 0xff);
  }
  return key;
}

/**
 * The id of a key. Made in one piece: a string that is put together character by character stays the chain of its
 * beginnings, ten objects for each peer of a list.
 */
export function peerIdOf(key: PeerKey): string {
  const codes = [CODES[key.charCodeAt(0)]!];
  for (let at = 1; at < PEER_ID_BYTES; at += 3) {
    const bits =
      (key.charCodeAt(at) << 16) | (key.charCodeAt(at + 1) << 8) | key.charCodeAt(at + 2);
    for (const shift of [18, 12, 6, 0]) codes.push(CODES[(bits >>> shift) & 0x3f]!);
  }
  return String.fromCharCode(...codes);
}

/** The key in the {@link PEER_ID_BYTES} bytes at `offset`; undefined if its two top bits are not zero. */
export function readPeerKey(bytes: Uint8Array, offset: number): PeerKey | undefined {
  if (bytes[offset]! > 0x3f) return undefined;
  // Written out because this runs for every datagram: a loop or a spread takes several times as long.
  return String.fromCharCode(
    bytes[offset]!,
    bytes[offset + 1]!,
    bytes[offset + 2]!,
    bytes[offset + 3]!,
    bytes[offset + 4]!,
    bytes[offset + 5]!,
    bytes[offset + 6]!,
    bytes[offset + 7]!,
    bytes[offset + 8]!,
    bytes[offset + 9]!,
    bytes[offset + 10]!,
    bytes[offset + 11]!,
    bytes[offset + 12]!,
    bytes[offset + 13]!,
    bytes[offset + 14]!,
    bytes[offset + 15]!,
  );
}

/** Writes a key as {@link readPeerKey} reads it. */
export function writePeerKey(key: PeerKey, bytes: Uint8Array, offset: number): void {
  for (let at = 0; at < PEER_ID_BYTES; at++) bytes[offset + at] = key.charCodeAt(at);
}
