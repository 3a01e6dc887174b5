/** Which letters of one sender were read: each number counts once. */

/** Letters the window looks back. One that more than so many of its sender have overtaken is taken for a copy. */
export const REPLAY_WINDOW = 1024;

/** A bitmap that slides with the highest number, as in RFC 6479. Numbers grow for ever and never wrap. */
export class ReplayWindow {
  readonly #seen = new Uint32Array(REPLAY_WINDOW / 32);
  #highest = -1;

  /** True the first time it is asked about a number that is not too far back. */
  admit(number: number): boolean {
    if (number <= this.#highest - REPLAY_WINDOW) return false;
    if (number <= this.#highest && this.#has(number)) return false;
    const clearFrom = Math.max(this.#highest + 1, number - REPLAY_WINDOW + 1);
    for (let passed = clearFrom; passed < number; passed++) this.#set(passed, false);
    this.#set(number, true);
    this.#highest = Math.max(this.#highest, number);
    return true;
  }

  #has(number: number): boolean {
    const at = number % REPLAY_WINDOW;
    return (this.#seen[at >>> 5]! & (1 << (at & 31))) !== 0;
  }

  #set(number: number, seen: boolean): void {
    const at = number % REPLAY_WINDOW;
    if (seen) this.#seen[at >>> 5]! |= 1 << (at & 31);
    else this.#seen[at >>> 5]! &= ~(1 << (at & 31));
  }
}
