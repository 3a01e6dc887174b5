/**
 * A slot: one queue and those who wait at it. Every {@link Mailslot} is a handle on one; handles made by
 * `share()` are handles on the same.
 */

import type { Clock, Timer } from './clock.ts';
import { aborted, MailslotError } from './errors.ts';
import { MessageQueue } from './message-queue.ts';
import type { Message } from './message.ts';
import type { DropReason } from './transports/transport.ts';

/** Takes messages as they come, while it says it wants them. */
export interface Consumer {
  wants(): boolean;
  take(message: Message): void;
  dropped(message: Message, reason: DropReason): void;
}

export interface WaitOptions {
  readonly timeoutMs: number;
  readonly bufferSize: number;
  readonly signal: AbortSignal | undefined;
}

/** A read that waits for its message. */
class Waiter {
  readonly reader: Consumer;
  readonly bufferSize: number;
  readonly promise: Promise<Message>;
  #resolve!: (message: Message) => void;
  #reject!: (error: MailslotError) => void;
  #release: () => void = () => {};

  constructor(reader: Consumer, bufferSize: number) {
    this.reader = reader;
    this.bufferSize = bufferSize;
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  /** What must be let go, whatever the end. */
  holds(timer: Timer, signal: AbortSignal | undefined, onAbort: () => void): void {
    signal?.addEventListener('abort', onAbort, { once: true });
    this.#release = () => {
      timer.cancel();
      signal?.removeEventListener('abort', onAbort);
    };
  }

  resolve(message: Message): void {
    this.#release();
    this.#resolve(message);
  }

  reject(error: MailslotError): void {
    this.#release();
    this.#reject(error);
  }
}

export class Slot {
  readonly maxMessageSize: number;
  readTimeoutMs: number;
  droppedCount = 0;
  readonly #clock: Clock;
  readonly #queue = new MessageQueue();
  /** In the order they asked: Windows serves them so. */
  readonly #waiters = new Set<Waiter>();
  readonly #consumers = new Set<Consumer>();
  #delivering = false;

  constructor(clock: Clock, maxMessageSize: number, readTimeoutMs: number) {
    this.#clock = clock;
    this.maxMessageSize = maxMessageSize;
    this.readTimeoutMs = readTimeoutMs;
  }

  get messageCount(): number {
    return this.#queue.length;
  }

  /** Bytes of the message at the head; undefined if there is none. */
  get nextSize(): number | undefined {
    return this.#queue.peek()?.data.length;
  }

  get handles(): number {
    return this.#consumers.size;
  }

  /** Lets a message in. Says why, if it had to be dropped. */
  accept(message: Message): DropReason | undefined {
    if (this.maxMessageSize !== 0 && message.data.length > this.maxMessageSize) {
      return this.#drop(message, 'too-large');
    }
    if (this.#serveWaiter(message)) return undefined;
    if (!this.#queue.push(message)) return this.#drop(message, 'queue-full');
    this.#deliver();
    return undefined;
  }

  /** The message at the head, now or when it comes. */
  read(reader: Consumer, { timeoutMs, bufferSize, signal }: WaitOptions): Promise<Message> {
    const head = this.#queue.peek();
    if (head !== undefined) {
      if (head.data.length > bufferSize) return Promise.reject(tooSmall(head, bufferSize));
      this.#queue.shift();
      return Promise.resolve(head);
    }
    if (timeoutMs === 0) return Promise.reject(timedOut(0));
    const waiter = new Waiter(reader, bufferSize);
    const timer = this.#clock.schedule(timeoutMs, () => this.#refuse(waiter, timedOut(timeoutMs)));
    waiter.holds(timer, signal, () => this.#refuse(waiter, aborted('The read', signal?.reason)));
    this.#waiters.add(waiter);
    return waiter.promise;
  }

  attach(consumer: Consumer): void {
    this.#consumers.add(consumer);
  }

  /** Takes a handle away; its waiting reads end. */
  detach(consumer: Consumer): void {
    this.#consumers.delete(consumer);
    for (const waiter of this.#waiters) {
      if (waiter.reader === consumer) {
        this.#refuse(waiter, aborted('The read, by a close of its mailslot,'));
      }
    }
    if (this.#consumers.size === 0) this.#queue.clear();
  }

  /** Has the queue delivered soon: a listener is never called from within `on()`. */
  drain(): void {
    queueMicrotask(() => this.#deliver());
  }

  /** Hands messages to consumers, in order. What comes while one runs waits its turn: no stack grows. */
  #deliver(): void {
    if (this.#delivering) return;
    this.#delivering = true;
    for (let next = this.#consumer(); next !== undefined; next = this.#consumer()) {
      const message = this.#queue.shift();
      if (message === undefined) break;
      next.take(message);
    }
    this.#delivering = false;
  }

  #consumer(): Consumer | undefined {
    for (const consumer of this.#consumers) if (consumer.wants()) return consumer;
    return undefined;
  }

  /** A waiting read whose buffer is too small fails at once; the message goes to the next. */
  #serveWaiter(message: Message): boolean {
    for (const waiter of this.#waiters) {
      if (message.data.length <= waiter.bufferSize) {
        this.#waiters.delete(waiter);
        waiter.resolve(message);
        return true;
      }
      this.#refuse(waiter, tooSmall(message, waiter.bufferSize));
    }
    return false;
  }

  #refuse(waiter: Waiter, error: MailslotError): void {
    this.#waiters.delete(waiter);
    waiter.reject(error);
  }

  #drop(message: Message, reason: DropReason): DropReason {
    this.droppedCount++;
    for (const consumer of this.#consumers) consumer.dropped(message, reason);
    return reason;
  }
}

function timedOut(timeoutMs: number): MailslotError {
  return new MailslotError('ERROR_SEM_TIMEOUT', `No message came within ${timeoutMs} ms.`);
}

function tooSmall(message: Message, bufferSize: number): MailslotError {
  return new MailslotError(
    'ERROR_INSUFFICIENT_BUFFER',
    `The next message has ${message.data.length} bytes and bufferSize is ${bufferSize}. It stays in the mailslot: read again with a larger one.`,
  );
}
