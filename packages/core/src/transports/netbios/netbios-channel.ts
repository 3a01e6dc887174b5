/** One writer's way to one slot. */

import { MailslotError } from '../../errors.ts';
import type { SlotPath } from '../../name.ts';
import type { Counters } from '../counters.ts';
import type { Channel, OutgoingMessage, Station } from '../transport.ts';
import { isOemText } from '../../oem-text.ts';
import { encodeIdentity } from './identity.ts';
import { dataBytesMax, type MailslotWriteHeader } from './mailslot-write.ts';

/** A message, ready for the wire. */
export interface PreparedWrite {
  readonly slot: string;
  readonly data: Uint8Array;
  readonly header: Partial<MailslotWriteHeader>;
}

/** Hands a write over to wherever the channel leads; rejects if that is nowhere. */
export type Deliver = (write: PreparedWrite) => Promise<void> | undefined;

export class NetbiosChannel implements Channel {
  readonly maxMessageSize: number;
  readonly #slot: SlotPath;
  readonly #station: Station;
  readonly #direct: boolean;
  readonly #counters: Counters;
  readonly #deliver: Deliver;
  #closed = false;

  constructor(
    slot: SlotPath,
    station: Station,
    { direct, counters, deliver }: { direct: boolean; counters: Counters; deliver: Deliver },
  ) {
    this.maxMessageSize = Math.max(0, dataBytesMax(slot.key));
    this.#slot = slot;
    this.#station = station;
    this.#direct = direct;
    this.#counters = counters;
    this.#deliver = deliver;
  }

  send({ sequence, data, anonymous }: OutgoingMessage): Promise<void> | undefined {
    if (this.#closed || data.length > dataBytesMax(this.#slot.key)) {
      this.#counters.drop('unsent');
      return undefined;
    }
    if (!isOemText(this.#slot.key)) {
      this.#counters.drop('unsent');
      return Promise.reject(unspeakable(this.#slot));
    }
    this.#counters.sent(data.length);
    const identity = { station: this.#station.id, sequence, direct: this.#direct, anonymous };
    // The caller may change its bytes once this has returned, but the name may have to be found first.
    return this.#deliver({
      slot: this.#slot.key,
      data: new Uint8Array(data),
      header: encodeIdentity(identity),
    });
  }

  close(): void {
    this.#closed = true;
  }
}

/** The error for a name that nobody on the network has. */
export function unknownName(name: string): MailslotError {
  return new MailslotError(
    'ERROR_BAD_NETPATH',
    `No computer or domain on this network is called ${name}. Its NetBIOS name may be another: ask it with \`nmblookup -A ADDRESS\`.`,
  );
}

function unspeakable({ text }: SlotPath): MailslotError {
  return new MailslotError(
    'ERROR_BAD_NETPATH',
    `The mailslot ${text} has characters that the classic wire has no byte for: use those of code page 850.`,
  );
}
