/** What crosses the segment of a swarm: a datagram, where it says it comes from, and what checkers ask of it. */

import type { Source } from '@mailslot/core/internal';
import { type PeerKey, readPeerKey } from '@mailslot/discovery/internal';

export interface Packet {
  readonly bytes: Uint8Array;
  /** Who sent it may have lied about that. */
  readonly source: Source;
  /** Undefined for a multicast. */
  readonly to: Source | undefined;
  /** In whose name it speaks; undefined if it is too short for an id, or has none. */
  readonly from: PeerKey | undefined;
  /** Stands for the bytes in a trace. */
  readonly mark: Uint8Array;
}

/** Where the sender's id stands in a message. */
const ID_OFFSET = 8;
const ID_END = 24;

export function packetOf(bytes: Uint8Array, source: Source, to: Source | undefined): Packet {
  const from = bytes.length < ID_END ? undefined : readPeerKey(bytes, ID_OFFSET);
  return { bytes, source, to, from, mark: markOf(bytes) };
}

/** A hash of 4 octets (FNV-1a): made once for each packet, where the trace has one entry for each receiver. */
function markOf(bytes: Uint8Array): Uint8Array {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return Uint8Array.of(hash >>> 24, hash >>> 16, hash >>> 8, hash);
}
