/** Messages of the presence protocol, as JSON lines show them. */

import { DecodeError } from '@mailslot/core/internal';
import { decodeMessage, decodeRecord, FLAG, peerIdOf, TYPE } from '@mailslot/discovery/internal';

/** The mailslot on which they travel. */
export const PRESENCE_SLOT = 'MPP';

/** What a message says; for bytes that are none, why. */
export function presenceJson(bytes: Uint8Array): object {
  try {
    const { type, flags, id, sequence, revision, realm, body } = decodeMessage(bytes);
    const open = (flags & FLAG.SECURITY) === 0;
    const hasRecord = open && (flags & FLAG.FULL) !== 0;
    return {
      type: nameOf(type),
      flags: Object.entries(FLAG)
        .filter(([name, bit]) => name !== 'SECURITY' && (flags & bit) !== 0)
        .map(([name]) => name.toLowerCase()),
      secured: !open,
      id: peerIdOf(id),
      sequence,
      revision,
      realm: realm.toString(16).padStart(8, '0'),
      ...(hasRecord && decodeRecord(body)),
    };
  } catch (error) {
    if (error instanceof DecodeError) return { malformed: error.message };
    throw error;
  }
}

function nameOf(type: number): string | number {
  const known = Object.entries(TYPE).find(([, number]) => number === type);
  return known === undefined ? type : known[0].toLowerCase();
}
