/**
 * The door for the protocols that are at home on this wire: names with their suffixes, subnets, mailslot writes as they
 * are. What it shows may change with any release.
 *
 * @packageDocumentation
 */

import { type Network, switchboardOf } from '../../network.ts';
import { NetbiosTransport } from './netbios-transport.ts';

export {
  type DatagramBody,
  decodeBody,
  decodeDatagram,
  encodeDatagram,
} from './datagram-packet.ts';
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
export { converse, type ConverseOptions } from './session/converse.ts';
export type { Dialogue } from './session/dialogue.ts';
export {
  serveSessions,
  type ServeSessionsOptions,
  SESSION_IDLE_MS_MAX,
  SessionListener,
  type SessionPeer,
  SESSIONS_MAX,
  SESSIONS_PER_HOST_MAX,
  type SessionStats,
} from './session/serve-sessions.ts';
export { SessionClient } from './session/session-client.ts';
export {
  encodeSessionPacket,
  SESSION_ERRORS,
  SESSION_PORT,
  type SessionPacket,
  type SessionRequest,
} from './session/session-packet.ts';
export { SessionServer, type SessionService } from './session/session-server.ts';
export { SmbClient } from './session/smb/smb-client.ts';
export {
  decodeSmbMessage,
  encodeSmbMessage,
  type SmbBlock,
  type SmbHeader,
} from './session/smb/smb-message.ts';
export { SmbServer, type SmbServerOptions } from './session/smb/smb-server.ts';
export { readOem } from './session/smb/smb-text.ts';
export type { Transaction, TransactionResult } from './session/smb/transaction.ts';

/** The classic transport of a network; undefined if it has none. */
export function netbiosOf(network: Network): NetbiosTransport | undefined {
  return switchboardOf(network).transports.find((one) => one instanceof NetbiosTransport);
}
