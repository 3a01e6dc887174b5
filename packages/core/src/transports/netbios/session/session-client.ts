/** The asking end of one session, without its connection: bytes in, messages out. */

import { DecodeError } from '../../../bytes.ts';
import { MailslotError } from '../../../errors.ts';
import {
  encodeSessionPacket,
  SESSION_ERRORS,
  SessionPacketReader,
  type SessionRequest,
} from './session-packet.ts';

/** The longest message there can be: a server may send as much as the length field can tell. */
const MESSAGE_BYTES_MAX = 0x1_ffff;

export class SessionClient {
  readonly #request: SessionRequest;
  readonly #reader = new SessionPacketReader(MESSAGE_BYTES_MAX);
  #open = false;

  constructor(request: SessionRequest) {
    this.#request = request;
  }

  /** The other end has accepted: messages may be sent. */
  get open(): boolean {
    return this.#open;
  }

  /** What is sent first. */
  request(): Uint8Array {
    return encodeSessionPacket({ kind: 'request', ...this.#request });
  }

  /**
   * The messages that `chunk` completes. Throws {@link DecodeError} for what is no session, and `ERROR_BAD_NETPATH` if
   * it was refused.
   */
  *receive(chunk: Uint8Array): Generator<Uint8Array, void, undefined> {
    for (const packet of this.#reader.read(chunk)) {
      if (packet.kind === 'keep-alive') continue;
      if (this.#open && packet.kind === 'message') yield packet.message;
      else if (!this.#open && packet.kind === 'positive-response') this.#open = true;
      else if (!this.#open && packet.kind === 'negative-response')
        throw this.#refusal(packet.error);
      // A retarget response names another host to connect to: nothing that anybody could send may have us do that.
      else throw new DecodeError(this.#open ? 'a session message' : 'a session response', 0);
    }
  }

  #refusal(error: number): MailslotError {
    const reason =
      error === SESSION_ERRORS.CALLED_NAME_NOT_PRESENT
        ? `it does not answer to ${this.#request.called.toString()}: call it by its own name`
        : (REASONS.get(error) ?? `error 0x${error.toString(16)}`);
    return new MailslotError('ERROR_BAD_NETPATH', `The computer refused the session: ${reason}.`);
  }
}

const REASONS: ReadonlyMap<number, string> = new Map([
  [SESSION_ERRORS.NOT_LISTENING_ON_CALLED_NAME, 'nothing listens under that name'],
  [SESSION_ERRORS.NOT_LISTENING_FOR_CALLING_NAME, 'it does not listen to this computer'],
  [SESSION_ERRORS.INSUFFICIENT_RESOURCES, 'it has no room for another session'],
]);
