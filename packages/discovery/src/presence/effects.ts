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

/** How much a machine holds, for those who watch its limits. */
export interface PresenceSizes {
  readonly peers: number;
  readonly strangers: number;
  readonly suspects: number;
  readonly tombstones: number;
  /** Things to do later. */
  readonly timers: number;
}

export interface PresenceStats {
  readonly received: number;
  readonly drops: Readonly<Partial<Record<PresenceDropReason, number>>>;
  /** Places, 1 024 at most, of messages that were refused because they do not prove what they should. */
  readonly strangers: number;
  /** The share of group datagrams that are lost on their way to us, as measured: 0.001 to 0.5. */
  readonly loss: number;
  /** Our own interval between beats, in milliseconds. */
  readonly intervalMs: number;
}
