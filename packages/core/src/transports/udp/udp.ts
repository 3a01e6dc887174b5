/** The LAN: datagrams by multicast, broadcast and unicast. docs/wire-udp.md says what travels. */

import { createSocket } from 'node:dgram';
import { networkInterfaces } from 'node:os';

import type { Transport } from '../transport.ts';
import type { UdpOptions } from './options.ts';
import { type UdpSystem, UdpTransport } from './udp-transport.ts';

export type { UdpOptions } from './options.ts';

const realSystem: UdpSystem = { createSocket, networkInterfaces, platform: process.platform };

/**
 * The transport for the LAN. By default it uses every suitable interface, group 239.255.77.83 or ff12::8000:4d53, port
 * 19795, and crosses no router. Messages may have 64 KiB; those over 1 200 bytes travel in fragments, which loss may
 * cost.
 *
 * Throws `ERROR_INVALID_PARAMETER` for options out of range.
 */
export function udp(options: UdpOptions = {}): Transport {
  return new UdpTransport(options, realSystem);
}
