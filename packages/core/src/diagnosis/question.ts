/** A question to one address, asked several times: datagrams get lost. */

import { type EchoWay, encodeEcho } from '../echo/echo-message.ts';
import { encodeFrame } from '../transports/udp/frame.ts';
import type { Family } from '../transports/udp/interfaces.ts';
import type { Failure } from './remedies.ts';
import type { Voice } from './voice.ts';

/** Wi-Fi loses one multicast in ten at times: of three, one arrives. */
export const QUESTION_ROUNDS = 3;

export interface QuestionParts {
  readonly voice: Voice;
  readonly way: EchoWay;
  readonly to: { readonly address: string; readonly port: number };
  /** Whether the answer is to go to everyone, too. */
  readonly toGroup: boolean;
  readonly nonce: string;
  /** The frame's header, as `encodeHeader` made it. */
  readonly header: Uint8Array;
  readonly sequence: number;
}

export class Question {
  readonly nonce: string;
  readonly way: EchoWay;
  readonly address: string;
  readonly toGroup: boolean;
  readonly #voice: Voice;
  readonly #port: number;
  readonly #frame: Uint8Array;
  #failure: Failure;
  #sent = false;

  constructor({ voice, way, to, toGroup, nonce, header, sequence }: QuestionParts) {
    this.nonce = nonce;
    this.way = way;
    this.address = to.address;
    this.toGroup = toGroup;
    this.#voice = voice;
    this.#port = to.port;
    const message = { kind: 'question', way, toGroup, nonce, domainTag: 0 } as const;
    this.#frame = encodeFrame(header, sequence, encodeEcho(message));
  }

  get family(): Family {
    return this.#voice.socket.place.family;
  }

  /** Why it was never sent; undefined if it was, once at least. */
  get failure(): Failure {
    return this.#sent ? undefined : this.#failure;
  }

  async ask(): Promise<void> {
    this.#failure = await this.#voice.send(this.way, this.#frame, this.#port, this.address);
    this.#sent ||= this.#failure === undefined;
  }
}
