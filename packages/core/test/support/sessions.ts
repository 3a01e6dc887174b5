/** Sessions between Samba's programs, as they were on the wire. */

import { readFileSync } from 'node:fs';

export interface RecordedPacket {
  readonly from: 'client' | 'server';
  /** In the words of Wireshark. */
  readonly what: string;
  readonly bytes: Uint8Array;
}

const file = new URL('../../../../test/vectors/sessions.json', import.meta.url);

/** The packets of each session, by what it was. */
export const recordedSessions: ReadonlyMap<string, readonly RecordedPacket[]> = new Map(
  (
    JSON.parse(readFileSync(file, 'utf8')) as {
      session: string;
      packets: { from: 'client' | 'server'; what: string; hex: string }[];
    }[]
  ).map(({ session, packets }) => [
    session,
    packets.map(({ hex, ...packet }) => ({ ...packet, bytes: Buffer.from(hex, 'hex') })),
  ]),
);

/** Every packet of every session. */
export const recordedPackets: readonly RecordedPacket[] = [...recordedSessions.values()].flat();

const HEADER_BYTES = 4;
const MESSAGE = 0x00;

/** The SMB messages among some packets. */
export function messagesOf(packets: readonly RecordedPacket[]): RecordedPacket[] {
  return packets
    .filter(({ bytes }) => bytes[0] === MESSAGE)
    .map((packet) => ({ ...packet, bytes: packet.bytes.slice(HEADER_BYTES) }));
}
