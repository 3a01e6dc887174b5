/** The mailslot traffic in a capture, as lines. */

import { createReadStream } from 'node:fs';

import { DecodeError, fold } from '@mailslot/core/internal';
import { decodeBody, decodeDatagram, decodeMailslotWrite } from '@mailslot/core/netbios/internal';
import type { explain } from '@mailslot/services/internal';

import { classicSighting } from '../classic-sighting.ts';
import type { Session } from '../session.ts';
import { resultOf, type Sighting } from '../sighting.ts';
import { readCapture } from './capture-file.ts';
import { decodeLaxWrite, type LaxWrite } from './lax-write.ts';
import { type UdpPacket, udpPacketIn } from './udp-packet.ts';

/** NBDGM (RFC 1002 section 4.4): what comes from there or goes there is a datagram of NetBIOS. */
const DATAGRAM_PORT = 138;

/** Shows every datagram of NetBIOS in a capture; `-` is standard input. What is no mailslot write is shown as that. */
export async function readTraffic(session: Session, file: string): Promise<void> {
  // Loaded only now: other commands need not wait for it.
  const { explain } = await import('@mailslot/services/internal');
  const { signal } = session;
  const chunks = file === '-' ? session.environment.stdin : createReadStream(file);
  session.onEnd(() => chunks.destroy());
  let shown = 0;
  try {
    for await (const captured of readCapture(chunks)) {
      if (signal.aborted) return;
      const packet = udpPacketIn(captured);
      if (packet?.sourcePort !== DATAGRAM_PORT && packet?.destinationPort !== DATAGRAM_PORT)
        continue;
      shown++;
      await session.report(resultOf(sightingOf(packet, captured.time, explain)));
    }
  } catch (error) {
    // To stop reading is an error to the stream.
    if (!signal.aborted) throw error;
  }
  session.output.note(`${shown} datagrams of NetBIOS in ${file === '-' ? 'the capture' : file}.`);
}

function sightingOf(packet: UdpPacket, time: number, explainService: typeof explain): Sighting {
  const { source, payload } = packet;
  try {
    const { slot, ...write } = decodeStrictWrite(payload);
    return classicSighting({ ...write, time, source, slot: fold(slot) }, explainService);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    const lax = laxWriteIn(payload);
    if (lax === undefined) return strangerOf(packet, time, error);
    const write = { ...lax, time, source, slot: fold(lax.slot), flaw: error.message };
    return classicSighting(write, explainService);
  }
}

function decodeStrictWrite(payload: Uint8Array): LaxWrite {
  const { part, first, more } = decodeDatagram(payload);
  if (!first || more) throw new DecodeError('a whole datagram, not a fragment', 1);
  const { from, to, data: smb } = decodeBody(part);
  return { from, to, ...decodeMailslotWrite(smb) };
}

function laxWriteIn(payload: Buffer): LaxWrite | undefined {
  try {
    return decodeLaxWrite(payload);
  } catch (error) {
    if (error instanceof DecodeError) return undefined;
    throw error;
  }
}

/** What is no mailslot write, such as an error packet, or one that says less than a mailslot write has to. */
function strangerOf({ source, payload }: UdpPacket, time: number, why: DecodeError): Sighting {
  return {
    time,
    source,
    to: '(none)',
    from: '',
    data: payload,
    words: () => `not a mailslot write: ${why.message}`,
    json: () => ({
      time: new Date(time).toISOString(),
      transport: 'netbios',
      source,
      size: payload.length,
      base64: payload.toString('base64'),
      malformed: why.message,
    }),
  };
}
