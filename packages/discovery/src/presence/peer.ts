/** One of the others, as the roster holds it. */

import type { Source } from '@mailslot/core/internal';

import type { ChainNode } from './chain.ts';
import { intervalMsOf } from './interval.ts';
import type { PeerKey } from './peer-id.ts';
import type { PeerRecord } from './record.ts';
import { SequenceWindow } from './sequence-window.ts';

/** Places a peer is reached at: wired and wireless, IPv4 and IPv6. */
export const PATHS_MAX = 4;

/**
 * `stranger`: we heard it, not for long. `vouched`: another peer listed it when we asked. `proven`: we have heard it for
 * a while, or it knows the secret. What one standing uses up is never taken from a higher one.
 */
export type Standing = 'stranger' | 'vouched' | 'proven';

/** What a peer has shown on its way to be proven. It has one until then, so that most peers do without. */
export class Probation implements ChainNode<Probation> {
  readonly peer: Peer;
  /** What the limits count a stranger by, see {@link hostOf}; undefined for a peer that another one vouches for. */
  readonly host: string | undefined;
  /** Datagrams of it that we have heard ourselves. */
  datagrams = 0;
  /** When the first of them came, in liveness time. */
  since = 0;
  /** Its neighbours among the strangers of its host, or among the vouched. */
  earlier: Probation | undefined = undefined;
  later: Probation | undefined = undefined;

  constructor(peer: Peer, host: string | undefined) {
    this.peer = peer;
    this.host = host;
  }

  /** We have heard the peer. */
  heard(now: number): void {
    if (this.datagrams === 0) this.since = now;
    this.datagrams++;
  }
}

const NOWHERE: readonly Source[] = [];

/**
 * What a peer said, where and when. It is its own sequence window, list node and token bucket: with 100 000 peers, each
 * further object is one more wait for memory with every beat.
 */
export class Peer extends SequenceWindow implements ChainNode<Peer> {
  // First what every beat touches: it lies together in memory. The roster alone writes these.

  /** Liveness time, in whole milliseconds: a small integer stands in the object, a fraction beside it. */
  heardAt = 0;
  /** Of the interval it announced last, at most that of the longest. */
  intervalCode = 0;
  /** How it stands among the silent: in order; to be put in order with the next look; or not at all. */
  silence: 'ordered' | 'unordered' | 'parked' = 'parked';
  /** Undefined once it is proven. */
  probation: Probation | undefined = undefined;
  /** Its neighbours among the peers of its interval. */
  earlier: Peer | undefined = undefined;
  later: Peer | undefined = undefined;
  /** When its token bucket will be full again, in whole ticks. The admission alone writes this. */
  fullAt = 0;

  /** Where the newest evidence came from; undefined until we have heard it ourselves. */
  #path: Source | undefined;
  /** How many datagrams it had sent to the group when it was last heard. */
  groupCount = 0;
  /** Of the record held. */
  revision: number;
  record: PeerRecord;
  /** The key that its id is bound to, where announcements are signed. */
  publicKey: Uint8Array | undefined = undefined;
  /** The last full announcement that it signed, for others to check. */
  signed: Uint8Array | undefined = undefined;
  /** What to add to `heardAt` for the monotonic time of it: how long we had been deaf by then, or asleep. */
  heardLagMs = 0;
  readonly key: PeerKey;
  /** Other places, the newest first. */
  #otherPaths: readonly Source[] = NOWHERE;

  /** `source`: undefined for a peer that another one has told us of. */
  constructor(
    key: PeerKey,
    sequence: number,
    described: { record: PeerRecord; revision: number },
    source: Source | undefined,
  ) {
    super(sequence);
    this.key = key;
    this.record = described.record;
    this.revision = described.revision;
    this.#path = source;
  }

  get standing(): Standing {
    if (this.probation === undefined) return 'proven';
    return this.probation.host === undefined ? 'vouched' : 'stranger';
  }

  /** Nothing of it was heard by ourselves yet: another peer listed it. */
  get isHearsay(): boolean {
    return this.probation?.datagrams === 0;
  }

  /** The interval it announced last, in milliseconds. */
  get intervalMs(): number {
    return intervalMsOf(this.intervalCode);
  }

  /** Where to reach it first; undefined if we never heard it. */
  get path(): Source | undefined {
    return this.#path;
  }

  /** Where it was heard, the newest evidence first. */
  get paths(): readonly Source[] {
    return this.#path === undefined ? NOWHERE : [this.#path, ...this.#otherPaths];
  }

  isAt({ id }: Source): boolean {
    return this.#path?.id === id || this.#otherPaths.some((path) => path.id === id);
  }

  /** Notes the place that new evidence came from: from now on the first to try. */
  heardFrom(source: Source): void {
    if (source.id === this.#path?.id) return;
    const others = this.paths.filter((path) => path.id !== source.id);
    this.#path = source;
    this.#otherPaths = others.slice(0, PATHS_MAX - 1);
  }

  /** Notes the place that a copy came from: it was not the fastest, so it comes second. */
  copyFrom(source: Source): void {
    if (this.isAt(source)) return;
    if (this.#path === undefined) this.#path = source;
    else this.#otherPaths = [source, ...this.#otherPaths].slice(0, PATHS_MAX - 1);
  }
}
