/** What a user may ask of the transport, checked before any socket is opened. */

import { isIPv4 } from 'node:net';

import { MailslotError } from '../../errors.ts';
import type { InterfaceFilter } from '../udp/interfaces.ts';
import { checkScope } from './encoded-name.ts';
import { NODE_TYPES, type NodeType } from './name-packet.ts';

export interface NetbiosOptions {
  /**
   * The interfaces to use, by name or by a filter over the suitable ones; only their IPv4 addresses count. By default all
   * suitable ones: neither loopback nor point-to-point; without any, loopback. The name `loopback` means the loopback
   * interface whatever it is called.
   */
  readonly interfaces?: InterfaceFilter;
  /** Addresses of name servers (WINS), the one to ask first in front; at most 12, as in Windows. None by default. */
  readonly nameServers?: readonly string[];
  /**
   * How names are found: `B` by broadcast, `P` by the name servers alone, `M` by broadcast and then by them, `H` by them
   * and then by broadcast. `H` by default where there are name servers, else `B`.
   */
  readonly nodeType?: NodeType;
  /** The NetBIOS scope: only nodes of the same hear one another. Empty by default, as nearly everywhere. */
  readonly scope?: string;
  /** The ports of the name service and of the datagram service, 137 and 138, the same for all nodes. */
  readonly ports?: { readonly name?: number; readonly datagram?: number };
}

/** The options, complete and checked. */
export interface NetbiosSettings {
  readonly interfaces: InterfaceFilter;
  readonly nameServers: readonly string[];
  readonly nodeType: NodeType;
  readonly scope: string;
  readonly ports: { readonly name: number; readonly datagram: number };
}

/** As many as Windows takes. */
export const NAME_SERVERS_MAX = 12;

/** RFC 1002 section 6. */
const NAME_PORT = 137;
const DATAGRAM_PORT = 138;

/** Throws `ERROR_INVALID_PARAMETER`, and says which option and why. */
export function parseOptions(options: NetbiosOptions): NetbiosSettings {
  const { interfaces, scope = '' } = options;
  check(
    interfaces === undefined || typeof interfaces === 'function' || isStrings(interfaces),
    `interfaces must be an array of names, as in ['eth0'], or a filter`,
  );
  const nameServers = options.nameServers ?? [];
  check(
    isStrings(nameServers) && nameServers.every((server) => isIPv4(server)),
    `nameServers must be IPv4 addresses, as in ['10.1.2.3']`,
  );
  check(
    nameServers.length <= NAME_SERVERS_MAX,
    `nameServers may be ${NAME_SERVERS_MAX} at most, not ${nameServers.length}`,
  );
  const nodeType = options.nodeType ?? (nameServers.length > 0 ? 'H' : 'B');
  check(NODE_TYPES.includes(nodeType), 'nodeType must be B, P, M or H');
  check(
    nodeType === 'B' || nameServers.length > 0,
    `nodeType ${nodeType} needs a name server: add nameServers, or use B`,
  );
  check(typeof scope === 'string', 'scope must be a string');
  const { name = NAME_PORT, datagram = DATAGRAM_PORT } = options.ports ?? {};
  check(isPort(name) && isPort(datagram), 'ports must be 1 to 65535');
  check(name !== datagram, 'ports must be two different ones');
  const ports = { name, datagram };
  return { interfaces, nameServers, nodeType, scope: checkScope(scope), ports };
}

function isStrings(value: unknown): boolean {
  return Array.isArray(value) && value.every((element) => typeof element === 'string');
}

function isPort(port: number): boolean {
  return Number.isInteger(port) && port >= 1 && port <= 65_535;
}

function check(valid: boolean, what: string): void {
  if (!valid) throw new MailslotError('ERROR_INVALID_PARAMETER', `netbios(): ${what}.`);
}
