/** Many peers and their datagrams, for presence.ts and roster-memory.ts. */

import type { Source } from '@mailslot/core/internal';
import { seededRandom } from '@mailslot/core/testing';
import {
  drawPeerId,
  encodeMessage,
  encodeRecord,
  FLAG,
  Peer,
  type PeerKey,
  peerKeyOf,
  type PeerRecord,
  realmOf,
  Roster,
  TYPE,
} from '@mailslot/discovery/internal';

export const REALM = realmOf('WORKGROUP', 'bench');

/** 2 s: what a thousand peers would not announce, but a listener does not mind. */
const INTERVAL_CODE = 32;
const SEQUENCE_OFFSET = 24;
const EMPTY = new Uint8Array();

export const record: PeerRecord = { name: 'peer', endpoints: [{ port: 4711 }], info: { seats: 4 } };

/** Ids of that many peers, the same in every run. */
export function drawKeys(count: number): PeerKey[] {
  const random = seededRandom(count);
  return Array.from({ length: count }, () => peerKeyOf(drawPeerId(random)));
}

/** A place of its own for each peer, as a transport would hand it out. */
export function placeOf(index: number): Source {
  const address = `10.${index >>> 16}.${(index >>> 8) & 0xff}.${index & 0xff}`;
  const id = `${address}:51234`;
  return { transport: 'udp', id, trust: 'on-link', address, interfaces: ['eth0'] };
}

/** `source`: undefined for a peer that another one has told of. */
export function newPeer(key: PeerKey, source: Source | undefined): Peer {
  return new Peer(key, 1, { record, revision: 0 }, source);
}

/** A roster with room for that many peers, who are proven as soon as they are heard. */
export function rosterOf(peers: number): Roster {
  return new Roster({ max: Math.ceil(peers * 1.5), provenAtOnce: true });
}

/** A peer's announcement, in full or as a beat. */
export function announcement(id: PeerKey, full: boolean): Uint8Array {
  return encodeMessage({
    type: TYPE.ANNOUNCE,
    flags: full ? FLAG.FULL : 0,
    intervalCode: INTERVAL_CODE,
    realm: REALM,
    id,
    sequence: 1,
    revision: 0,
    groupCount: 1,
    body: full ? encodeRecord(record) : EMPTY,
    trailer: EMPTY,
  });
}

/** Gives an announcement another number, in place. */
export function renumber(bytes: Uint8Array, sequence: number): void {
  for (let at = 0; at < 4; at++) bytes[SEQUENCE_OFFSET + at] = sequence >>> (24 - 8 * at);
}

/** The same items in another order, the same in every run. */
export function shuffled<Item>(items: readonly Item[]): Item[] {
  const random = seededRandom(items.length);
  const ranks = items.map((item) => ({ item, rank: random.next() }));
  return ranks.toSorted((a, b) => a.rank - b.rank).map(({ item }) => item);
}
