/** The stations that were heard, by the place they send from. */

import type { Clock } from '../../clock.ts';
import { ANY_INTERFACE } from '../counters.ts';
import type { HeardBy, Source, Trust } from '../transport.ts';
import type { FrameHeader, Way } from './frame.ts';
import { FrameDecoder } from './frame.ts';
import type { Family } from './interfaces.ts';
import type { Endpoint } from './options.ts';
import type { Route } from './routes.ts';

/** Places remembered, 1 KB each at the most. A busy LAN has fewer; of a flood of forged ones, none is heard twice. */
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

/** How long a way by which datagrams came counts as one that works. */
export const WAY_MS_MAX = 60_000;

/** One private socket of one station, as the floors above hold it: opaque but for its {@link Source} members. */
export class UdpSource implements Source, Endpoint {
  readonly transport = 'udp';
  readonly id: string;
  readonly trust: Trust;
  readonly interfaces: readonly string[];
  /** The one interface, if it can only have come in by that. */
  readonly ingress: string;
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
  /** Whether it was heard again since it came, or since room was last looked for. */
  heardAgain = false;
  /** The way back, as long as its socket is open. */
  route: readonly [Route] | undefined;
  /** When it was last heard by each way. */
  readonly #cameAt: Record<Way, number> = {
    multicast: -Infinity,
    broadcast: -Infinity,
    needed: -Infinity,
    unicast: -Infinity,
  };

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
    this.ingress = this.interfaces.length === 1 ? this.interfaces[0]! : ANY_INTERFACE;
    this.leftOut = leftOut;
  }

  get heardBy(): readonly HeardBy[] {
    const since = Math.max(this.toAllAt, this.#cameAt.unicast) - WAY_MS_MAX;
    const { multicast, unicast } = this.#cameAt;
    const broadcast = Math.max(this.#cameAt.broadcast, this.#cameAt.needed);
    const ways: readonly (readonly [HeardBy, number])[] = [
      ['multicast', multicast],
      ['broadcast', broadcast],
      ['unicast', unicast],
    ];
    return ways.filter(([, at]) => at > -Infinity && at >= since).map(([way]) => way);
  }

  /** When it was last heard in a way that reaches everyone. */
  get toAllAt(): number {
    const { multicast, broadcast, needed } = this.#cameAt;
    return Math.max(multicast, broadcast, needed);
  }

  heardAtBy(way: Way): number {
    return this.#cameAt[way];
  }

  came(way: Way, at: number): void {
    this.#cameAt[way] = at;
  }

  /** Takes over what was heard of the same place, when it is judged anew. */
  inherit(earlier: UdpSource): void {
    Object.assign(this.#cameAt, earlier.#cameAt);
  }
}

export class Sources {
  readonly #clock: Clock;
  readonly #create: (endpoint: Endpoint) => UdpSource;
  readonly #places = new Map<string, UdpSource>();
  /** Where room is looked for next. The iterator of a map comes to what is added later: this one never ends. */
  readonly #hand: IterableIterator<[string, UdpSource]> = this.#places.entries();
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

  get size(): number {
    return this.#places.size;
  }

  /** Who was heard at this place, if anyone was; it does not count as heard by that. */
  known({ address, port }: Endpoint): UdpSource | undefined {
    return this.#places.get(keyOf(address, port));
  }

  [Symbol.iterator](): IterableIterator<UdpSource> {
    return this.#places.values();
  }

  /** The one object that stands for this place. */
  at(address: string, port: number, family: Family): UdpSource {
    const last = this.#last;
    if (last !== undefined && last.port === port && last.address === address) return last;
    const key = keyOf(address, port);
    let source = this.#places.get(key);
    if (source === undefined) {
      source = this.#create({ address, port, family });
      this.#makeRoom();
      this.#places.set(key, source);
    } else {
      source.heardAgain = true;
    }
    this.#last = source;
    return source;
  }

  /** Learns from a frame who sends from there. */
  heard(source: UdpSource, header: FrameHeader, heardAt: number = this.#clock.now()): void {
    source.heardAt = heardAt;
    // What a bridge relays says nothing of who is at its place.
    if (source.header === header || header.relayed === true) return;
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
    if (this.#places.size === 0) return;
    const known = [...this.#places.values()];
    this.#places.clear();
    this.#named.clear();
    this.#last = undefined;
    for (const earlier of known) {
      const { address, port, family, header, computerName, heardAt } = earlier;
      const source = this.at(address, port, family);
      source.inherit(earlier);
      if (header !== undefined) this.heard(source, header, heardAt);
      if (computerName !== '') this.#learnName(source, computerName);
    }
    this.#ipv6Changed = true;
  }

  /** Forgets the first that was not heard again. Who was goes to the end, and has to be heard once more until then. */
  #makeRoom(): void {
    if (this.#places.size < SOURCES_MAX) return;
    for (const [key, source] of this.#hand) {
      this.#places.delete(key);
      if (!source.heardAgain) return this.#forgetName(source);
      source.heardAgain = false;
      this.#places.set(key, source);
    }
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
    const recent = [...this.#places.values()].filter(
      (source) => now - source.heardAt <= IPV6_MS_MAX,
    );
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

function keyOf(address: string, port: number): string {
  return `${address} ${port}`;
}
