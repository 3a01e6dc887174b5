/** The reading end: a queue with Windows' rules. */

import { EventEmitter } from 'eventemitter3';

import { MailslotError, throwIfAborted } from './errors.ts';
import type { Message } from './message.ts';
import type { Consumer, Slot } from './slot.ts';
import { surface } from './surface.ts';
import type { DropReason } from './transports/transport.ts';

export interface MailslotOptions {
  /** The most bytes a message may have; 0, the default, for any. */
  readonly maxMessageSize?: number;
  /** How long `read()` waits unless told otherwise, in milliseconds. Default `Infinity`; 0 does not wait. */
  readonly readTimeoutMs?: number;
}

export interface ReadOptions {
  /** How long to wait for a message, in milliseconds. Default: the slot's read timeout. */
  readonly timeoutMs?: number;
  /** The most bytes to take. A larger message stays where it is. Default `Infinity`. */
  readonly bufferSize?: number;
  readonly signal?: AbortSignal;
}

/** As GetMailslotInfo tells it. */
export interface MailslotInfo {
  /** The limit the slot was made with; 0 means any size. */
  readonly maxMessageSize: number;
  /** Bytes of the message at the head of the queue; undefined if there is none (MAILSLOT_NO_MESSAGE). */
  readonly nextSize: number | undefined;
  readonly messageCount: number;
  readonly readTimeoutMs: number;
  /** Messages that found the queue full or were too large, since the slot was made. */
  readonly droppedCount: number;
}

export interface MailslotEvents {
  /** A message, consumed by this event. */
  message: [message: Message];
  /** A message that could not be kept. */
  drop: [message: Message, reason: DropReason];
  /** This handle is closed. */
  close: [];
}

/**
 * A handle on a mailslot, for reading. Messages queue until consumed, in order, and each is consumed once: by a
 * `message` listener, a `read()` or a `for await` loop, whoever asked first. The queue holds 65 536 messages and
 * 64 MiB; beyond either the newest is dropped, counted and told by a `drop` event.
 */
export class Mailslot extends EventEmitter<MailslotEvents> implements AsyncIterable<Message> {
  /** The slot's full name, as it was given. */
  readonly name: string;
  readonly #slot: Slot;
  readonly #handles: Set<Mailslot>;
  readonly #release: () => Promise<void>;
  readonly #consumer: Consumer = {
    wants: () => this.listenerCount('message') > 0,
    take: (message) => surface(() => this.emit('message', message)),
    dropped: (message, reason) => surface(() => this.emit('drop', message, reason)),
  };
  #closing: Promise<void> | undefined;

  /**
   * Made by {@link Network.createMailslot}. It stands in `handles` while it is open. `release` frees the name; it runs
   * when the last handle on the slot closes.
   */
  constructor(name: string, slot: Slot, handles: Set<Mailslot>, release: () => Promise<void>) {
    super();
    this.name = name;
    this.#slot = slot;
    this.#handles = handles;
    this.#release = release;
    slot.attach(this.#consumer);
    handles.add(this);
  }

  /**
   * Takes the next message, waiting for it if need be.
   *
   * Rejects with `ERROR_SEM_TIMEOUT` if none came in time, `ERROR_INSUFFICIENT_BUFFER` if it is larger than
   * `bufferSize` (it stays), `ERROR_OPERATION_ABORTED` on the signal or a close, `ERROR_INVALID_HANDLE` after one.
   */
  async read(options: ReadOptions = {}): Promise<Message> {
    this.#assertOpen();
    throwIfAborted(options.signal, 'The read');
    return this.#slot.read(this.#consumer, {
      timeoutMs: checkTimeout(options.timeoutMs ?? this.#slot.readTimeoutMs),
      bufferSize: checkBufferSize(options.bufferSize ?? Infinity),
      signal: options.signal,
    });
  }

  /** Each message as it comes, until the handle is closed. Leaving the loop leaves the slot open. */
  async *[Symbol.asyncIterator](): AsyncIterator<Message, void, void> {
    while (this.#closing === undefined) {
      let message: Message;
      try {
        message = await this.read({ timeoutMs: Infinity });
      } catch (error) {
        if (this.#closing === undefined) throw error;
        return;
      }
      yield message;
    }
  }

  info(): MailslotInfo {
    this.#assertOpen();
    const { maxMessageSize, nextSize, messageCount, readTimeoutMs, droppedCount } = this.#slot;
    return { maxMessageSize, nextSize, messageCount, readTimeoutMs, droppedCount };
  }

  /** Sets the read timeout of the slot, for every handle on it. Reads that wait already keep theirs. */
  setReadTimeout(timeoutMs: number): void {
    this.#assertOpen();
    this.#slot.readTimeoutMs = checkTimeout(timeoutMs);
  }

  /** A second handle on the same queue. The slot lives until the last one is closed. */
  share(): Mailslot {
    this.#assertOpen();
    return new Mailslot(this.name, this.#slot, this.#handles, this.#release);
  }

  /** Closes this handle. With the last one go the name and every unread message. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<void> {
    this.#slot.detach(this.#consumer);
    this.#handles.delete(this);
    if (this.#slot.handles === 0) await this.#release();
    this.emit('close');
    this.removeAllListeners();
  }

  override on<Event extends keyof MailslotEvents>(
    event: Event,
    listener: EventEmitter.EventListener<MailslotEvents, Event>,
    context?: unknown,
  ): this {
    super.on(event, listener, context);
    if (event === 'message') this.#slot.drain();
    return this;
  }

  override once<Event extends keyof MailslotEvents>(
    event: Event,
    listener: EventEmitter.EventListener<MailslotEvents, Event>,
    context?: unknown,
  ): this {
    super.once(event, listener, context);
    if (event === 'message') this.#slot.drain();
    return this;
  }

  override addListener<Event extends keyof MailslotEvents>(
    event: Event,
    listener: EventEmitter.EventListener<MailslotEvents, Event>,
    context?: unknown,
  ): this {
    return this.on(event, listener, context);
  }

  #assertOpen(): void {
    if (this.#closing !== undefined) {
      throw new MailslotError('ERROR_INVALID_HANDLE', `The mailslot ${this.name} is closed.`);
    }
  }
}

function checkBufferSize(bytes: number): number {
  if (bytes >= 0) return bytes;
  throw new MailslotError(
    'ERROR_INVALID_PARAMETER',
    `bufferSize is a number of bytes, 0 or more, or Infinity; it was ${bytes}.`,
  );
}

/** Throws unless it is a number of milliseconds, 0 or more. */
export function checkTimeout(timeoutMs: number): number {
  if (timeoutMs >= 0) return timeoutMs;
  throw new MailslotError(
    'ERROR_INVALID_PARAMETER',
    `A timeout is a number of milliseconds, 0 or more, or Infinity; it was ${timeoutMs}.`,
  );
}
