/** The answering end of one session, without its connection: bytes in, bytes out. */

import { DecodeError } from '../../../bytes.ts';
import {
  encodeSessionPacket,
  type SessionPacket,
  SessionPacketReader,
  type SessionRequest,
} from './session-packet.ts';

/** What answers on a session: one for each. */
export interface SessionService {
  /** A longer message ends the session. */
  readonly messageBytesMax: number;
  /** The answers to one message, each a message. Throws {@link DecodeError} to end the session. */
  receive(message: Uint8Array): Iterable<Uint8Array>;
}

/** Who answers a request; or, if nobody does, one of `SESSION_ERRORS`. */
export type SessionAcceptor = (request: SessionRequest) => SessionService | number;

/** Two names of the greatest length that second-level encoding allows, which is 255 bytes. */
const REQUEST_BYTES_MAX = 2 * 255;

/**
 * Packets on one session. A list takes a dozen, and a message of the longest kind less than a hundred: whoever sends
 * more wants something else, and would keep a place that others need.
 */
export const SESSION_PACKETS_MAX = 1000;

export class SessionServer {
  readonly #accept: SessionAcceptor;
  readonly #reader = new SessionPacketReader(REQUEST_BYTES_MAX);
  #service: SessionService | undefined;
  #refused = false;
  #packets = 0;
  #messages = 0;

  constructor(accept: SessionAcceptor) {
    this.#accept = accept;
  }

  /** No service was willing: nothing more will be answered. */
  get refused(): boolean {
    return this.#refused;
  }

  /** How many messages have arrived. Keep-alive packets do not count: they are no reason to keep a session. */
  get messages(): number {
    return this.#messages;
  }

  /**
   * The answers to what arrived, made one at a time as they are asked for, so that a client which reads slowly is
   * served slowly. Throws {@link DecodeError} if the session is to end without another word.
   */
  *receive(chunk: Uint8Array): Generator<Uint8Array, void, undefined> {
    for (const packet of this.#reader.read(chunk)) {
      if (++this.#packets > SESSION_PACKETS_MAX) throw new DecodeError('the end of the session', 0);
      if (packet.kind === 'keep-alive') continue;
      if (this.#service === undefined) yield encodeSessionPacket(this.#open(packet));
      else yield* this.#answers(this.#service, packet);
      if (this.#refused) return;
    }
  }

  #open(packet: SessionPacket): SessionPacket {
    if (packet.kind !== 'request') throw new DecodeError('a session request', 0);
    const service = this.#accept(packet);
    if (typeof service === 'number') {
      this.#refused = true;
      return { kind: 'negative-response', error: service };
    }
    this.#service = service;
    this.#reader.bodyBytesMax = service.messageBytesMax;
    return { kind: 'positive-response' };
  }

  *#answers(
    service: SessionService,
    packet: SessionPacket,
  ): Generator<Uint8Array, void, undefined> {
    if (packet.kind !== 'message') throw new DecodeError('a session message', 0);
    this.#messages++;
    for (const message of service.receive(packet.message)) {
      yield encodeSessionPacket({ kind: 'message', message });
    }
  }
}
