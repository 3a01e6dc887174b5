/** What a user may ask of the transport, checked before any socket is opened. */

import { isIP, isIPv4, isIPv6 } from 'node:net';

import { MailslotError } from '../../errors.ts';
import type { Family, InterfaceFilter } from './interfaces.ts';
import { familyOf, isLinkLocal } from './interfaces.ts';

export interface UdpOptions {
  /** The port all stations share. 19795 by default. */
  readonly port?: number;
  /** The multicast groups, `239.255.77.83` and `ff12::8000:4d53` by default. */
  readonly groups?: { readonly [family in Family]?: string };
  /** How many networks a group message may cross: 1, the own one, by default; at most 255. */
  readonly hops?: number;
  /** Both by default. Where an interface has IPv4, IPv6 is sent only while a station is known by it alone. */
  readonly families?: readonly Family[];
  /**
   * The interfaces to use, by name, by an address they have, or by a filter over the suitable ones. By default all suitable
   * ones: neither loopback nor point-to-point; without any, loopback. The name `loopback` means the loopback interface
   * whatever it is called. One that is not there is told of as a problem, and used as soon as it comes.
   * Datagrams that came by any other interface are dropped.
   */
  readonly interfaces?: InterfaceFilter;
  /**
   * Send group messages to the broadcast address of each IPv4 interface too: `'auto'`, the default, where whoever listens
   * hears nobody by multicast, or is asked to by another; `true` always; `false` never.
   */
  readonly broadcast?: boolean | 'auto';
  /**
   * Addresses that group messages also go to by unicast, each `10.1.2.3`, `10.1.2.3:19795`, `fe80::1%eth0` or
   * `[fe80::1%eth0]:19795`; at most 64. One that answers is enough to learn all that it knows, where neither multicast
   * nor broadcast arrives.
   */
  readonly seeds?: readonly string[];
  /**
   * The ports to send from and to be answered at, first and last, for firewalls: one for each interface and one more.
   * Any free ports by default.
   */
  readonly portRange?: readonly [first: number, last: number];
}

/** The options, complete and checked. */
export interface UdpSettings {
  readonly port: number;
  readonly groups: Readonly<Record<Family, string>>;
  readonly hops: number;
  readonly families: readonly Family[];
  readonly interfaces: InterfaceFilter;
  readonly broadcast: boolean | 'auto';
  readonly seeds: readonly Endpoint[];
  readonly portRange: readonly [first: number, last: number];
}

/** Where a datagram can be sent. */
export interface Endpoint {
  /** IPv6 link-local with its zone. */
  readonly address: string;
  readonly port: number;
  readonly family: Family;
}

/** In the user range, below Linux' ephemeral ports, so that no passing socket holds it; unassigned at IANA. */
const DEFAULT_PORT = 19_795;

/**
 * Organisation-local and link-local, "MS" in their low bytes. Neither maps onto a MAC address that switches always flood.
 */
export const DEFAULT_GROUPS: Readonly<Record<Family, string>> = {
  IPv4: '239.255.77.83',
  IPv6: 'ff12::8000:4d53',
};

/** Every group message is sent once more for each. */
export const SEEDS_MAX = 64;

/** Throws `ERROR_INVALID_PARAMETER`, and says which option and why. */
export function parseOptions(options: UdpOptions): UdpSettings {
  const port = options.port ?? DEFAULT_PORT;
  check(isPort(port), `port must be 1 to 65535, not ${port}`);
  const hops = options.hops ?? 1;
  check(isWithin(hops, 1, 255), `hops must be 1 to 255, not ${hops}`);
  const families = options.families ?? ['IPv4', 'IPv6'];
  check(
    Array.isArray(families) &&
      families.length > 0 &&
      families.every((family) => family === 'IPv4' || family === 'IPv6'),
    `families must name IPv4, IPv6 or both, as in ['IPv4']`,
  );
  const { interfaces, broadcast = 'auto' } = options;
  check(
    interfaces === undefined || typeof interfaces === 'function' || isStrings(interfaces),
    `interfaces must be an array of names, as in ['eth0'], or a filter`,
  );
  check(
    typeof broadcast === 'boolean' || broadcast === 'auto',
    `broadcast must be true, false or 'auto'`,
  );
  const seeds = options.seeds ?? [];
  check(isStrings(seeds), `seeds must be an array of addresses, as in ['10.1.2.3']`);
  check(seeds.length <= SEEDS_MAX, `seeds may be ${SEEDS_MAX} at most, not ${seeds.length}`);
  const portRange = options.portRange ?? [0, 0];
  check(Array.isArray(portRange), 'portRange must be an array of two ports');
  const [first, last] = portRange;
  check(
    options.portRange === undefined || (isPort(first) && isPort(last) && first <= last),
    `portRange must be two ports, the lower one first, not ${first} and ${last}`,
  );
  return {
    port,
    groups: parseGroups(options.groups),
    hops,
    families,
    interfaces,
    broadcast,
    seeds: seeds.map((seed) => parseSeed(seed, port)),
    portRange: [first, last],
  };
}

/** What the user gave is checked; the defaults need no check, and the first of each kind takes milliseconds. */
function parseGroups(given: UdpOptions['groups'] = {}): Readonly<Record<Family, string>> {
  const { IPv4, IPv6 } = given;
  check(
    IPv4 === undefined || (isIPv4(IPv4) && isMulticast(IPv4)),
    `${IPv4} is no IPv4 multicast address`,
  );
  check(
    IPv6 === undefined || (isIPv6(IPv6) && isMulticast(IPv6)),
    `${IPv6} is no IPv6 multicast address`,
  );
  return { ...DEFAULT_GROUPS, ...given };
}

function isMulticast(address: string): boolean {
  const first = Number.parseInt(address, 10);
  return familyOf(address) === 'IPv6' ? /^ff/i.test(address) : first >= 224 && first <= 239;
}

function parseSeed(seed: string, defaultPort: number): Endpoint {
  const parts = /^\[(?<v6>.+)\](?::(?<v6port>\d+))?$|^(?<v4>[\d.]+)(?::(?<v4port>\d+))?$/.exec(
    seed,
  );
  const { v6, v6port, v4, v4port } = parts?.groups ?? {};
  const address = v6 ?? v4 ?? seed;
  const port = Number(v6port ?? v4port ?? defaultPort);
  const family = familyOf(address);
  check(
    isIP(address) !== 0 &&
      !isMulticast(address) &&
      isPort(port) &&
      !(v6 !== undefined && family === 'IPv4'),
    `${JSON.stringify(seed)} is no seed; write an address such as 10.1.2.3, 10.1.2.3:19795 or [fe80::1%eth0]:19795`,
  );
  check(
    !(family === 'IPv6' && isLinkLocal(address) && !address.includes('%')),
    `the seed ${seed} is link-local and needs its interface, such as ${address}%eth0`,
  );
  return { address, port, family };
}

function isStrings(value: unknown): boolean {
  return Array.isArray(value) && value.every((element) => typeof element === 'string');
}

function isPort(port: number): boolean {
  return isWithin(port, 1, 65_535);
}

function isWithin(value: number, low: number, high: number): boolean {
  return Number.isInteger(value) && value >= low && value <= high;
}

function check(valid: boolean, what: string): void {
  if (!valid) throw new MailslotError('ERROR_INVALID_PARAMETER', `udp(): ${what}.`);
}
