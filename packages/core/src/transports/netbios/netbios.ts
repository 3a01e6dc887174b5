/**
 * The classic transport: mailslots as Windows and Samba send them, as NetBIOS datagrams over UDP.
 *
 * @example
 * ```ts
 * import { joinNetwork } from '@mailslot/core';
 * import { netbios } from '@mailslot/core/netbios';
 *
 * const network = await joinNetwork({ domain: 'WORKGROUP', transports: [netbios()] });
 * await network.send('\\\\*\\mailslot\\lobby', 'hello, Windows');
 * ```
 *
 * docs/netbios.md says what it needs, and what it cannot do.
 *
 * @packageDocumentation
 */

import { createSocket } from 'node:dgram';
import { networkInterfaces } from 'node:os';

import type { Transport } from '../transport.ts';
import { type NetbiosSystem, NetbiosTransport } from './netbios-transport.ts';
import type { NetbiosOptions } from './options.ts';
import { NAME_TIMING } from './timing.ts';

export type { NodeType } from './name-packet.ts';
export type { NetbiosOptions } from './options.ts';

/** The operating system, and the times of RFC 1002. */
export const realSystem: NetbiosSystem = {
  createSocket,
  networkInterfaces,
  platform: process.platform,
  timing: NAME_TIMING,
};

/**
 * The transport for networks of Windows and Samba. By default it uses every suitable interface with IPv4 and finds names
 * by broadcast, on UDP ports 137 and 138, which need a privilege on most systems. Messages may have 424 bytes, and some
 * less the longer the name of the slot is.
 *
 * Throws `ERROR_INVALID_PARAMETER` for options out of range.
 */
export function netbios(options: NetbiosOptions = {}): Transport {
  return new NetbiosTransport(options, realSystem);
}
