/**
 * What is due first: a heap of nodes by time, first come first served among equals.
 *
 * Times and orders stand in arrays of their own, so that a comparison touches no node; and each node has four
 * children, which halves the depth of a heap of two.
 */

/** What a {@link TimeHeap} holds. */
export interface HeapNode {
  /** Its place in the heap, which alone writes it; {@link OUTSIDE} before it is pushed and once it has left. */
  index: number;
}

/** The index of a node that is in no heap. */
export const OUTSIDE = -1;

const CHILDREN = 4;

export class TimeHeap<Node extends HeapNode> {
  #nodes: Node[] = [];
  #times: number[] = [];
  /** Breaks ties: of two due at once, the one pushed earlier goes first. */
  #orders: number[] = [];
  #order = 0;

  get size(): number {
    return this.#nodes.length;
  }

  /** When the first node is due; `Infinity` if there is none. */
  get nextAt(): number {
    return this.#nodes.length === 0 ? Infinity : this.#times[0]!;
  }

  push(at: number, node: Node): void {
    const index = this.#nodes.length;
    const order = this.#order++;
    this.#nodes.push(node);
    this.#times.push(at);
    this.#orders.push(order);
    this.#up(index, node, at, order);
  }

  /** Takes the first node out; there must be one. */
  pop(): Node {
    const first = this.#nodes[0]!;
    this.#removeAt(0);
    return first;
  }

  /** Takes a node out, wherever it stands; nothing happens if it is not in this heap. */
  remove(node: Node): void {
    if (this.#nodes[node.index] === node) this.#removeAt(node.index);
  }

  clear(): void {
    for (const node of this.#nodes) node.index = OUTSIDE;
    this.#nodes = [];
    this.#times = [];
    this.#orders = [];
  }

  #removeAt(index: number): void {
    this.#nodes[index]!.index = OUTSIDE;
    const last = this.#nodes.pop()!;
    const at = this.#times.pop()!;
    const order = this.#orders.pop()!;
    if (index === this.#nodes.length) return;
    const hole = this.#down(index, at, order);
    // What comes from another branch may belong above where it was put.
    if (hole === index) this.#up(index, last, at, order);
    else this.#put(hole, last, at, order);
  }

  /** Moves parents down until the node fits in the hole that they leave. */
  #up(index: number, node: Node, at: number, order: number): void {
    let hole = index;
    while (hole > 0) {
      const parent = (hole - 1) >> 2;
      if (!this.#isAfter(parent, at, order)) break;
      this.#put(hole, this.#nodes[parent]!, this.#times[parent]!, this.#orders[parent]!);
      hole = parent;
    }
    this.#put(hole, node, at, order);
  }

  /** Moves children up until something due at that time fits in the hole that they leave, and says where it is. */
  #down(index: number, at: number, order: number): number {
    const size = this.#nodes.length;
    let hole = index;
    for (;;) {
      const first = hole * CHILDREN + 1;
      if (first >= size) return hole;
      let least = first;
      const end = Math.min(first + CHILDREN, size);
      for (let child = first + 1; child < end; child++) {
        if (this.#isAfter(least, this.#times[child]!, this.#orders[child]!)) least = child;
      }
      const time = this.#times[least]!;
      if (time > at || (time === at && this.#orders[least]! > order)) return hole;
      this.#put(hole, this.#nodes[least]!, time, this.#orders[least]!);
      hole = least;
    }
  }

  #isAfter(index: number, at: number, order: number): boolean {
    const time = this.#times[index]!;
    return time > at || (time === at && this.#orders[index]! > order);
  }

  #put(index: number, node: Node, at: number, order: number): void {
    this.#nodes[index] = node;
    this.#times[index] = at;
    this.#orders[index] = order;
    node.index = index;
  }
}
