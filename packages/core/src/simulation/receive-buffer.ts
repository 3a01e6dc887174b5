/** What the kernel keeps for a program that does not read, and what it no longer can. */

/** Linux' net.core.rmem_default: 166 datagrams of 200 bytes, or 92 of 1 200. */
export const RECEIVE_BUFFER_BYTES = 212_992;

/** Linux' sk_buff, which describes a datagram. */
const DESCRIPTION_BYTES = 256;

/** What else lies in the block of a datagram's bytes: headers before it, the skb_shared_info behind it. */
const BLOCK_OVERHEAD_BYTES = 384;

/** The smallest block that a datagram's bytes get; blocks are powers of two. */
const BLOCK_BYTES_MIN = 512;

/** What a datagram of that many bytes takes of a receive buffer, as Linux counts it ("truesize"). */
export function truesize(bytes: number): number {
  let block = BLOCK_BYTES_MIN;
  while (block < bytes + BLOCK_OVERHEAD_BYTES) block *= 2;
  return DESCRIPTION_BYTES + block;
}

/** Datagrams in the order they came, until there is no more room: what comes then is lost. */
export class ReceiveBuffer<Item> {
  readonly #capacityBytes: number;
  #items: Item[] = [];
  #head = 0;
  #usedBytes = 0;

  constructor(capacityBytes: number) {
    this.#capacityBytes = capacityBytes;
  }

  get isEmpty(): boolean {
    return this.#head === this.#items.length;
  }

  /** False if there was no room. */
  push(item: Item, bytes: number): boolean {
    const usedBytes = this.#usedBytes + truesize(bytes);
    if (usedBytes > this.#capacityBytes) return false;
    this.#usedBytes = usedBytes;
    this.#items.push(item);
    return true;
  }

  /** The eldest, taken out; undefined if there is none. Room is given back when the last has gone. */
  shift(): Item | undefined {
    const item = this.#items[this.#head++];
    if (this.#head >= this.#items.length) this.clear();
    return item;
  }

  clear(): void {
    this.#items = [];
    this.#head = 0;
    this.#usedBytes = 0;
  }
}
