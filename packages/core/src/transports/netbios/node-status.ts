/** What a node says of itself: its names, and statistics that nobody keeps (RFC 1002 section 4.2.18). */

import { ByteReader, ByteWriter } from '../../bytes.ts';
import { GROUP, nameFlags, type NodeType, nodeTypeOf } from './name-packet.ts';
import { NAME_BYTES, NetbiosName } from './netbios-name.ts';

export interface NodeStatus {
  readonly names: readonly NodeName[];
  /** The MAC address, 6 bytes; zeros where it is not told. */
  readonly unitId: Uint8Array;
}

export interface NodeName {
  readonly name: NetbiosName;
  readonly group: boolean;
  readonly nodeType: NodeType;
  /** Others claim it too. */
  readonly conflict: boolean;
  /** About to be given up. */
  readonly deregistering: boolean;
}

/** The second word of a name, besides that of an NB entry. */
const DEREGISTERING = 0x1000;
const CONFLICT = 0x0800;
/** Must be set in every name that is listed. */
const ACTIVE = 0x0400;

const UNIT_ID_BYTES = 6;
const STATISTICS_BYTES = 46;

/** The number of names has one byte. */
export const NODE_NAMES_MAX = 255;

/** The data of an NBSTAT record. Names beyond {@link NODE_NAMES_MAX} are left out. */
export function encodeNodeStatus({ names, unitId }: NodeStatus): Uint8Array {
  const listed = names.slice(0, NODE_NAMES_MAX);
  const writer = new ByteWriter();
  writer.uint8(listed.length);
  for (const { name, group, nodeType, conflict, deregistering } of listed) {
    const flags = (conflict ? CONFLICT : 0) | (deregistering ? DEREGISTERING : 0) | ACTIVE;
    writer.bytes(name.bytes).uint16(nameFlags(group, nodeType) | flags);
  }
  return writer
    .bytes(unitId)
    .bytes(new Uint8Array(STATISTICS_BYTES - UNIT_ID_BYTES))
    .finish();
}

/** Throws a DecodeError. Statistics may be cut short, as some nodes have them. */
export function decodeNodeStatus(data: Uint8Array): NodeStatus {
  const reader = new ByteReader(data);
  const names = Array.from({ length: reader.uint8('a number of names') }, (): NodeName => {
    const name = NetbiosName.fromBytes(reader.bytes(NAME_BYTES, 'a name'));
    const flags = reader.uint16('flags of a name');
    return {
      name,
      group: (flags & GROUP) !== 0,
      nodeType: nodeTypeOf(flags),
      conflict: (flags & CONFLICT) !== 0,
      deregistering: (flags & DEREGISTERING) !== 0,
    };
  });
  return { names, unitId: new Uint8Array(reader.bytes(UNIT_ID_BYTES, 'a unit id')) };
}
