/** What is due, and when: items by time, first come first served among equals. */

import { OUTSIDE, TimeHeap } from './time-heap.ts';

/** An item's place in an {@link Agenda}, which alone changes it. */
export interface Entry<Item> {
  readonly at: number;
  readonly item: Item;
  /** Where it stands in the heap; -1 once it has left. */
  index: number;
}

export class Agenda<Item> {
  readonly #heap = new TimeHeap<Entry<Item>>();

  get size(): number {
    return this.#heap.size;
  }

  /** When the first item is due; `Infinity` if there is none. */
  get nextAt(): number {
    return this.#heap.nextAt;
  }

  add(at: number, item: Item): Entry<Item> {
    const entry: Entry<Item> = { at, item, index: OUTSIDE };
    this.#heap.push(at, entry);
    return entry;
  }

  /** Takes an item out before it is due; nothing happens if it has left already. */
  cancel(entry: Entry<Item>): void {
    this.#heap.remove(entry);
  }

  /** The first item due by `now`, taken out; undefined if there is none. */
  takeDue(now: number): Entry<Item> | undefined {
    return this.#heap.size > 0 && this.#heap.nextAt <= now ? this.#heap.pop() : undefined;
  }

  clear(): void {
    this.#heap.clear();
  }
}
