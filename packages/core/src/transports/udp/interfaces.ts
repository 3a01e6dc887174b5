/** Which interfaces of this computer to use, and why not the others. Pure: it judges what `os.networkInterfaces()` says. */

import type { NetworkInterfaceInfo } from 'node:os';

import { ANY_INTERFACE } from '../counters.ts';
import type { TransportInterface } from '../transport.ts';

export type Family = 'IPv4' | 'IPv6';

/** What `os.networkInterfaces()` returns: the addresses of all interfaces that are up. */
export type InterfaceTable = NodeJS.Dict<NetworkInterfaceInfo[]>;

/** One address of one interface, as a program that chooses sees it. */
interface InterfaceCandidate {
  readonly name: string;
  readonly family: Family;
  /** IPv6 link-local with its zone. */
  readonly address: string;
  readonly prefixLength: number;
  readonly loopback: boolean;
  /** A tunnel, as of most VPNs: its prefix holds one address, or it has no MAC address. It carries no multicast. */
  readonly pointToPoint: boolean;
}

/** Where a socket can send from. */
export interface Place extends TransportInterface {
  readonly family: Family;
  /** Changes if anything does that its socket depends on. */
  readonly key: string;
}

/** An interface in use. */
export interface UdpInterface extends Place {
  /** What the socket calls for joining and sending take as "this interface". */
  readonly multicastInterface: string;
  /** The directed broadcast address; undefined where there is none. */
  readonly broadcastAddress: string | undefined;
  /** No network is behind it: what is said there, this computer says to itself. */
  readonly loopback: boolean;
}

/** Why an address is not used. */
type Unused =
  /** It is the loopback interface, which is used only by name or where there is no other. */
  | 'loopback'
  /** It is a point-to-point link, which is used only by name. */
  | 'point-to-point'
  /** The interface is used by another of its addresses. */
  | 'other-address'
  /** Of a family that is switched off; or IPv6 on loopback, where Linux delivers no multicast. */
  | 'family'
  /** The user left it out. */
  | 'left-out'
  /** The system does not say its prefix or its zone. */
  | 'unknown-prefix';

export interface InterfaceChoice {
  readonly used: readonly UdpInterface[];
  /** What the user named and is not there. */
  readonly missing: readonly string[];
  readonly unused: readonly {
    readonly name: string;
    readonly address: string;
    readonly why: Unused;
  }[];
}

/** No interface in particular: the system chooses by its routes, as it must for what is behind a router or a tunnel. */
export const ANYWHERE: Readonly<Record<Family, Place>> = {
  IPv4: { name: ANY_INTERFACE, family: 'IPv4', address: '0.0.0.0', key: 'any IPv4' },
  IPv6: { name: ANY_INTERFACE, family: 'IPv6', address: '::', key: 'any IPv6' },
};

export function isInterface(place: Place): place is UdpInterface {
  return 'multicastInterface' in place;
}

/** Interface names or addresses, of which `loopback` means the loopback interface whatever it is called; or a filter on the suitable ones. */
export type InterfaceFilter =
  | readonly string[]
  | ((candidate: InterfaceCandidate) => boolean)
  | undefined;

export interface InterfaceRules {
  readonly interfaces: InterfaceFilter;
  readonly families: readonly Family[];
  readonly platform: NodeJS.Platform;
}

/**
 * By default every interface that is not loopback or point-to-point, once for each family; without any, loopback, so
 * that two programs on a plane still meet. Names override what is suitable; a filter narrows it.
 */
export function chooseInterfaces(table: InterfaceTable, rules: InterfaceRules): InterfaceChoice {
  const judged = addresses(table, rules).map((address) => ({
    address,
    why: judge(address, rules),
  }));
  const suitable = judged.some(({ why }) => why === undefined);
  const fallback = !suitable && typeof rules.interfaces !== 'object';
  const used = new Map<string, UdpInterface>();
  const unused: { name: string; address: string; why: Unused }[] = [];
  for (const { address, why } of judged) {
    const { name, family } = address;
    const place = `${name} ${family}`;
    const usable = why === undefined || (fallback && why === 'loopback' && passes(address, rules));
    if (usable && !used.has(place)) {
      used.set(place, { ...describe(address), fallback: why !== undefined });
    } else unused.push({ name, address: address.address, why: why ?? 'other-address' });
  }
  const named = typeof rules.interfaces === 'object' ? rules.interfaces : [];
  const missing = named.filter((name) => !judged.some(({ address }) => isNamed(address, [name])));
  return { used: [...used.values()], missing, unused };
}

/** An address and what its socket needs to know. */
interface InterfaceAddress extends InterfaceCandidate {
  readonly bits: string;
  readonly netmask: string;
  /** How the system names this interface in an IPv6 address; undefined if it does not say. */
  readonly zone: string | undefined;
}

/** All addresses, in each interface the preferred ones first. */
function addresses(table: InterfaceTable, rules: InterfaceRules): InterfaceAddress[] {
  const tellsMacs = Object.values(table).some((infos) => infos?.some(hasMac));
  return Object.entries(table).flatMap(([name, infos = []]) => {
    const zone = interfaceZone(name, infos, rules.platform);
    const pointToPoint = isTunnel(infos) || (tellsMacs && !infos.some(hasMac));
    return infos
      .map((info) => interfaceAddress(name, info, zone, pointToPoint))
      .toSorted((a, b) => rank(a) - rank(b));
  });
}

function interfaceAddress(
  name: string,
  info: NetworkInterfaceInfo,
  zone: string | undefined,
  pointToPoint: boolean,
): InterfaceAddress {
  const { family, netmask, internal } = info;
  const scoped = isLinkLocal(info.address) && family === 'IPv6' && zone !== undefined;
  return {
    name,
    family,
    address: scoped ? `${info.address}%${zone}` : info.address,
    bits: info.address,
    netmask,
    prefixLength: prefixLength(info),
    loopback: internal,
    pointToPoint: pointToPoint && !internal,
    zone,
  };
}

/** IPv4 decides, for DHCP gives single IPv6 addresses on any LAN; and all of it, for a LAN may have single ones beside. */
function isTunnel(infos: readonly NetworkInterfaceInfo[]): boolean {
  const ipv4 = infos.filter(({ family }) => family === 'IPv4');
  return (ipv4.length > 0 ? ipv4 : infos).every(isSingle);
}

function isSingle(info: NetworkInterfaceInfo): boolean {
  return prefixLength(info) === (info.family === 'IPv4' ? 32 : 128);
}

function hasMac({ mac }: NetworkInterfaceInfo): boolean {
  return mac !== '00:00:00:00:00:00';
}

function prefixLength({ cidr }: NetworkInterfaceInfo): number {
  return Number(cidr?.split('/')[1] ?? Number.NaN);
}

/** Windows names a zone by its number, which only link-local addresses tell; everyone else by the name. */
export function interfaceZone(
  name: string,
  infos: readonly NetworkInterfaceInfo[],
  platform: NodeJS.Platform,
): string | undefined {
  if (platform !== 'win32') return name;
  const scope = infos.find((info) => info.family === 'IPv6' && info.scopeid > 0);
  return scope?.family === 'IPv6' ? String(scope.scopeid) : undefined;
}

/**
 * Lower is better. An IPv6 group message goes from the address that the link has for ever, an IPv4 one from one that
 * was given; and neither from a single address if there is one with a subnet.
 */
function rank(address: InterfaceAddress): number {
  const isIpv6 = address.family === 'IPv6';
  const isSingle = address.prefixLength === (isIpv6 ? 128 : 32);
  return (isLinkLocal(address.bits) === isIpv6 ? 0 : 2) + (isSingle ? 1 : 0);
}

/** Of an address that is one: the system gave it, or it was checked. */
export function familyOf(address: string): Family {
  return address.includes(':') ? 'IPv6' : 'IPv4';
}

/** Whether an address is good for one link only. */
export function isLinkLocal(address: string): boolean {
  return address.startsWith('169.254.') || /^fe[89ab]/i.test(address);
}

function judge(address: InterfaceAddress, rules: InterfaceRules): Unused | undefined {
  const { family, loopback, pointToPoint, zone, prefixLength } = address;
  if (!rules.families.includes(family) || (loopback && family === 'IPv6')) return 'family';
  if (Number.isNaN(prefixLength) || (family === 'IPv6' && zone === undefined)) {
    return 'unknown-prefix';
  }
  if (typeof rules.interfaces === 'object') {
    return isNamed(address, rules.interfaces) ? undefined : 'left-out';
  }
  if (loopback) return 'loopback';
  if (pointToPoint) return 'point-to-point';
  return passes(address, rules) ? undefined : 'left-out';
}

function isNamed(
  { name, address, bits, loopback }: InterfaceAddress,
  names: readonly string[],
): boolean {
  const own = loopback ? ['loopback', name, address, bits] : [name, address, bits];
  return own.some((one) => names.includes(one));
}

function passes(address: InterfaceAddress, { interfaces }: InterfaceRules): boolean {
  return typeof interfaces !== 'function' || interfaces(address);
}

function describe(own: InterfaceAddress): UdpInterface {
  const { name, family, address, bits, netmask, zone, loopback } = own;
  return {
    loopback,
    name,
    family,
    address,
    key: `${name} ${address} ${netmask} ${zone}`,
    multicastInterface: family === 'IPv4' ? address : `::%${zone}`,
    broadcastAddress: family === 'IPv4' ? directedBroadcast(bits, netmask) : undefined,
  };
}

/** The address that every host of a subnet listens to; undefined where a prefix has no room for one. */
export function directedBroadcast(address: string, netmask: string): string | undefined {
  const mask = octets(netmask);
  if (mask[3]! >= 254) return undefined;
  return octets(address)
    .map((octet, at) => octet | (~mask[at]! & 0xff))
    .join('.');
}

function octets(address: string): number[] {
  return address.split('.').map(Number);
}
