/** Events without RxJS: an async iterator over an observable. */

import { MailslotError } from '@mailslot/core';
import type { Observable, Subscription } from 'rxjs';

/** Events that wait for a slow loop. Beyond, the loop ends with an error: an incomplete history would mislead. */
export const EVENTS_WAITING_MAX = 16_384;

/** Yields the events it is given first, then what the observable emits from now on, until it completes. */
export class EventIterator<Event> implements AsyncIterableIterator<Event, void, void> {
  readonly #waiting: Event[];
  readonly #subscription: Subscription;
  readonly #calls: (() => void)[] = [];
  #ended = false;
  #failure: MailslotError | undefined;

  constructor(first: readonly Event[], source: Observable<Event>) {
    this.#waiting = [...first];
    this.#subscription = source.subscribe({
      next: (event) => this.#take(event),
      complete: () => this.#end(),
    });
    if (this.#ended) this.#subscription.unsubscribe();
  }

  async next(): Promise<IteratorResult<Event, void>> {
    while (this.#waiting.length === 0 && !this.#ended) {
      await new Promise<void>((resolve) => {
        this.#calls.push(resolve);
      });
    }
    const event = this.#waiting.shift();
    if (event !== undefined) return { value: event, done: false };
    if (this.#failure !== undefined) throw this.#failure;
    return { value: undefined, done: true };
  }

  async return(): Promise<IteratorResult<Event, void>> {
    this.#waiting.length = 0;
    this.#end();
    return { value: undefined, done: true };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #take(event: Event): void {
    if (this.#waiting.length < EVENTS_WAITING_MAX) {
      this.#waiting.push(event);
      this.#calls.shift()?.();
      return;
    }
    this.#failure = new MailslotError(
      'ERROR_NOT_ENOUGH_MEMORY',
      `The loop fell ${EVENTS_WAITING_MAX} events behind. Do less in it, or subscribe to peers$ instead.`,
    );
    this.#end();
  }

  #end(): void {
    this.#ended = true;
    // Undefined while the constructor subscribes to an observable that has completed already.
    this.#subscription?.unsubscribe();
    for (const call of this.#calls.splice(0)) call();
  }
}
