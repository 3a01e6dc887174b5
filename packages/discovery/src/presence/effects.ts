/** What happens to a presence machine, and what it wants done. */

import type { Source } from '@mailslot/core/internal';

import type { Mismatch } from './message.ts';
import type { Peer } from './peer.ts';
import { peerIdOf } from './peer-id.ts';
import type { PeerRecord } from './record.ts';
import type { Verdict } from './sequence-window.ts';

export type PresenceInput =
  /** Joins the group. What comes before is ignored. */
  | { readonly type: 'start' }
  /** A message came from a place. `bytes` are not kept. */
  | { readonly type: 'datagram'; readonly bytes: Uint8Array; readonly source: Source }
  /** The place of a knock has no open port: whoever was there has gone, or forbids to be reached. */
  | { readonly type: 'refused'; readonly source: Source }
  /** `nextWakeAt` has come. */
  | { readonly type: 'wake' }
  /** The own record changed. The step throws a `MailslotError` if it is too large. */
  | { readonly type: 'update'; readonly record: PeerRecord }
  /** The network changed or came back: introduces itself and asks everybody again. */
  | { readonly type: 'rejoin' }
  /** Leaves the group; an effect `closed` follows when all is said. */
  | { readonly type: 'close' };

export type PresenceEffect =
  | { readonly type: 'multicast'; readonly bytes: Uint8Array }
  | { readonly type: 'unicast'; readonly to: Source; readonly bytes: Uint8Array }
  /** To a place whose host, if it lives, says whether somebody is there: `refused` follows if nobody is. */
  | { readonly type: 'knock'; readonly to: Source; readonly bytes: Uint8Array }
  | { readonly type: 'up' | 'update' | 'suspect' | 'clear'; readonly peer: PeerView }
  | { readonly type: 'down'; readonly peer: PeerView; readonly reason: DepartureReason }
  /** Nobody at all is heard though somebody should be; somebody is heard again. */
  | { readonly type: 'isolated' | 'online' }
  | { readonly type: 'closed' };

/**
 * It said so; it was silent and answered no questions; the roster was full; a later life of the same identity began.
 */
export type DepartureReason = 'goodbye' | 'expired' | 'evicted' | 'replaced';

/** A peer as it was at one moment. */
export interface PeerView {
  readonly id: string;
  readonly record: PeerRecord;
  /** Where it was heard, at most four places; the first is where to reach it. None while we know it by hearsay only. */
  readonly paths: readonly Source[];
  /** The key that it signs with, where announcements are signed. */
  readonly publicKey: Uint8Array | undefined;
}

export function viewOf({ key, record, paths, publicKey }: Peer): PeerView {
  return { id: peerIdOf(key), record, paths, publicKey };
}

/** Why a datagram had no effect. `echo`: our own id; `unknown`: a message type of later versions; `unasked`: a page. */
export type PresenceDropReason =
  | Mismatch
  | Exclude<Verdict, 'newer'>
  | 'echo'
  | 'unknown'
  | 'unasked'
  | 'limit';

/** How much a machine holds now, for those who watch its limits. Whole numbers of entries. */
export interface PresenceSizes {
  /** Peers that are known, strangers included. At most `peersMax` of the tuning. */
  readonly peers: number;
  /** Of these, newcomers that were not heard often enough yet to displace others: at most a fifth of the room. */
  readonly strangers: number;
  /** Of the peers, those that are silent and are being asked after. */
  readonly suspects: number;
  /** Peers that went of late, so that what others still tell of them does not bring them back. */
  readonly tombstones: number;
  /** Things to do later, all of which share one timer of the system. */
  readonly timers: number;
}

/** What presence did since it began. Counts only grow; sizes and measures are of now. */
export interface PresenceStats {
  /** Messages of any service that reached this one, copies and those dropped included. */
  readonly received: number;
  /** Their bytes, without the frames of a transport. */
  readonly receivedBytes: number;
  /** Messages that this one sent: to all, to one, or as a knock. One to all may leave by several interfaces. */
  readonly sent: number;
  /** Their bytes, without the frames of a transport. */
  readonly sentBytes: number;
  /** Messages that had no effect, by the reason; `malformed` are those that could not be decoded. */
  readonly drops: Readonly<Partial<Record<PresenceDropReason, number>>>;
  /** Places, 1 024 at most, of messages that were refused because they do not prove what they should. */
  readonly strangers: number;
  /** The share of group datagrams that are lost on their way to us, as measured: 0.001 to 0.5. */
  readonly loss: number;
  /** Our own interval between beats, in milliseconds. */
  readonly intervalMs: number;
  readonly sizes: PresenceSizes;
}
