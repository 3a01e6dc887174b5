/** How each peer fared of late: a list as events make it, which remembers those that went. */

import type { DownReason, Peer, PresenceEvent } from '@mailslot/discovery';

export type PeerState = 'up' | 'suspect' | 'down';

/** From then until the next one, or until now. */
interface Span {
  readonly state: PeerState;
  /** Milliseconds since 1970. */
  readonly since: number;
}

export interface Standing {
  readonly peer: Peer;
  readonly state: PeerState;
  readonly since: number;
  /** Why it is down. */
  readonly reason: DownReason | undefined;
  /** The oldest first; the last one is its state now. */
  readonly spans: readonly Span[];
}

/** How far a board looks back. */
export const WINDOW_MS = 300_000;

/** Peers that went, at most: the last ones of a network where everybody comes and goes. */
export const GONE_MAX = 64;

/** Of one peer: one that flickers is not remembered any longer than that. */
export const SPANS_MAX = 64;

const STATES: Readonly<Record<'up' | 'update' | 'suspect' | 'clear' | 'down', PeerState>> = {
  up: 'up',
  update: 'up',
  suspect: 'suspect',
  clear: 'up',
  down: 'down',
};

export class PresenceBoard {
  readonly #here = new Map<string, Standing>();
  /** The one that went last is the last one. */
  readonly #gone = new Map<string, Standing>();

  take(event: PresenceEvent, now: number): void {
    if (!('peer' in event)) return;
    const { type, peer } = event;
    const before = this.#here.get(peer.id) ?? this.#gone.get(peer.id);
    // A peer may change while it is suspected, as when its address does.
    const state = type === 'update' ? (before?.state ?? 'up') : STATES[type];
    const isSame = before?.state === state;
    const since = isSame ? before.since : now;
    const spans = isSame ? before.spans : [...(before?.spans ?? []), { state, since }];
    const reason = event.type === 'down' ? event.reason : undefined;
    const standing = { peer, state, since, reason, spans: spans.slice(-SPANS_MAX) };
    this.#here.delete(peer.id);
    this.#gone.delete(peer.id);
    if (state === 'down') this.#gone.set(peer.id, standing);
    else this.#here.set(peer.id, standing);
  }

  /** Those that are here, and those that went within {@link WINDOW_MS}. */
  standings(now: number): readonly Standing[] {
    for (const [id, { since }] of this.#gone) {
      if (this.#gone.size <= GONE_MAX && now - since <= WINDOW_MS) break;
      this.#gone.delete(id);
    }
    return [...this.#here.values(), ...this.#gone.values()].map((standing) => ({
      ...standing,
      spans: lately(standing.spans, now - WINDOW_MS),
    }));
  }
}

/** Without those that ended before. */
function lately(spans: readonly Span[], from: number): readonly Span[] {
  const at = spans.findLastIndex(({ since }) => since <= from);
  return at <= 0 ? spans : spans.slice(at);
}
