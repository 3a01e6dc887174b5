/** One thing to do later, that can be put off or called off. */

import type { Agenda, Entry } from '@mailslot/core/internal';

/** What an agenda of the browser holds: it is called when it is due. */
export type Task = (now: number) => void;

export class Alarm {
  readonly #agenda: Agenda<Task>;
  readonly #task: Task;
  #entry: Entry<Task> | undefined;

  constructor(agenda: Agenda<Task>, task: Task) {
    this.#agenda = agenda;
    this.#task = (now) => {
      this.#entry = undefined;
      task(now);
    };
  }

  get isSet(): boolean {
    return this.#entry !== undefined;
  }

  /** When it rings; `Infinity` if it is not set. */
  get at(): number {
    return this.#entry?.at ?? Infinity;
  }

  /** Rings at that time, and no more when it was to. */
  set(at: number): void {
    this.cancel();
    this.#entry = this.#agenda.add(at, this.#task);
  }

  cancel(): void {
    if (this.#entry !== undefined) this.#agenda.cancel(this.#entry);
    this.#entry = undefined;
  }
}
