/** Addresses that would be those of neighbours. */

import { formatAddress, parseAddress } from '../ip-address.ts';

/** Smaller networks have no room for a neighbour at either end. */
const PREFIX_BITS_MAX = 29;

/**
 * The first and the last host of an IPv4 network such as `10.0.0.7/24`, or the next to it if that is ourselves: a VPN
 * that takes over a network does so by routes to its halves. None for IPv6, whose links no route leads away from.
 */
export function neighbours(cidr: string): string[] {
  const [address = '', length = ''] = cidr.split('/');
  const octets = parseAddress(address);
  const prefixBits = Number(length);
  if (octets?.length !== 4 || prefixBits > PREFIX_BITS_MAX) return [];
  const own = new DataView(octets.buffer).getUint32(0);
  const size = 2 ** (32 - prefixBits);
  const first = own - (own % size) + 1;
  const last = first + size - 3;
  return [own === first ? first + 1 : first, own === last ? last - 1 : last].map(dotted);
}

function dotted(host: number): string {
  const octets = new Uint8Array(4);
  new DataView(octets.buffer).setUint32(0, host);
  return formatAddress(octets);
}
