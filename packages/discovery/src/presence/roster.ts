/**
 * Who is there: peers by id, by how well they are known, and in the order in which they fall silent.
 *
 * A refresh costs the same however many there are, and a look for silent peers costs by how many there are to report.
 * A fifth of the room is for strangers, who push out each other only: a flood of invented peers meets those of its own
 * kind.
 */

import { Chain } from './chain.ts';
import { INTERVAL_MS_MAX, intervalCodeOf, intervalMsOf } from './interval.ts';
import { type Peer, Probation, type Standing } from './peer.ts';
import type { PeerKey } from './peer-id.ts';
import { SilenceList } from './silence-list.ts';
import { limitsOf } from './source-limits.ts';
import { Strangers } from './strangers.ts';
import { TokenBuckets } from './token-bucket.ts';

export { Peer } from './peer.ts';

/** Codes above that of the longest interval all mean the longest. */
const INTERVAL_CODE_MAX = intervalCodeOf(INTERVAL_MS_MAX);

/** The part of a roster that is for strangers: newcomers of a whole group of usual size at once. */
export const STRANGERS_SHARE: number = 1 / 5;

/** A stranger is proven when we have heard this many datagrams of it… */
export const PROVEN_DATAGRAMS = 3;

/** … over this many of its intervals: longer than it takes to invent a peer and forget it. */
export const PROVEN_INTERVALS = 2;

/** Hosts whose share of proven peers is remembered, at least: more than bring a stranger at a time, as a rule. */
const PROMOTING_HOSTS_MAX = 4096;

/** Longer intervals count as this: whoever invents peers makes them longer. */
export const PROVEN_INTERVAL_MS_MAX = 2000;

/** Strangers that count as members in any case, besides as many as there are others: a group that starts at once. */
export const STRANGE_MEMBERS_MIN = 64;

export interface RosterOptions {
  /** The most peers held, of whatever standing. */
  readonly max: number;
  /** Whoever we hear is proven with its first datagram: nobody can speak without the secret. */
  readonly provenAtOnce: boolean;
}

export class Roster {
  readonly #peers = new Map<PeerKey, Peer>();
  readonly #provenAtOnce: boolean;
  /** The most peers that are no strangers. */
  readonly #residentsMax: number;
  readonly #strangers: Strangers;
  /** Those of whom we have heard nothing for longest first. */
  readonly #vouched = new Chain<Probation>();
  /** By host, strangers that may be proven there. */
  readonly #promotions = new TokenBuckets(PROMOTING_HOSTS_MAX);
  /** By interval code: one or two as a rule. */
  readonly #lists = new Map<number, SilenceList>();

  constructor({ max, provenAtOnce }: RosterOptions) {
    const strangersMax = Math.max(1, Math.trunc(max * STRANGERS_SHARE));
    this.#provenAtOnce = provenAtOnce;
    this.#residentsMax = max - strangersMax;
    this.#strangers = new Strangers(strangersMax);
  }

  get size(): number {
    return this.#peers.size;
  }

  get strangerCount(): number {
    return this.#strangers.size;
  }

  get vouchedCount(): number {
    return this.#vouched.size;
  }

  get provenCount(): number {
    return this.size - this.strangerCount - this.vouchedCount;
  }

  /**
   * How many peers share the budget: invented ones must not slow the others down without limit. Beyond a server all count:
   * it has let them speak, and most of a crowd that grows are strangers for three long intervals. Whoever left them out
   * would beat many times too often, and give up the living for beating more seldom.
   */
  get members(): number {
    const residents = this.#residentCount;
    const { brokered } = this.#strangers;
    const others = this.strangerCount - brokered;
    return residents + brokered + Math.min(others, Math.max(STRANGE_MEMBERS_MIN, residents));
  }

  /** Peers that are no strangers. */
  get residents(): number {
    return this.#residentCount;
  }

  /** What all peers send together, in beats per millisecond. */
  get beatsPerMs(): number {
    let sum = 0;
    for (const { size, intervalMs } of this.#lists.values()) sum += size / intervalMs;
    return sum;
  }

  get(key: PeerKey): Peer | undefined {
    return this.#peers.get(key);
  }

  /**
   * Lists a peer that is not listed: a `stranger` that was heard at `heardAt` and has a path, or one that another peer
   * has `vouched` for and has heard at `heardAt`, however long ago. Times are liveness times. Returns the one that had to
   * go, if any: a stranger for a stranger; the peer itself if there is no room for more that are vouched for.
   */
  add(
    peer: Peer,
    intervalCode: number,
    heardAt: number,
    standing: Exclude<Standing, 'proven'>,
  ): Peer | undefined {
    let evicted: Peer | undefined;
    if (standing === 'vouched') {
      if (this.#isFull) return peer;
      peer.probation = new Probation(peer, undefined);
      this.#vouched.append(peer.probation);
    } else if (!this.#provenAtOnce || this.#isFull) {
      evicted = this.#strangers.victim(peer.path!);
      if (evicted !== undefined) this.remove(evicted);
      peer.probation = this.#strangers.add(peer, peer.path!);
      peer.probation.heard(heardAt);
    }
    this.#peers.set(peer.key, peer);
    this.#setInterval(peer, intervalCode, heardAt);
    this.#listOf(peer).insert(peer);
    return evicted;
  }

  /**
   * We have heard a listed peer: counts its silence from `now`, which never goes back. Returns the one that had to go if
   * the peer was proven by that and there was no room: one that is only vouched for.
   */
  refresh(peer: Peer, intervalCode: number, now: number): Peer | undefined {
    this.#listOf(peer).remove(peer);
    this.#setInterval(peer, intervalCode, now);
    this.#listOf(peer).append(peer);
    return peer.probation === undefined ? undefined : this.#test(peer, peer.probation);
  }

  /** Another peer has heard a listed one at `heardAt`. That changes nothing if we have heard it since. */
  vouch(peer: Peer, intervalCode: number, heardAt: number): void {
    if (heardAt <= peer.heardAt) return;
    this.#listOf(peer).remove(peer);
    this.#setInterval(peer, intervalCode, heardAt);
    this.#listOf(peer).insert(peer);
  }

  /** Takes a listed peer off the list. It keeps its standing. */
  remove(peer: Peer): void {
    this.#listOf(peer).remove(peer);
    this.#leaveProbation(peer);
    this.#peers.delete(peer.key);
  }

  /** Overlooks a listed peer in looks for the silent until it is heard or unparked. */
  park(peer: Peer): void {
    this.#listOf(peer).park(peer);
  }

  /** Has an eye on a parked peer again, whose silence has lasted meanwhile. */
  unpark(peer: Peer): void {
    this.#listOf(peer).unpark(peer);
  }

  /** The peers that have been silent for the patience of their interval, the longest silent first. They stay listed. */
  overdue(now: number, patienceMs: (intervalMs: number) => number): Peer[] {
    const overdue: Peer[] = [];
    for (const list of this.#lists.values()) {
      if (list.size === 0) continue;
      const patience = patienceMs(list.intervalMs);
      let peer = list.first();
      for (; peer !== undefined && peer.heardAt + patience <= now; peer = peer.later) {
        overdue.push(peer);
      }
    }
    return overdue.toSorted((a, b) => a.heardAt - b.heardAt);
  }

  /** When the next peer that is not overdue at `now` will be, in liveness time; `Infinity` if there is none. */
  nextOverdueAt(now: number, patienceMs: (intervalMs: number) => number): number {
    let next = Infinity;
    for (const list of this.#lists.values()) {
      if (list.size === 0) continue;
      const patience = patienceMs(list.intervalMs);
      let peer = list.first();
      while (peer !== undefined && peer.heardAt + patience <= now) peer = peer.later;
      if (peer !== undefined) next = Math.min(next, peer.heardAt + patience);
    }
    return next;
  }

  /** All ids, in the order in which they were listed. */
  keys(): IterableIterator<PeerKey> {
    return this.#peers.keys();
  }

  /** All peers, in the order in which they were listed. */
  [Symbol.iterator](): IterableIterator<Peer> {
    return this.#peers.values();
  }

  get #residentCount(): number {
    return this.size - this.strangerCount;
  }

  get #isFull(): boolean {
    return this.#residentCount >= this.#residentsMax;
  }

  /** A peer on probation was heard. Returns who had to go if it is proven by that. */
  #test(peer: Peer, probation: Probation): Peer | undefined {
    probation.heard(peer.heardAt);
    if (probation.host === undefined) {
      this.#vouched.moveToEnd(probation);
      if (this.#hasProven(probation)) this.#promote(peer);
      return undefined;
    }
    this.#strangers.heard(probation);
    if (!this.#hasProven(probation)) return undefined;
    const evicted = this.#isFull ? this.#vouched.first?.peer : undefined;
    if ((this.#isFull && evicted === undefined) || !this.#mayPromote(probation)) return undefined;
    if (evicted !== undefined) this.remove(evicted);
    this.#promote(peer);
    return evicted;
  }

  #hasProven({ peer, datagrams, since }: Probation): boolean {
    if (this.#provenAtOnce) return true;
    const intervalMs = Math.min(peer.intervalMs, PROVEN_INTERVAL_MS_MAX);
    return datagrams >= PROVEN_DATAGRAMS && peer.heardAt - since >= PROVEN_INTERVALS * intervalMs;
  }

  /** Has the host of a stranger had its share of peers proven? */
  #mayPromote({ peer, host }: Probation): boolean {
    if (this.#provenAtOnce) return true;
    const { idsMax, provenPerSecond } = limitsOf(peer.path!);
    const rate = { perSecond: provenPerSecond, burst: idsMax };
    return this.#promotions.take(host!, rate, peer.heardAt);
  }

  #promote(peer: Peer): void {
    this.#leaveProbation(peer);
    peer.probation = undefined;
  }

  #leaveProbation({ probation }: Peer): void {
    if (probation === undefined) return;
    if (probation.host === undefined) this.#vouched.remove(probation);
    else this.#strangers.remove(probation);
  }

  #setInterval(peer: Peer, intervalCode: number, heardAt: number): void {
    peer.intervalCode = Math.min(intervalCode, INTERVAL_CODE_MAX);
    peer.heardAt = Math.trunc(heardAt);
  }

  #listOf({ intervalCode }: Peer): SilenceList {
    let list = this.#lists.get(intervalCode);
    if (list === undefined) {
      list = new SilenceList(intervalMsOf(intervalCode));
      this.#lists.set(intervalCode, list);
    }
    return list;
  }
}
