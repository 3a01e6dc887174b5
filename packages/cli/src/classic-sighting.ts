/** What was overheard on a classic network. */

import { DecodeError } from '@mailslot/core/internal';
import type { NetbiosName } from '@mailslot/core/netbios/internal';
import { decodeFrame, describeFrame } from '@mailslot/discovery/internal';
import type { explain } from '@mailslot/services/internal';

import { payloadJson } from './payload.ts';
import type { Sighting } from './sighting.ts';

/** A mailslot write, and when and where it was seen. */
export interface ClassicWrite {
  /** Milliseconds since 1970. */
  readonly time: number;
  /** The interface it came by, if that is known. */
  readonly interface?: string;
  /** The address it came from. */
  readonly source: string;
  readonly from: NetbiosName;
  readonly to: NetbiosName;
  /** What followed `\MAILSLOT\`, folded. */
  readonly slot: string;
  readonly data: Uint8Array;
  /** What is wrong with it, though some receivers take it. */
  readonly flaw?: string;
}

/** The mailslots of the Browser protocol. */
const BROWSER_SLOTS = ['BROWSE', 'LANMAN'] as const;

/** `explainService` says what the messages of services mean. */
export function classicSighting(write: ClassicWrite, explainService: typeof explain): Sighting {
  const { time, slot, data, source, flaw } = write;
  const from = write.from.toString();
  const to = `\\\\${write.to.toString()}\\mailslot\\${slot}`;
  const browserSlot = BROWSER_SLOTS.find((one) => one === slot);
  const service = browserSlot === undefined ? explainService(slot, data) : undefined;
  return {
    time,
    source,
    to,
    from,
    data,
    flaw,
    words: () => (browserSlot === undefined ? service?.words : describeFrame(browserSlot, data)),
    json: () => ({
      time: new Date(time).toISOString(),
      transport: 'netbios',
      source,
      interfaces: write.interface === undefined ? undefined : [write.interface],
      from,
      to,
      slot,
      ...payloadJson(data),
      browser: browserSlot === undefined ? undefined : frameJson(browserSlot, data),
      service: service?.fields,
      malformed: flaw,
    }),
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
