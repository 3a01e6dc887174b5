/** Where a station is, as one tells another: see `place` and `locate` of the {@link Transport}. */

import { ByteReader, ByteWriter, DecodeError } from '../../bytes.ts';
import { formatAddress, parseAddress } from '../../ip-address.ts';
import type { Source } from '../transport.ts';
import { isLinkLocal } from './interfaces.ts';
import type { Endpoint } from './options.ts';

/** The first octet: the version of the address that follows the port. */
const VERSIONS = { IPv4: 4, IPv6: 6 } as const;

/** Octets of the addresses. */
const ADDRESS_BYTES = { IPv4: 4, IPv6: 16 } as const;

/** The version, the port and the address, 7 or 19 octets in all. The zone stays: it is a name of this computer's own. */
export function encodePlace({ family, port, address }: Endpoint): Uint8Array | undefined {
  const octets = parseAddress(address);
  return octets && new ByteWriter(19).uint8(VERSIONS[family]).uint16(port).bytes(octets).finish();
}

/**
 * The endpoint of a place; undefined if these bytes are none. A link-local IPv6 address is on the link `zone`, and
 * nowhere without one.
 */
export function decodePlace(bytes: Uint8Array, zone: string | undefined): Endpoint | undefined {
  try {
    return readPlace(new ByteReader(bytes), zone);
  } catch (error) {
    if (error instanceof DecodeError) return undefined;
    throw error;
  }
}

function readPlace(reader: ByteReader, zone: string | undefined): Endpoint | undefined {
  const version = reader.uint8('the version');
  const family = version === VERSIONS.IPv4 ? 'IPv4' : 'IPv6';
  const port = reader.uint16('the port');
  const bits = formatAddress(reader.bytes(ADDRESS_BYTES[family], 'the address'));
  if (version !== VERSIONS[family] || port === 0 || reader.remaining > 0) return undefined;
  if (family === 'IPv4' || !isLinkLocal(bits)) return { family, port, address: bits };
  return zone === undefined ? undefined : { family, port, address: `${bits}%${zone}` };
}

/** Whether what one of these says of the other can be true for this computer: they share a link, or the user named both. */
export function areNeighbours(one: Source, other: Source): boolean {
  if (one.trust === 'seed') return other.trust === 'seed';
  return one.interfaces.some((name) => other.interfaces.includes(name));
}

/** Whether an address can be one host's: not nobody's, not everybody's. */
export function isHostAddress(address: string): boolean {
  if (address.includes(':')) return address !== '::' && !/^ff/i.test(address);
  const first = Number.parseInt(address, 10);
  return first > 0 && first < 224;
}
