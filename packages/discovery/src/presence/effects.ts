/** What happens to a presence machine, and what it wants done. */

import type { Source } from '@mailslot/core/internal';

import type { Mismatch } from './message.ts';
import type { PeerRecord } from './record.ts';
import type { Verdict } from './sequence-window.ts';

export type PresenceInput =
  /** Joins the group. What comes before is ignored. */
  | { readonly type: 'start' }
  /** A message came from a place. `bytes` are not kept. */
  | { readonly type: 'datagram'; readonly bytes: Uint8Array; readonly source: Source }
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
  | { readonly type: 'up' | 'update'; readonly peer: PeerView }
  | { readonly type: 'down'; readonly peer: PeerView; readonly reason: DepartureReason }
  | { readonly type: 'closed' };

/** It said so; it was silent for its time to live; the roster was full and it was heard least recently. */
export type DepartureReason = 'goodbye' | 'expired' | 'evicted';

/** A peer as it was at one moment. */
export interface PeerView {
  readonly id: string;
  readonly record: PeerRecord;
  /** Where it was heard, at most four places; the first is where to reach it. */
  readonly paths: readonly Source[];
}

/** Why a datagram had no effect. `echo`: our own id; `unknown`: a message type of later versions. */
export type PresenceDropReason =
  | Mismatch
  | Exclude<Verdict, 'newer'>
  | 'echo'
  | 'unknown'
  | 'limit';

export interface PresenceStats {
  readonly received: number;
  readonly drops: Readonly<Partial<Record<PresenceDropReason, number>>>;
}
