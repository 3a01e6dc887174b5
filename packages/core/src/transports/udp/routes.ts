/** Where a message goes, and from which socket. */

import { ANYWHERE, isInterface } from './interfaces.ts';
import type { Endpoint, UdpSettings } from './options.ts';
import type { PrivateSocket } from './private-socket.ts';
import type { Surroundings } from './surroundings.ts';

/** Where one copy of a frame goes. */
export interface Route {
  readonly socket: PrivateSocket;
  readonly address: string;
  readonly port: number;
  /** Whether it goes to everyone on the interface, by multicast or broadcast. */
  readonly group: boolean;
}

/**
 * The routes of a message to everyone: by multicast on every interface, on request by broadcast, and to each seed.
 * An interface that has both families sends by IPv6 only if `needsIpv6` says so.
 */
export function groupRoutes(
  sockets: readonly PrivateSocket[],
  settings: UdpSettings,
  surroundings: Surroundings,
  needsIpv6: (interfaceName: string) => boolean,
): readonly Route[] {
  const { groups, port, broadcast, seeds } = settings;
  const overIpv4 = new Set(sockets.filter(isIpv4).map((socket) => socket.place.name));
  const routes: Route[] = [];
  for (const socket of sockets) {
    if (!isInterface(socket.place)) continue;
    const { name, family, broadcastAddress } = socket.place;
    if (family === 'IPv4' || !overIpv4.has(name) || needsIpv6(name)) {
      routes.push({ socket, address: groups[family], port, group: true });
    }
    if (broadcast && broadcastAddress !== undefined) {
      routes.push({ socket, address: broadcastAddress, port, group: true });
    }
  }
  for (const seed of seeds) {
    const route = routeTo(seed, sockets, surroundings);
    if (route !== undefined) routes.push(route);
  }
  return routes;
}

/** The route to one place: from the interface it is on; else as the system sees fit; else from the first of its family. */
export function routeTo(
  { address, port, family }: Endpoint,
  sockets: readonly PrivateSocket[],
  surroundings: Surroundings,
): Route | undefined {
  const { interfaces } = surroundings.locate(address);
  const able = sockets.filter((one) => one.place.family === family);
  const socket =
    able.find((one) => interfaces.includes(one.place.name)) ??
    able.find((one) => one.place === ANYWHERE[family]) ??
    able[0];
  return socket && { socket, address, port, group: false };
}

function isIpv4(socket: PrivateSocket): boolean {
  return socket.place.family === 'IPv4';
}
