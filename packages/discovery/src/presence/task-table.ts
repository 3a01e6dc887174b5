/** Things to do later, at most one for a key, at most so many in all. */

import type { Agenda, Entry } from '@mailslot/core/internal';

/** Runs when it is due; `now` may be later than that. */
export type Task = (now: number) => void;

/** A named, bounded part of an agenda: all timers of a machine derive from one agenda, each kind has its own limit. */
export class TaskTable {
  readonly #agenda: Agenda<Task>;
  readonly #limit: number;
  readonly #entries = new Map<string, Entry<Task>>();

  constructor(agenda: Agenda<Task>, limit: number) {
    this.#agenda = agenda;
    this.#limit = limit;
  }

  get size(): number {
    return this.#entries.size;
  }

  has(key: string): boolean {
    return this.#entries.has(key);
  }

  /** Plans a task, in place of an earlier one for the same key. False if the table is full. */
  schedule(key: string, at: number, task: Task): boolean {
    if (!this.#entries.has(key) && this.#entries.size >= this.#limit) return false;
    this.cancel(key);
    const entry = this.#agenda.add(at, (now) => {
      this.#entries.delete(key);
      task(now);
    });
    this.#entries.set(key, entry);
    return true;
  }

  cancel(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    this.#agenda.cancel(entry);
  }

  /** Cancels everything. */
  clear(): void {
    for (const entry of this.#entries.values()) this.#agenda.cancel(entry);
    this.#entries.clear();
  }
}
