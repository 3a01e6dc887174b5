/** One writer's way to one slot. */

import type { Counters } from '../counters.ts';
import type { Channel, OutgoingMessage } from '../transport.ts';
import { DATAGRAM_BYTES_MAX, encodeFrames, MESSAGE_BYTES_MAX } from './fragments.ts';
import type { FrameHeader } from './frame.ts';
import { encodeFrame, encodeHeader } from './frame.ts';
import type { Outbox } from './outbox.ts';
import type { Route } from './routes.ts';

export class UdpChannel implements Channel {
  readonly maxMessageSize: number = MESSAGE_BYTES_MAX;
  readonly #outbox: Outbox;
  readonly #counters: Counters;
  readonly #routes: () => readonly Route[];
  readonly #signed: Uint8Array;
  readonly #anonymous: Uint8Array;
  #closed = false;

  /** `routes` is asked for each frame: interfaces and stations come and go. */
  constructor(
    outbox: Outbox,
    counters: Counters,
    header: FrameHeader,
    routes: () => readonly Route[],
  ) {
    this.#outbox = outbox;
    this.#counters = counters;
    this.#routes = routes;
    this.#signed = encodeHeader(header);
    this.#anonymous = encodeHeader({ ...header, from: '' });
  }

  send({ sequence, data, anonymous }: OutgoingMessage): Promise<void> | undefined {
    if (this.#closed || data.length > MESSAGE_BYTES_MAX) {
      this.#counters.drop('unsent');
      return undefined;
    }
    this.#counters.sent(data.length);
    const header = anonymous ? this.#anonymous : this.#signed;
    if (header.length + data.length <= DATAGRAM_BYTES_MAX) {
      return this.#outbox.send(encodeFrame(header, sequence, data), this.#routes());
    }
    return this.#outbox.sendPaced(encodeFrames(header, sequence, data), this.#routes);
  }

  close(): void {
    this.#closed = true;
  }
}
