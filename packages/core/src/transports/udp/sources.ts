/** The stations that were heard, by the place they send from. */

import { LRUCache } from 'lru-cache';

import type { Clock } from '../../clock.ts';
import type { Source, Trust } from '../transport.ts';
import type { FrameHeader } from './frame.ts';
import { FrameDecoder } from './frame.ts';
import type { Family } from './interfaces.ts';
import type { Endpoint } from './options.ts';
import type { Route } from './routes.ts';

/** Places remembered, 1 KB each at the most. A busy LAN has fewer; a flood of forged ones displaces the quietest. */
export const SOURCES_MAX = 4_096;

/** How long a computer name is taken to live where it was last heard. */
export const NAME_MS_MAX = 300_000;

/** Unicast copies of one message to a computer name. Several stations may bear one; a liar may claim it for many. */
export const NAME_COPIES_MAX = 32;

/** How long a station heard by IPv6 is taken to need it. */
export const IPV6_MS_MAX = 60_000;

/**
 * Look-ups a second of who needs IPv6: each goes through all sources, in a millisecond when there are most, and whoever
 * sends by IPv6 can cause one.
 */
export const IPV6_LOOKUPS_MAX = 16;

/** One private socket of one station, as the floors above hold it: opaque but for its {@link Source} members. */
export class UdpSource implements Source, Endpoint {
  readonly transport = 'udp';
  readonly id: string;
  readonly trust: Trust;
  readonly interfaces: readonly string[];
  readonly address: string;
  readonly port: number;
  readonly family: Family;
  /** Whether the user left out every interface it can have come by. */
  readonly leftOut: boolean;
  readonly decoder: FrameDecoder = new FrameDecoder();
  /** The last frame's, to notice a change without looking at names. */
  header: FrameHeader | undefined;
  computerName = '';
  heardAt = 0;
  /** The way back, as long as its socket is open. */
  route: readonly [Route] | undefined;

  constructor(
    endpoint: Endpoint,
    whereabouts: { readonly trust: Trust; readonly interfaces: readonly string[] },
    leftOut: boolean,
  ) {
    this.address = endpoint.address;
    this.port = endpoint.port;
    this.family = endpoint.family;
    this.id = `udp:${endpoint.address}:${endpoint.port}`;
    this.trust = whereabouts.trust;
    this.interfaces = whereabouts.interfaces;
    this.leftOut = leftOut;
  }
}

export class Sources {
  readonly #clock: Clock;
  readonly #create: (endpoint: Endpoint) => UdpSource;
  /** Made for the first datagram: a cache takes its room at once, and a newcomer speaks before it hears. */
  #places: LRUCache<string, UdpSource> | undefined;
  readonly #named = new Map<string, Set<UdpSource>>();
  /** Datagrams come in runs. */
  #last: UdpSource | undefined;
  #ipv6Changed = false;
  #lookups = 0;
  #lookupsSince = -Infinity;
  #ipv6Interfaces: ReadonlySet<string> = new Set();

  constructor(clock: Clock, create: (endpoint: Endpoint) => UdpSource) {
    this.#clock = clock;
    this.#create = create;
  }

  /** The most recently heard first. */
  get #known(): UdpSource[] {
    return this.#places === undefined ? [] : [...this.#places.values()];
  }

  get #table(): LRUCache<string, UdpSource> {
    this.#places ??= new LRUCache({
      max: SOURCES_MAX,
      dispose: (source) => this.#forgetName(source),
    });
    return this.#places;
  }

  /** The one object that stands for this place. */
  at(address: string, port: number, family: Family): UdpSource {
    const last = this.#last;
    if (last !== undefined && last.port === port && last.address === address) return last;
    const key = `${address} ${port}`;
    let source = this.#table.get(key);
    if (source === undefined) {
      source = this.#create({ address, port, family });
      this.#table.set(key, source);
    }
    this.#last = source;
    return source;
  }

  /** Learns from a frame who sends from there. */
  heard(source: UdpSource, header: FrameHeader, heardAt: number = this.#clock.now()): void {
    source.heardAt = heardAt;
    if (source.header === header) return;
    this.#ipv6Changed ||= source.family === 'IPv6' && source.header?.station !== header.station;
    source.header = header;
    if (header.from !== '' && header.from !== source.computerName)
      this.#learnName(source, header.from);
  }

  /**
   * Where a computer name was heard of late. Only places nearby or named by the user: a name claimed from beyond must
   * not draw messages out of this network.
   */
  named(name: string): readonly UdpSource[] {
    const bearers = this.#named.get(name);
    if (bearers === undefined) return [];
    const now = this.#clock.now();
    return [...bearers]
      .filter((source) => source.trust !== 'routed' && now - source.heardAt <= NAME_MS_MAX)
      .slice(-NAME_COPIES_MAX);
  }

  /** The interfaces on which a station was heard of late that is known by IPv6 alone. */
  get ipv6Interfaces(): ReadonlySet<string> {
    if (this.#ipv6Changed && this.#mayLookUp()) {
      this.#findIpv6();
    }
    return this.#ipv6Interfaces;
  }

  /** To be called now and then: time passes without datagrams too. */
  refresh(): void {
    this.#ipv6Changed = true;
  }

  /** Judges every place anew, because the interfaces changed; what was heard from there stays known. */
  relocate(): void {
    const known = this.#known.toReversed();
    this.#places?.clear();
    this.#last = undefined;
    for (const { address, port, family, header, computerName, heardAt } of known) {
      const source = this.at(address, port, family);
      if (header !== undefined) this.heard(source, header, heardAt);
      if (computerName !== '') this.#learnName(source, computerName);
    }
    this.#ipv6Changed = true;
  }

  #mayLookUp(): boolean {
    const now = this.#clock.now();
    if (now - this.#lookupsSince >= 1000) {
      this.#lookupsSince = now;
      this.#lookups = 0;
    }
    return this.#lookups++ < IPV6_LOOKUPS_MAX;
  }

  #findIpv6(): void {
    const now = this.#clock.now();
    const recent = this.#known.filter((source) => now - source.heardAt <= IPV6_MS_MAX);
    const byIpv4 = new Set(
      recent.filter(({ family }) => family === 'IPv4').map(({ header }) => header?.station),
    );
    const alone = recent.filter(
      ({ family, header }) =>
        family === 'IPv6' && header !== undefined && !byIpv4.has(header.station),
    );
    this.#ipv6Interfaces = new Set(alone.flatMap(({ interfaces }) => interfaces));
    this.#ipv6Changed = false;
  }

  #learnName(source: UdpSource, name: string): void {
    this.#forgetName(source);
    source.computerName = name;
    const bearers = this.#named.get(name) ?? new Set();
    this.#named.set(name, bearers.add(source));
  }

  #forgetName(source: UdpSource): void {
    const bearers = this.#named.get(source.computerName);
    bearers?.delete(source);
    if (bearers?.size === 0) this.#named.delete(source.computerName);
  }
}
