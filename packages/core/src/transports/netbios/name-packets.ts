/** The packets that a node of the name service sends, each with its section of RFC 1002. */

import {
  ACTIVE_ERROR,
  AUTHORITATIVE,
  BROADCAST,
  CONFLICT_ERROR,
  encodeEntries,
  MULTIHOMED_REGISTRATION,
  type NameEntry,
  NAME_ERROR,
  type NamePacket,
  QUERY,
  RECURSION_AVAILABLE,
  RECURSION_DESIRED,
  REFRESH,
  REGISTRATION,
  RELEASE,
  RESPONSE,
  TYPE_NB,
  TYPE_NBSTAT,
  TYPE_NULL,
} from './name-packet.ts';
import type { PacketContext } from './name-node.ts';
import { type NetbiosName, WILDCARD } from './netbios-name.ts';
import { encodeNodeStatus, type NodeStatus } from './node-status.ts';
import { ANSWER_TTL_S, REGISTRATION_TTL_S } from './timing.ts';

const broadcastFlag = (broadcast: boolean): number => (broadcast ? BROADCAST : 0);

/** 4.2.12. */
export function queryRequest(
  context: PacketContext,
  name: NetbiosName,
  { broadcast }: { broadcast: boolean },
): NamePacket {
  const flags = QUERY | RECURSION_DESIRED | broadcastFlag(broadcast);
  return packet(context, flags, { question: { name, type: TYPE_NB } });
}

/** 4.2.13. */
export function queryAnswer(
  context: PacketContext,
  name: NetbiosName,
  entry: NameEntry,
): NamePacket {
  const flags = RESPONSE | QUERY | AUTHORITATIVE | RECURSION_DESIRED | RECURSION_AVAILABLE;
  const data = encodeEntries([entry]);
  const answer = { name, type: TYPE_NB, ttlS: ANSWER_TTL_S, data };
  return packet(context, flags, { answer });
}

/** 4.2.14. */
export function queryRefusal(context: PacketContext, name: NetbiosName): NamePacket {
  const flags =
    RESPONSE | QUERY | AUTHORITATIVE | RECURSION_DESIRED | RECURSION_AVAILABLE | NAME_ERROR;
  const answer = { name, type: TYPE_NULL, ttlS: 0, data: new Uint8Array() };
  return packet(context, flags, { answer });
}

/**
 * 4.2.2, and [MS-NBTE] section 2.2.2 for computers with several addresses. With `demand` it is 4.2.3: we own the name
 * now.
 */
export function registrationRequest(
  context: PacketContext,
  name: NetbiosName,
  entry: NameEntry,
  { broadcast, demand = false, multihomed = false }: RegistrationOptions,
): NamePacket {
  const opcode = multihomed ? MULTIHOMED_REGISTRATION : REGISTRATION;
  const flags = opcode | (demand ? 0 : RECURSION_DESIRED) | broadcastFlag(broadcast);
  return claim(context, flags, name, entry, broadcast ? 0 : REGISTRATION_TTL_S);
}

export interface RegistrationOptions {
  readonly broadcast: boolean;
  readonly demand?: boolean;
  readonly multihomed?: boolean;
}

/** 4.2.4. */
export function refreshRequest(
  context: PacketContext,
  name: NetbiosName,
  entry: NameEntry,
): NamePacket {
  return claim(context, REFRESH, name, entry, REGISTRATION_TTL_S);
}

/** 4.2.9. */
export function releaseRequest(
  context: PacketContext,
  name: NetbiosName,
  entry: NameEntry,
  { broadcast }: { broadcast: boolean },
): NamePacket {
  return claim(context, RELEASE | broadcastFlag(broadcast), name, entry, 0);
}

function claim(
  context: PacketContext,
  flags: number,
  name: NetbiosName,
  entry: NameEntry,
  ttlS: number,
): NamePacket {
  const question = { name, type: TYPE_NB };
  const additional = { name, type: TYPE_NB, ttlS, data: encodeEntries([entry]) };
  return packet(context, flags, { question, additional });
}

/** 4.2.6: the name is ours. */
export function registrationRefusal(
  context: PacketContext,
  name: NetbiosName,
  entry: NameEntry,
): NamePacket {
  return registrationAnswer(context, ACTIVE_ERROR, name, entry);
}

/** 4.2.8: two have the name, and the one that this is sent to is to stop using it. */
export function conflictDemand(
  context: PacketContext,
  name: NetbiosName,
  entry: Omit<NameEntry, 'address'>,
): NamePacket {
  return registrationAnswer(context, CONFLICT_ERROR, name, { ...entry, address: '0.0.0.0' });
}

function registrationAnswer(
  context: PacketContext,
  error: number,
  name: NetbiosName,
  entry: NameEntry,
): NamePacket {
  const flags =
    RESPONSE | REGISTRATION | AUTHORITATIVE | RECURSION_DESIRED | RECURSION_AVAILABLE | error;
  const answer = { name, type: TYPE_NB, ttlS: 0, data: encodeEntries([entry]) };
  return packet(context, flags, { answer });
}

/** 4.2.17. */
export function statusRequest(context: PacketContext): NamePacket {
  const question = { name: WILDCARD, type: TYPE_NBSTAT };
  return packet(context, 0, { question });
}

/** 4.2.18. */
export function statusAnswer(
  context: PacketContext,
  name: NetbiosName,
  status: NodeStatus,
): NamePacket {
  const flags = RESPONSE | QUERY | AUTHORITATIVE;
  const answer = { name, type: TYPE_NBSTAT, ttlS: 0, data: encodeNodeStatus(status) };
  return packet(context, flags, { answer });
}

function packet(
  { id, scope }: PacketContext,
  flags: number,
  parts: Partial<Pick<NamePacket, 'question' | 'answer' | 'additional'>>,
): NamePacket {
  const nothing = { question: undefined, answer: undefined, additional: undefined };
  return { id, flags, scope, ...nothing, ...parts };
}
