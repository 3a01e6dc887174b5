/**
 * The ids of peers that sign: bound to a public key, so that nobody else can claim one, and in the order of their lives.
 *
 * | octets  |                                                                        |
 * | ------- | ---------------------------------------------------------------------- |
 * | 0 to 4  | 38 random bits                                                         |
 * | 5 to 7  | minutes from 1970 to the beginning of this life, modulo 2²⁴: 31 years  |
 * | 8 to 15 | the first 8 octets of SHA-256 of the public key                        |
 */

import { createHash } from 'node:crypto';

import type { Random } from '@mailslot/core';

import { drawPeerId, PEER_ID_BYTES, peerIdOf, type PeerKey, peerKeyOf } from './peer-id.ts';

const MINUTE_AT = 5;
const OWNER_AT = 8;

const MINUTE_MS = 60_000;

/** A new id of whoever owns that public key. `wallTime`: milliseconds since 1970, as well as this computer knows. */
export function drawBoundId(random: Random, publicKey: Uint8Array, wallTime: number): string {
  const minute = Math.floor(wallTime / MINUTE_MS);
  const life = String.fromCharCode((minute >>> 16) & 0xff, (minute >>> 8) & 0xff, minute & 0xff);
  return peerIdOf(
    peerKeyOf(drawPeerId(random)).slice(0, MINUTE_AT) + life + ownerPartFor(publicKey),
  );
}

/** What an id says of its owner: the same in all ids of one. */
export function ownerPartOf(id: PeerKey): string {
  return id.slice(OWNER_AT);
}

/** What {@link ownerPartOf} gives for the ids of the owner of that public key. */
export function ownerPartFor(publicKey: Uint8Array): string {
  const digest = createHash('sha256').update(publicKey).digest();
  return digest.toString('latin1', 0, PEER_ID_BYTES - OWNER_AT);
}

/**
 * Of two ids of one owner, is the first that of the later life? So a recording of an earlier life never replaces the
 * one that is there, and of two that live at once the same one is listed everywhere. Where a clock was set back, the
 * earlier life has to be missed first.
 */
export function isLaterLife(id: PeerKey, other: PeerKey): boolean {
  const ahead = ((minuteOf(id) - minuteOf(other)) << 8) >> 8;
  return ahead === 0 ? id > other : ahead > 0;
}

function minuteOf(id: PeerKey): number {
  const [high, middle, low] = [0, 1, 2].map((at) => id.charCodeAt(MINUTE_AT + at));
  return (high! << 16) | (middle! << 8) | low!;
}
