/** Where a message goes, and from which socket. */

import type { Way } from './frame.ts';
import { ANYWHERE, isInterface } from './interfaces.ts';
import type { Broadcasting } from './ladder.ts';
import type { Endpoint, UdpSettings } from './options.ts';
import type { PrivateSocket } from './private-socket.ts';
import type { Surroundings } from './surroundings.ts';

/** Where one copy of a frame goes. */
export interface Route {
  readonly socket: PrivateSocket;
  readonly address: string;
  readonly port: number;
  /** The rung of the ladder, of a message to everyone; undefined for one to this place alone. */
  readonly way: Way | undefined;
}

/** What else it takes to reach everyone. */
export interface Needs {
  /** Whether an interface that has both families is to send by IPv6 too. */
  readonly ipv6: (interfaceName: string) => boolean;
  readonly broadcast: (interfaceName: string) => Broadcasting | undefined;
  /** Those that get a copy of their own. */
  readonly unicast: readonly Endpoint[];
}

/** The routes of a message to everyone: by multicast on every interface, and besides by what is needed. */
export function groupRoutes(
  sockets: readonly PrivateSocket[],
  { groups, port }: UdpSettings,
  surroundings: Surroundings,
  needs: Needs,
): readonly Route[] {
  const overIpv4 = new Set(sockets.filter(isIpv4).map((socket) => socket.place.name));
  const routes: Route[] = [];
  for (const socket of sockets) {
    if (!isInterface(socket.place)) continue;
    const { name, family, broadcastAddress } = socket.place;
    if (family === 'IPv4' || !overIpv4.has(name) || needs.ipv6(name)) {
      routes.push({ socket, address: groups[family], port, way: 'multicast' });
    }
    const way = broadcastAddress === undefined ? undefined : needs.broadcast(name);
    if (way !== undefined) routes.push({ socket, address: broadcastAddress!, port, way });
  }
  for (const one of needs.unicast) {
    const route = routeTo(one, sockets, surroundings);
    if (route !== undefined) routes.push({ ...route, way: 'unicast' });
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
  return socket && { socket, address, port, way: undefined };
}

function isIpv4(socket: PrivateSocket): boolean {
  return socket.place.family === 'IPv4';
}
