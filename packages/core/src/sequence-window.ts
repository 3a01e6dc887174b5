/**
 * Which messages of one sender were seen, so that each is delivered once: a window that slides with the newest
 * sequence number (as in RFC 6479), modulo 2³².
 */

/**
 * Messages the window looks back. A message that is further behind the newest of its sender is taken for a copy:
 * wide enough for a path that lags a second behind at a thousand messages a second.
 */
export const SEQUENCE_WINDOW = 1024;

export class SequenceWindow {
  readonly #seen = new Uint32Array(SEQUENCE_WINDOW / 32);
  #newest: number;

  /** Opens the window at the first message heard, which is thereby seen. */
  constructor(first: number) {
    this.#newest = first;
    this.#mark(first);
  }

  /** Whether a number was seen. Of one that has left the window nobody knows: it counts as seen, or not if it may be `late`. */
  isCopy(sequence: number, late: boolean = false): boolean {
    const ahead = (sequence - this.#newest) | 0;
    if (-ahead >= SEQUENCE_WINDOW) return !late;
    return ahead <= 0 && this.#has(sequence);
  }

  /** A number is seen. */
  note(sequence: number): void {
    const ahead = (sequence - this.#newest) | 0;
    if (-ahead >= SEQUENCE_WINDOW) return;
    if (ahead > 0) {
      this.#slide(ahead);
      this.#newest = sequence;
    }
    this.#mark(sequence);
  }

  #slide(ahead: number): void {
    if (ahead >= SEQUENCE_WINDOW) {
      this.#seen.fill(0);
      return;
    }
    for (let step = 1; step <= ahead; step++) {
      const at = (this.#newest + step) % SEQUENCE_WINDOW;
      this.#seen[at >>> 5]! &= ~(1 << (at & 31));
    }
  }

  #has(sequence: number): boolean {
    const at = sequence % SEQUENCE_WINDOW;
    return (this.#seen[at >>> 5]! & (1 << (at & 31))) !== 0;
  }

  #mark(sequence: number): void {
    const at = sequence % SEQUENCE_WINDOW;
    this.#seen[at >>> 5]! |= 1 << (at & 31);
  }
}
