/** A roster that looks at everybody, every time: what the real one is held against. */

import type { Source } from '@mailslot/core/internal';

import { INTERVAL_MS_MAX, intervalCodeOf, intervalMsOf } from '../../src/presence/interval.ts';
import type { Standing } from '../../src/presence/peer.ts';
import type { PeerKey } from '../../src/presence/peer-id.ts';
import {
  PROVEN_DATAGRAMS,
  PROVEN_INTERVALS,
  type RosterOptions,
  STRANGE_MEMBERS_MIN,
  STRANGERS_SHARE,
} from '../../src/presence/roster.ts';

interface NaivePeer {
  readonly key: PeerKey;
  standing: Standing;
  intervalMs: number;
  heardAt: number;
  parked: boolean;
  readonly host: string;
  datagrams: number;
  since: number;
  /** Grows with whatever happens: of strangers and vouched ones, the least goes first. */
  turn: number;
}

/** All that a roster can be asked, in a form that can be compared. */
export interface RosterView {
  readonly standings: readonly (readonly [PeerKey, Standing])[];
  readonly counts: readonly number[];
  readonly members: number;
  readonly beats: string;
  readonly overdue: readonly PeerKey[];
  readonly silences: readonly number[];
  readonly nextOverdueAt: number;
}

/** Addresses are hosts, and no host has more strangers than it may: that limit is tested by itself. */
export class NaiveRoster {
  readonly #peers = new Map<PeerKey, NaivePeer>();
  readonly #strangersMax: number;
  readonly #residentsMax: number;
  readonly #provenAtOnce: boolean;
  /** When a host last had a stranger that came, went or was heard. */
  readonly #hostTurns = new Map<string, number>();
  #turn = 0;

  constructor({ max, provenAtOnce }: RosterOptions) {
    this.#strangersMax = Math.max(1, Math.trunc(max * STRANGERS_SHARE));
    this.#residentsMax = max - this.#strangersMax;
    this.#provenAtOnce = provenAtOnce;
  }

  /** Whoever has to go is returned. */
  add(
    key: PeerKey,
    source: Source | undefined,
    code: number,
    heardAt: number,
    standing: 'stranger' | 'vouched',
  ): PeerKey | undefined {
    const full = this.#residents >= this.#residentsMax;
    if (standing === 'vouched' && full) return key;
    const proven = standing === 'stranger' && this.#provenAtOnce && !full;
    const stranger = standing === 'stranger' && !proven;
    const evicted = stranger ? this.#victim() : undefined;
    if (evicted !== undefined) this.remove(evicted);
    const host = source?.address ?? '';
    this.#peers.set(key, {
      key,
      standing: proven ? 'proven' : standing,
      intervalMs: intervalMsOfAny(code),
      heardAt,
      parked: false,
      host,
      datagrams: standing === 'vouched' ? 0 : 1,
      since: heardAt,
      turn: this.#turn++,
    });
    if (stranger) this.#hostTurns.set(host, this.#turn++);
    return evicted;
  }

  refresh(key: PeerKey, code: number, now: number): PeerKey | undefined {
    const peer = this.#peers.get(key)!;
    peer.intervalMs = intervalMsOfAny(code);
    peer.heardAt = now;
    peer.parked = false;
    if (peer.standing === 'proven') return undefined;
    if (peer.datagrams === 0) peer.since = now;
    peer.datagrams++;
    peer.turn = this.#turn++;
    if (peer.standing === 'stranger') this.#hostTurns.set(peer.host, this.#turn++);
    const enough =
      peer.datagrams >= PROVEN_DATAGRAMS && now - peer.since >= PROVEN_INTERVALS * peer.intervalMs;
    if (!enough && !this.#provenAtOnce) return undefined;
    let evicted: PeerKey | undefined;
    if (peer.standing === 'stranger' && this.#residents >= this.#residentsMax) {
      evicted = firstOf(this.#with('vouched'))?.key;
      if (evicted === undefined) return undefined;
      this.remove(evicted);
    }
    if (peer.standing === 'stranger') this.#hostTurns.set(peer.host, this.#turn++);
    peer.standing = 'proven';
    return evicted;
  }

  vouch(key: PeerKey, code: number, heardAt: number): void {
    const peer = this.#peers.get(key)!;
    if (heardAt <= peer.heardAt) return;
    peer.intervalMs = intervalMsOfAny(code);
    peer.heardAt = heardAt;
    peer.parked = false;
  }

  remove(key: PeerKey): void {
    const peer = this.#peers.get(key)!;
    if (peer.standing === 'stranger') this.#hostTurns.set(peer.host, this.#turn++);
    this.#peers.delete(key);
  }

  park(key: PeerKey): void {
    this.#peers.get(key)!.parked = true;
  }

  unpark(key: PeerKey): void {
    this.#peers.get(key)!.parked = false;
  }

  /** All that the roster can be asked. */
  view(now: number, patienceMs: (intervalMs: number) => number): RosterView {
    const peers = [...this.#peers.values()];
    const dueAt = ({ heardAt, intervalMs }: NaivePeer): number => heardAt + patienceMs(intervalMs);
    const watched = peers.filter((peer) => !peer.parked);
    const overdue = watched.filter((peer) => dueAt(peer) <= now);
    const later = watched.map(dueAt).filter((at) => at > now);
    return {
      standings: peers.map(({ key, standing }) => [key, standing]),
      counts: (['proven', 'vouched', 'stranger'] as const).map((of) => this.#with(of).length),
      members: this.#members,
      beats: peers.reduce((sum, { intervalMs }) => sum + 1 / intervalMs, 0).toFixed(10),
      overdue: overdue.map(({ key }) => key).toSorted(),
      silences: overdue.map(({ heardAt }) => heardAt).toSorted((a, b) => a - b),
      nextOverdueAt: Math.min(Infinity, ...later),
    };
  }

  get #residents(): number {
    return this.#peers.size - this.#with('stranger').length;
  }

  get #members(): number {
    const residents = this.#residents;
    const strangers = this.#with('stranger').length;
    return residents + Math.min(strangers, Math.max(STRANGE_MEMBERS_MIN, residents));
  }

  #with(standing: Standing): NaivePeer[] {
    return [...this.#peers.values()].filter((peer) => peer.standing === standing);
  }

  #victim(): PeerKey | undefined {
    const strangers = this.#with('stranger');
    if (strangers.length < this.#strangersMax) return undefined;
    const sizeOf = (host: string) => strangers.filter((peer) => peer.host === host).length;
    const [crowd] = [...new Set(strangers.map(({ host }) => host))].toSorted(
      (a, b) => sizeOf(b) - sizeOf(a) || this.#hostTurns.get(a)! - this.#hostTurns.get(b)!,
    );
    return firstOf(strangers.filter(({ host }) => host === crowd))!.key;
  }
}

function firstOf(peers: NaivePeer[]): NaivePeer | undefined {
  return peers.toSorted((a, b) => a.turn - b.turn)[0];
}

function intervalMsOfAny(code: number): number {
  return intervalMsOf(Math.min(code, intervalCodeOf(INTERVAL_MS_MAX)));
}
