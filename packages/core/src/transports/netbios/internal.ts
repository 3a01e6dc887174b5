/**
 * The door for the protocols that are at home on this wire: names with their suffixes, subnets, mailslot writes as they
 * are. What it shows may change with any release.
 *
 * @packageDocumentation
 */

import { type Network, switchboardOf } from '../../network.ts';
import { NetbiosTransport } from './netbios-transport.ts';

export { readName, writeName } from './encoded-name.ts';
export { type Field, FieldTable } from './field-table.ts';
export {
  dataBytesMax,
  decodeMailslotWrite,
  encodeMailslotWrite,
  type MailslotWriteHeader,
} from './mailslot-write.ts';
export type { NameAnswer } from './name-node.ts';
export type { Endpoint } from './name-transactions.ts';
export { realSystem } from './netbios.ts';
export { MSBROWSE, NetbiosName, SUFFIX, WILDCARD } from './netbios-name.ts';
export {
  type MailslotListener,
  type NetbiosSystem,
  NetbiosTransport,
} from './netbios-transport.ts';
export type { NodeName, NodeStatus } from './node-status.ts';
export type { MailslotDatagram, OutgoingWrite, Subnet, SubnetInterface } from './subnet.ts';
export type { SubnetNames } from './subnet-names.ts';
export { NAME_TIMING, type NameTiming } from './timing.ts';

/** The classic transport of a network; undefined if it has none. */
export function netbiosOf(network: Network): NetbiosTransport | undefined {
  return switchboardOf(network).transports.find((one) => one instanceof NetbiosTransport);
}
