/** A list in the order of arrival whose nodes hold its links themselves: to move one touches it and its neighbours only. */

/** What a {@link Chain} links; the links are the chain's business alone. */
export interface ChainNode<Node> {
  earlier: Node | undefined;
  later: Node | undefined;
}

export class Chain<Node extends ChainNode<Node>> {
  #first: Node | undefined;
  #last: Node | undefined;
  #size = 0;

  get first(): Node | undefined {
    return this.#first;
  }

  get last(): Node | undefined {
    return this.#last;
  }

  get size(): number {
    return this.#size;
  }

  /** Adds a node that is in no chain, behind all others. */
  append(node: Node): void {
    this.#size++;
    node.earlier = this.#last;
    if (this.#last === undefined) this.#first = node;
    else this.#last.later = node;
    this.#last = node;
  }

  /** Adds a node that is in no chain, right behind a given one, or in front of all others. */
  insert(node: Node, earlier: Node | undefined): void {
    this.#size++;
    const later = earlier === undefined ? this.#first : earlier.later;
    node.earlier = earlier;
    node.later = later;
    if (earlier === undefined) this.#first = node;
    else earlier.later = node;
    if (later === undefined) this.#last = node;
    else later.earlier = node;
  }

  /** Takes out a node of this chain. */
  remove(node: Node): void {
    this.#size--;
    if (node.earlier === undefined) this.#first = node.later;
    else node.earlier.later = node.later;
    if (node.later === undefined) this.#last = node.earlier;
    else node.later.earlier = node.earlier;
    node.earlier = node.later = undefined;
  }

  /** Moves a node of this chain behind all others. */
  moveToEnd(node: Node): void {
    if (node === this.#last) return;
    this.remove(node);
    this.append(node);
  }
}
