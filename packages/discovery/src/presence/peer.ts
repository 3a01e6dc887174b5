/** One of the others, as the roster holds it. */

import type { Source } from '@mailslot/core/internal';

import type { ChainNode } from './chain.ts';
import { intervalMsOf } from './interval.ts';
import type { PeerKey } from './peer-id.ts';
import type { PeerRecord } from './record.ts';
import { remoteness } from './remoteness.ts';
import { SequenceWindow } from './sequence-window.ts';

/** Places a peer is reached at: wired and wireless, IPv4 and IPv6. */
export const PATHS_MAX = 4;

/**
 * A place is given up when so many messages to the group came from elsewhere and not from there: its address is no more.
 * Whoever moves sends as many within 0.3 s. Of a place that still is, a message in eight is lost at 50 % loss.
 */
export const PATH_MISSES_MAX = 3;

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

/** A place beside the newest one. */
interface OtherPath {
  readonly source: Source;
  /** The count of messages to the group by which it was last heard there. */
  readonly groupCount: number;
  /**
   * A single copy from there is not enough: whoever has recorded the newest message can send it once more from anywhere.
   * Who has two interfaces sends every message by both.
   */
  readonly confirmed: boolean;
}

const NOWHERE: readonly OtherPath[] = [];

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
  #otherPaths: readonly OtherPath[] = NOWHERE;
  /** What users know of its places, since a copy came from another. */
  #toldWhereabouts: string | undefined = undefined;

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

  /** Where it was heard last; undefined if we never heard it. */
  get path(): Source | undefined {
    return this.#path;
  }

  /** Where it was heard, the nearest first, and of equally near places that of the newest evidence. */
  get paths(): readonly Source[] {
    if (this.#path === undefined) return [];
    if (this.#otherPaths === NOWHERE) return [this.#path];
    const others = this.#otherPaths.filter(({ confirmed }) => confirmed);
    const newestFirst = [this.#path, ...others.map(({ source }) => source)];
    return newestFirst.toSorted((a, b) => remoteness(a) - remoteness(b));
  }

  isAt({ id }: Source): boolean {
    return this.paths.some((path) => path.id === id);
  }

  /**
   * Notes the place that new evidence came from: from now on the first to try of those that are as near. True if the peer has other addresses by
   * that than before.
   */
  heardFrom(source: Source): boolean {
    if (source === this.#path && this.#otherPaths === NOWHERE) return false;
    const before = this.#toldWhereabouts ?? this.#whereabouts;
    this.#toldWhereabouts = undefined;
    const earlier = this.#path;
    this.#path = source;
    const others = this.#otherPaths.filter((path) => path.source.id !== source.id);
    // It was the newest place until this message, so it was heard there before it.
    if (earlier !== undefined && earlier.id !== source.id) {
      others.unshift({
        source: earlier,
        groupCount: (this.groupCount - 1) & 0xffff,
        confirmed: true,
      });
    }
    this.#setOthers(others);
    return before !== this.#whereabouts;
  }

  /**
   * Notes the place that a copy of the newest message came from: it was not the fastest, so it comes second, as soon as
   * another copy came from there. Users are told with the next evidence.
   */
  copyFrom(source: Source): void {
    if (source.id === this.#path?.id) return;
    this.#toldWhereabouts ??= this.#whereabouts;
    if (this.#path === undefined) {
      this.#path = source;
      return;
    }
    const { groupCount } = this;
    const known = this.#otherPaths.find((path) => path.source.id === source.id);
    const confirmed = known !== undefined && (known.confirmed || known.groupCount !== groupCount);
    const others = this.#otherPaths.filter((path) => path !== known);
    this.#setOthers([{ source, groupCount, confirmed }, ...others]);
  }

  /** Keeps those of the places that it may still be at. */
  #setOthers(paths: readonly OtherPath[]): void {
    const others = paths
      .filter(({ groupCount }) => ((this.groupCount - groupCount) & 0xffff) < PATH_MISSES_MAX)
      .slice(0, PATHS_MAX - 1);
    this.#otherPaths = others.length === 0 ? NOWHERE : others;
  }

  /** The same for the same addresses on the same interfaces, in whatever order. */
  get #whereabouts(): string {
    const places = this.paths.map(({ address, interfaces }) => `${address} ${interfaces.join()}`);
    return [...new Set(places)].toSorted().join('; ');
  }
}
