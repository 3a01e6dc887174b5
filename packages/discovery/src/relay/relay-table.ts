/**
 * Which datagrams a bridge passes on, and where to. Pure.
 *
 * Loops are impossible, however many bridges there are, since each datagram changes sides at most twice: nothing that a
 * bridge has put on a LAN is taken from there, by any bridge, and nothing that came from beyond goes back there. So it
 * goes from one LAN to the servers, from them to the other LANs, and no further.
 */

import type { Address, Datagram, Source } from '@mailslot/core/internal';

import { screenMessage } from '../presence/message.ts';
import { type Rate, TokenBucket } from '../presence/token-bucket.ts';
import { RecentCopies } from './recent-copies.ts';

/** The mailslot of all services, and what those of single peers begin with. */
const GROUP_SLOT = 'MPP';
const PEER_SLOTS = 'MPP\\';

/** `lan`: the network that the bridge is on. `beyond`: the servers that all bridges share, and who is there. */
export type Side = 'lan' | 'beyond';

/**
 * Datagrams passed on in each direction. The burst lets two thousand peers begin at once, or see a large list; in the long
 * run a LAN gets ten Mbit/s at the worst, whatever is published beyond it.
 */
export const RELAY_RATE: Rate = { perSecond: 1_000, burst: 10_000 };

/** Stations remembered of each side, at 300 bytes each: more than a LAN has. */
export const STATIONS_MAX = 8_192;

/** Of them, those of one address of the LAN: the processes of one host, and not so many that a liar takes all the room. */
export const STATIONS_HOST_MAX = 1_024;

/** Whoever was silent for so long makes room where there is none, and is forgotten after this in any case. */
export const STATION_QUIET_MS = 60_000;
export const STATION_MS_MAX = 3_600_000;

/**
 * A station has left the LAN when so many of its messages in a row came from beyond: whoever moves sends as many at once.
 * And a message that came to both sides proves where its sender is for so many that follow.
 */
export const SIDE_MISSES_MAX = 3;

/** Where a datagram goes on to: a side, and there to one place if it is for one. */
export interface Passage {
  readonly to: Side;
  readonly at: Source | undefined;
}

/**
 * Why a datagram was not passed on. `relayed`: a bridge has brought it here; `routed`: it comes from beyond the link; `service`: it is not of this service, or not
 * for others; `duplicate`: a copy was; `near`: its sender has been heard on the other side, and first there; `stranger`: the station
 * that it is from, or for, has not been heard of; `limit`: too many at a time.
 */
export type RelayDropReason =
  | 'relayed'
  | 'routed'
  | 'service'
  | 'duplicate'
  | 'near'
  | 'stranger'
  | 'limit';

export interface RelayTableOptions {
  readonly realm: number;
  /** A station is on the LAN now: what is written to it beyond is to come here. */
  readonly onArrived: (station: string) => void;
  /** It has gone from there. */
  readonly onLeft: (station: string) => void;
}

interface Known {
  readonly station: string;
  /** The side that it was first heard on, of whose room it takes a part. */
  readonly met: Side;
  /**
   * For how many messages it is still taken to be on a side by itself, so that they are not brought there. It takes a
   * message that was heard there before it came by the other: whoever only forges a station cannot silence it.
   */
  readonly proven: Record<Side, number>;
  /** Where it is on the LAN, since it was last heard there. */
  place: Source | undefined;
  /** Messages from beyond since then. */
  misses: number;
  heardAt: number;
}

/** What became of the first copy of a datagram: heard on that side and passed on, or not brought to it. */
interface Fate {
  readonly heardOn: Side;
  readonly isNear: boolean;
}

export class RelayTable {
  readonly #options: RelayTableOptions;
  readonly #copies = new RecentCopies<Fate>();
  /** By the side that they were first heard on, the longest silent first. */
  readonly #stations: Readonly<Record<Side, Map<string, Known>>> = {
    lan: new Map(),
    beyond: new Map(),
  };
  readonly #hosts = new Map<string, number>();
  readonly #rates: Readonly<Record<Side, TokenBucket>> = {
    lan: new TokenBucket(RELAY_RATE),
    beyond: new TokenBucket(RELAY_RATE),
  };

  constructor(options: RelayTableOptions) {
    this.#options = options;
  }

  /** How many stations are on each side. Who is on both counts on the LAN. */
  get counts(): Readonly<Record<Side, number>> {
    const counts = { lan: 0, beyond: 0 };
    for (const { place } of this.#all()) counts[place === undefined ? 'beyond' : 'lan']++;
    return counts;
  }

  /** Takes a datagram that was heard on a side. */
  judge(datagram: Datagram, from: Side, now: number): Passage | RelayDropReason {
    const { address, station, source, relayed = false } = datagram;
    if (from === 'lan' && relayed) return 'relayed';
    // Nobody is to get on the servers from anywhere by way of a bridge.
    if (from === 'lan' && source.trust === 'routed') return 'routed';
    if (!this.#isOfService(datagram)) return 'service';
    const toAll = address.kind === 'domain';
    const known = this.#get(station) ?? (toAll ? this.#meet(datagram, from, now) : 'stranger');
    if (typeof known === 'string') return known;
    this.#heard(known, datagram, from, now);
    const fate = this.#copies.fateOf(datagram);
    if (fate !== undefined) return this.#compare(known, fate, from);
    const to: Side = from === 'lan' ? 'beyond' : 'lan';
    const isNear = toAll && known.proven[to] > 0;
    this.#copies.note(datagram, { heardOn: from, isNear }, now);
    if (from === 'beyond' && toAll) this.#miss(known);
    if (isNear) {
      known.proven[to]--;
      return 'near';
    }
    const passage = toAll ? { to, at: undefined } : this.#passToOne(address, to);
    if (typeof passage === 'string') return passage;
    return this.#rates[to].take(now) ? passage : 'limit';
  }

  /** Forgets everybody. */
  clear(): void {
    for (const known of this.#all()) this.#forget(known);
  }

  *#all(): Iterable<Known> {
    yield* this.#stations.lan.values();
    yield* this.#stations.beyond.values();
  }

  #get(station: string): Known | undefined {
    return this.#stations.lan.get(station) ?? this.#stations.beyond.get(station);
  }

  #isOfService({ slot, address, data }: Datagram): boolean {
    if (slot === GROUP_SLOT) {
      const isMeant = address.kind === 'domain' || address.kind === 'station';
      return isMeant && isOfRealm(data, this.#options.realm);
    }
    return slot.startsWith(PEER_SLOTS) && address.kind === 'station';
  }

  /** A copy came that was heard on the other side first, or was expected here. */
  #compare({ proven }: Known, { heardOn, isNear }: Fate, from: Side): 'duplicate' {
    if (heardOn === from) return 'duplicate';
    proven[isNear ? from : heardOn] = SIDE_MISSES_MAX;
    return 'duplicate';
  }

  #passToOne(address: Address, to: Side): Passage | RelayDropReason {
    if (to === 'beyond') return { to, at: undefined };
    const target = address.kind === 'station' ? this.#get(address.station) : undefined;
    return target?.place === undefined ? 'stranger' : { to, at: target.place };
  }

  #meet({ station, source }: Datagram, met: Side, now: number): Known | 'limit' {
    const stations = this.#stations[met];
    this.#makeRoom(stations, now);
    const ofHost = this.#hosts.get(source.address ?? '') ?? 0;
    if (stations.size >= STATIONS_MAX || ofHost >= STATIONS_HOST_MAX) return 'limit';
    const proven = { lan: 0, beyond: 0 };
    const known: Known = { station, met, proven, place: undefined, misses: 0, heardAt: now };
    stations.set(station, known);
    return known;
  }

  #makeRoom(stations: ReadonlyMap<string, Known>, now: number): void {
    for (const known of stations.values()) {
      const quietMs = now - known.heardAt;
      if (quietMs < (stations.size < STATIONS_MAX ? STATION_MS_MAX : STATION_QUIET_MS)) return;
      this.#forget(known);
    }
  }

  #heard(known: Known, { address, source }: Datagram, on: Side, now: number): void {
    const { station, met } = known;
    known.heardAt = now;
    this.#stations[met].delete(station);
    this.#stations[met].set(station, known);
    // What is not for all may come from a place that is soon gone.
    if (on === 'lan' && address.kind === 'domain') this.#settle(known, source);
  }

  #miss(known: Known): void {
    if (known.place !== undefined && ++known.misses >= SIDE_MISSES_MAX) this.#unsettle(known);
  }

  #settle(known: Known, place: Source): void {
    const before = known.place;
    known.place = place;
    known.misses = 0;
    if (before === undefined) this.#options.onArrived(known.station);
    else this.#countHost(before, -1);
    this.#countHost(place, 1);
  }

  #unsettle(known: Known): void {
    if (known.place === undefined) return;
    this.#countHost(known.place, -1);
    known.place = undefined;
    this.#options.onLeft(known.station);
  }

  #forget(known: Known): void {
    this.#stations[known.met].delete(known.station);
    this.#unsettle(known);
  }

  #countHost({ address = '' }: Source, change: number): void {
    const count = (this.#hosts.get(address) ?? 0) + change;
    if (count > 0) this.#hosts.set(address, count);
    else this.#hosts.delete(address);
  }
}

/** However it is secured: what it proves is between the peers. */
function isOfRealm(message: Uint8Array, realm: number): boolean {
  const mismatch = screenMessage(message, realm);
  return mismatch === undefined || mismatch === 'security';
}
