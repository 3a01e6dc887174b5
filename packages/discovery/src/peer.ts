/** What a user sees of the others, and what happens to them. */

import type { MailslotError } from '@mailslot/core';
import type { HeardBy } from '@mailslot/core/internal';

/** One of the others, as it was last heard. A snapshot: when something changes there is a new one. */
export interface Peer<Info = unknown> {
  /** Drawn at random for each life of a peer: after a restart it is another. */
  readonly id: string;
  /** A label for people. Several peers may bear the same. */
  readonly name: string;
  /** The port of the application's own service, if it gave one. */
  readonly port: number | undefined;
  readonly info: Info;
  /**
   * Where it can be dialled, the nearest first, then the newest; IPv6 link-local addresses carry their zone. When it moves there is an
   * `update`, and an address that it no longer speaks from is not among them.
   */
  readonly addresses: readonly string[];
  /** The own interfaces by which it was heard, in the same order; several also where an address fits several. */
  readonly interfaces: readonly string[];
  /** In a service of identities its `identity.publicKey`: what the peer says is signed with that. */
  readonly key?: string;
}

/** A place where a peer is heard, as it is now. */
export interface PeerPath {
  readonly address: string | undefined;
  /** The own interfaces by which it can have come; none if it is beyond a router. */
  readonly interfaces: readonly string[];
  /** The ways that work: to everyone by multicast or broadcast, to this peer alone by unicast. */
  readonly heardBy: readonly HeardBy[];
}

/**
 * Why a peer is no longer listed. `goodbye`: it said so. `expired`: nothing was heard of it for too long. `evicted`: the
 * list was full, and it was heard least recently. `replaced`: a later life of the same identity has begun. `invalid`: its
 * info no longer fits the schema.
 */
export type DownReason = 'goodbye' | 'expired' | 'evicted' | 'replaced' | 'invalid';

/** What happens, as it happens. */
export type PresenceEvent<Info = unknown> =
  | { readonly type: 'up'; readonly peer: Peer<Info> }
  | { readonly type: 'update'; readonly peer: Peer<Info> }
  | { readonly type: 'down'; readonly peer: Peer<Info>; readonly reason: DownReason }
  /** It has been silent, and left a question unanswered; then `clear` or `down` follows. */
  | { readonly type: 'suspect'; readonly peer: Peer<Info> }
  /** It lives after all. */
  | { readonly type: 'clear'; readonly peer: Peer<Info> }
  /** No interface is left, or nobody at all is heard who was there before. */
  | { readonly type: 'isolated' }
  | { readonly type: 'online' };

/** Something a person may want to know. Presence goes on. */
export interface PresenceProblem {
  /** Why, and what to do about it. */
  readonly error: MailslotError;
  /** The peer it is about, if it is about one. */
  readonly peerId: string | undefined;
}

/** A message from one of the peers to this one. */
export interface PeerMessage<Info = unknown> {
  readonly from: Peer<Info>;
  readonly data: Uint8Array;
  /** The message as UTF-8 text. */
  readonly text: () => string;
}
