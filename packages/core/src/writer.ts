/** The writing end. */

import { utf8Bytes } from './bytes.ts';
import { type CallOptions, MailslotError, throwIfAborted, untilAborted } from './errors.ts';
import type { Outlet } from './outlet.ts';

const DONE = Promise.resolve();

/** Writes messages to a mailslot, here or elsewhere. Many writers may have the same mailslot open. */
export class Writer implements AsyncDisposable {
  /** The name it was opened with, in full. */
  readonly name: string;
  readonly #outlet: Outlet;
  readonly #writers: Set<Writer>;
  #closed = false;

  /** Made by {@link Network.openMailslot}. It stands in `writers` while it is open. */
  constructor(name: string, outlet: Outlet, writers: Set<Writer>) {
    this.name = name;
    this.#outlet = outlet;
    this.#writers = writers;
    writers.add(this);
  }

  /** The most bytes one message may have; `Infinity` if there is no limit. */
  get maxMessageSize(): number {
    return this.#outlet.maxMessageSize;
  }

  /**
   * Writes one message; text goes as UTF-8. Resolves once it is handed to the network: there is no confirmation.
   * Await it, and writing goes no faster than the network takes it.
   *
   * Rejects for what is known here: `ERROR_HANDLE_EOF` if the local mailslot is gone, `ERROR_INVALID_PARAMETER` if
   * the message is larger than it takes, `ERROR_BAD_NETPATH` if it is larger than the network carries,
   * `ERROR_INVALID_HANDLE` after a close, `ERROR_OPERATION_ABORTED` on the signal: then the message may still go out,
   * but nobody waits for it.
   */
  write(data: string | Uint8Array, { signal }: CallOptions = {}): Promise<void> {
    // Not an async function: a promise already kept is what makes a million awaited writes a second possible.
    try {
      this.#assertOpen();
      throwIfAborted(signal, 'The write');
      const wait = this.#outlet.write(bytesOf(data));
      return wait === undefined ? DONE : untilAborted(wait, signal, 'The write');
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Closes the writer. What was written is still delivered. Idempotent. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#outlet.close();
    this.#writers.delete(this);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
  }

  #assertOpen(): void {
    if (this.#closed) {
      throw new MailslotError('ERROR_INVALID_HANDLE', `The writer to ${this.name} is closed.`);
    }
  }
}

function bytesOf(data: string | Uint8Array): Uint8Array {
  if (typeof data === 'string') return utf8Bytes(data);
  if (data instanceof Uint8Array) return data;
  throw new MailslotError('ERROR_INVALID_PARAMETER', 'A message is a string or a Uint8Array.');
}
