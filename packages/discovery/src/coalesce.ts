/** Many changes, one list. */

import type { Clock } from '@mailslot/core';
import { Observable, Subject } from 'rxjs';

/**
 * The value of `read()`, the current one first; after `changed()` once more, as soon as the turn is over. However many
 * changes a datagram or a moment brings, subscribers render once. It is read only while somebody looks.
 */
export class Coalesced<Value> {
  readonly values$: Observable<Value>;
  readonly #clock: Clock;
  readonly #read: () => Value;
  readonly #subject = new Subject<Value>();
  #pending = false;

  constructor(clock: Clock, read: () => Value) {
    this.#clock = clock;
    this.#read = read;
    this.values$ = new Observable((subscriber) => {
      subscriber.next(read());
      return this.#subject.subscribe(subscriber);
    });
  }

  changed(): void {
    if (this.#pending) return;
    this.#pending = true;
    this.#clock.schedule(0, () => this.#emit());
  }

  complete(): void {
    this.#emit();
    this.#subject.complete();
  }

  #emit(): void {
    if (!this.#pending) return;
    this.#pending = false;
    if (this.#subject.observed) this.#subject.next(this.#read());
  }
}
