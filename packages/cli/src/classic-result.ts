/** What was overheard on a classic network, as lines. */

import { DecodeError } from '@mailslot/core/internal';
import type { MailslotDatagram } from '@mailslot/core/netbios/internal';
import { decodeFrame, describeFrame } from '@mailslot/discovery/internal';

import { payloadJson } from './payload.ts';
import type { Result } from './session.ts';
import { trafficLine } from './traffic-line.ts';

/** The mailslots of the Browser protocol. */
const BROWSER_SLOTS = ['BROWSE', 'LANMAN'] as const;

export function classicResultOf(datagram: MailslotDatagram, now: number): Result {
  const { subnet, slot, data, source } = datagram;
  const from = datagram.from.toString();
  const to = `\\\\${datagram.to.toString()}\\mailslot\\${slot}`;
  const browserSlot = BROWSER_SLOTS.find((one) => one === slot);
  return {
    json: () => ({
      time: new Date(now).toISOString(),
      transport: 'netbios',
      source: source.address,
      interfaces: [subnet.interface.name],
      from,
      to,
      slot,
      ...payloadJson(data),
      browser: browserSlot === undefined ? undefined : frameJson(browserSlot, data),
    }),
    text: (paint) => {
      const words = browserSlot === undefined ? undefined : describeFrame(browserSlot, data);
      return trafficLine({ now, source: source.address, to, from, data }, words, paint);
    },
  };
}

/** What a browser frame says; for bytes that are none, why. */
function frameJson(slot: (typeof BROWSER_SLOTS)[number], data: Uint8Array): object {
  try {
    return decodeFrame(slot, data);
  } catch (error) {
    if (error instanceof DecodeError) return { malformed: error.message };
    throw error;
  }
}
