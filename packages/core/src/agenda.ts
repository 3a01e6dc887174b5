/** What is due, and when: a binary heap of items by time, first come first served among equals. */

/** An item's place in an {@link Agenda}, which alone changes it. */
export interface Entry<Item> {
  readonly at: number;
  readonly item: Item;
  /** Breaks ties: of two due at once, the earlier added goes first. */
  readonly order: number;
  /** Where it stands in the heap; -1 once it has left. */
  index: number;
}

export class Agenda<Item> {
  readonly #heap: Entry<Item>[] = [];
  #order = 0;

  get size(): number {
    return this.#heap.length;
  }

  /** When the first item is due; `Infinity` if there is none. */
  get nextAt(): number {
    return this.#heap[0]?.at ?? Infinity;
  }

  add(at: number, item: Item): Entry<Item> {
    const entry: Entry<Item> = { at, item, order: this.#order++, index: this.#heap.length };
    this.#heap.push(entry);
    this.#up(entry);
    return entry;
  }

  /** Takes an item out before it is due; nothing happens if it has left already. */
  cancel(entry: Entry<Item>): void {
    if (this.#heap[entry.index] === entry) this.#remove(entry.index);
  }

  /** The first item due by `now`, taken out; undefined if there is none. */
  takeDue(now: number): Entry<Item> | undefined {
    const first = this.#heap[0];
    if (first === undefined || first.at > now) return undefined;
    this.#remove(0);
    return first;
  }

  clear(): void {
    this.#heap.length = 0;
  }

  #remove(index: number): void {
    const removed = this.#heap[index]!;
    const last = this.#heap.pop()!;
    removed.index = -1;
    if (last === removed) return;
    last.index = index;
    this.#heap[index] = last;
    this.#up(last);
    this.#down(last);
  }

  #up(entry: Entry<Item>): void {
    while (entry.index > 0) {
      const parent = this.#heap[(entry.index - 1) >> 1]!;
      if (!before(entry, parent)) return;
      this.#swap(entry, parent);
    }
  }

  #down(entry: Entry<Item>): void {
    for (;;) {
      const left = this.#heap[2 * entry.index + 1];
      if (left === undefined) return;
      const right = this.#heap[left.index + 1];
      const child = right !== undefined && before(right, left) ? right : left;
      if (!before(child, entry)) return;
      this.#swap(child, entry);
    }
  }

  /** Exchanges a child with its parent. */
  #swap(child: Entry<Item>, parent: Entry<Item>): void {
    [child.index, parent.index] = [parent.index, child.index];
    this.#heap[child.index] = child;
    this.#heap[parent.index] = parent;
  }
}

function before<Item>(a: Entry<Item>, b: Entry<Item>): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
