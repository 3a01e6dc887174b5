/**
 * Who is there: peers by id, and in the order in which they fall silent.
 *
 * A refresh costs the same however many there are, and a look for silent peers costs by how many there are to report.
 * Peers of one interval share one time to live, so within one interval whoever was heard first expires first: a list
 * for each interval, in order of hearing, is all the expiry there is.
 */

import type { Source } from '@mailslot/core/internal';

import { intervalCodeOf, INTERVAL_MS_MAX, intervalMsOf } from './interval.ts';
import type { PeerKey } from './peer-id.ts';
import type { PeerRecord } from './record.ts';
import { SequenceWindow } from './sequence-window.ts';

/** Places a peer is reached at: wired and wireless, IPv4 and IPv6. */
export const PATHS_MAX = 4;

const NOWHERE: readonly Source[] = [];

/** Codes above that of the longest interval all mean the longest. */
const INTERVAL_CODE_MAX = intervalCodeOf(INTERVAL_MS_MAX);

/**
 * One of the others: what it said, where and when. It is its own sequence window: with 100 000 peers, each further
 * object is one more wait for memory with every beat.
 */
export class Peer extends SequenceWindow {
  readonly key: PeerKey;
  record: PeerRecord;
  /** Of the record held. */
  revision: number;
  /** Liveness time, in whole milliseconds: a small integer stands in the object, a fraction beside it. */
  heardAt = 0;
  /** Where the newest evidence came from. */
  #path: Source;
  /** Other places, the newest first. */
  #otherPaths: readonly Source[] = NOWHERE;

  /** Of the interval it announced last. */
  intervalCode = 0;
  /** Its neighbours among the peers of its interval: the roster's business alone. */
  earlier: Peer | undefined = undefined;
  later: Peer | undefined = undefined;

  constructor(
    key: PeerKey,
    sequence: number,
    described: { record: PeerRecord; revision: number },
    source: Source,
  ) {
    super(sequence);
    this.key = key;
    this.record = described.record;
    this.revision = described.revision;
    this.#path = source;
  }

  /** Where it was heard, the newest evidence first. */
  get paths(): readonly Source[] {
    return [this.#path, ...this.#otherPaths];
  }

  isAt(source: Source): boolean {
    return this.paths.some((path) => path.id === source.id);
  }

  /** Notes the place that new evidence came from: from now on the first to try. */
  heardFrom(source: Source): void {
    if (source.id === this.#path.id) return;
    const others = this.paths.filter((path) => path.id !== source.id);
    this.#path = source;
    this.#otherPaths = others.slice(0, PATHS_MAX - 1);
  }

  /** Notes the place that a copy came from: it was not the fastest, so it comes second. */
  copyFrom(source: Source): void {
    if (this.isAt(source)) return;
    this.#otherPaths = [source, ...this.#otherPaths].slice(0, PATHS_MAX - 1);
  }
}

/** Peers of one interval, the longest silent first. */
class SilenceList {
  readonly intervalMs: number;
  first: Peer | undefined;
  #last: Peer | undefined;

  constructor(intervalMs: number) {
    this.intervalMs = intervalMs;
  }

  append(peer: Peer): void {
    peer.earlier = this.#last;
    if (this.#last === undefined) this.first = peer;
    else this.#last.later = peer;
    this.#last = peer;
  }

  remove(peer: Peer): void {
    if (peer.earlier === undefined) this.first = peer.later;
    else peer.earlier.later = peer.later;
    if (peer.later === undefined) this.#last = peer.earlier;
    else peer.later.earlier = peer.earlier;
    peer.earlier = peer.later = undefined;
  }
}

export class Roster {
  readonly #peers = new Map<PeerKey, Peer>();
  readonly #max: number;
  /** By interval code; all but one or two are empty as a rule. */
  readonly #lists = Array.from(
    { length: INTERVAL_CODE_MAX + 1 },
    (_, code) => new SilenceList(intervalMsOf(code)),
  );

  /** `max`: the most peers held. */
  constructor(max: number) {
    this.#max = max;
  }

  get size(): number {
    return this.#peers.size;
  }

  get(key: PeerKey): Peer | undefined {
    return this.#peers.get(key);
  }

  /** Lists a peer that is not listed. Returns the one that had to go, the least recently heard, if the roster was full. */
  add(peer: Peer, intervalCode: number, now: number): Peer | undefined {
    const evicted = this.size >= this.#max ? this.#longestSilent() : undefined;
    if (evicted !== undefined) this.remove(evicted);
    this.#peers.set(peer.key, peer);
    this.#append(peer, intervalCode, now);
    return evicted;
  }

  /** Counts a peer's silence from `now`, which never goes back. */
  refresh(peer: Peer, intervalCode: number, now: number): void {
    this.#listOf(peer).remove(peer);
    this.#append(peer, intervalCode, now);
  }

  remove(peer: Peer): void {
    this.#listOf(peer).remove(peer);
    this.#peers.delete(peer.key);
  }

  /** Takes out every peer that has been silent for the time to live of its interval. */
  expire(now: number, timeToLiveMs: (intervalMs: number) => number): Peer[] {
    const expired: Peer[] = [];
    for (const list of this.#lists) {
      if (list.first === undefined) continue;
      const deadline = now - timeToLiveMs(list.intervalMs);
      for (let peer = list.first; peer && peer.heardAt <= deadline; peer = list.first) {
        this.remove(peer);
        expired.push(peer);
      }
    }
    return expired;
  }

  /** All peers, in the order in which they were first heard. */
  [Symbol.iterator](): IterableIterator<Peer> {
    return this.#peers.values();
  }

  /** Within a list it is the first; of lists there are few. */
  #longestSilent(): Peer | undefined {
    const firsts = this.#lists.flatMap(({ first }) => first ?? []);
    return firsts.reduce((a, b) => (b.heardAt < a.heardAt ? b : a), firsts[0]!);
  }

  #append(peer: Peer, intervalCode: number, now: number): void {
    peer.intervalCode = Math.min(intervalCode, INTERVAL_CODE_MAX);
    peer.heardAt = Math.trunc(now);
    this.#listOf(peer).append(peer);
  }

  #listOf(peer: Peer): SilenceList {
    return this.#lists[peer.intervalCode]!;
  }
}
