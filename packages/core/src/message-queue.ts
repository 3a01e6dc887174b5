/** Messages in the order they came, within limits. */

import type { Message } from './message.ts';

/** A slot holds this many messages: a second's flood at the speed of a LAN, and no more. */
export const QUEUE_MESSAGES_MAX = 65_536;

/** A slot holds this many bytes: a game's worth of state, bounded whatever arrives. */
export const QUEUE_BYTES_MAX: number = 64 * 1024 * 1024;

/** Consumed places are given back once there are this many, so that taking stays O(1) on average. */
const COMPACT_AT = 1024;

export class MessageQueue {
  #messages: (Message | undefined)[] = [];
  #head = 0;
  #bytes = 0;

  get length(): number {
    return this.#messages.length - this.#head;
  }

  /** Adds at the end; false if there is no room. */
  push(message: Message): boolean {
    if (this.length >= QUEUE_MESSAGES_MAX) return false;
    // A message larger than all that is in memory already, and `local` takes any size: an empty queue holds it.
    if (this.length > 0 && this.#bytes + message.data.length > QUEUE_BYTES_MAX) return false;
    this.#messages.push(message);
    this.#bytes += message.data.length;
    return true;
  }

  peek(): Message | undefined {
    return this.#messages[this.#head];
  }

  shift(): Message | undefined {
    const message = this.#messages[this.#head];
    if (message === undefined) return undefined;
    this.#messages[this.#head++] = undefined;
    this.#bytes -= message.data.length;
    if (this.#head >= COMPACT_AT && this.#head * 2 >= this.#messages.length) {
      this.#messages = this.#messages.slice(this.#head);
      this.#head = 0;
    }
    return message;
  }

  clear(): void {
    this.#messages = [];
    this.#head = 0;
    this.#bytes = 0;
  }
}
