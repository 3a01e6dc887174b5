/**
 * Which datagrams of one peer were heard: evidence counts only if it is newer than all before.
 *
 * Core has a wider window for messages, which asks "delivered already?"; this one tells new from old, in 64 bits.
 */

/** Datagrams the window looks back, as IPsec does by default: what lags further is old news either way. */
export const SEQUENCE_WINDOW = 64;

/**
 * How far at most a peer jumps ahead of what it last told everybody, to outrun numbers forged in its name. A jump is
 * announced to all, some twenty times a second at most, so it takes 2¹¹ in a row, more than a minute, to get half the
 * circle ahead of a listener that misses them all: by then it has forgotten the peer, and its tombstone too.
 */
export const SEQUENCE_JUMP_MAX: number = 2 ** 20;

/**
 * `newer`: sent after everything heard so far. `late`: overtaken by a newer one, heard for the first time.
 * `duplicate`: heard before. `older`: too far back to know.
 */
export type Verdict = 'newer' | 'late' | 'duplicate' | 'older';

/** True if `a` was sent after `b`: serial number arithmetic modulo 2³² (RFC 1982). */
export function isNewer(a: number, b: number): boolean {
  return ((a - b) | 0) > 0;
}

export class SequenceWindow {
  #newest: number;
  /** Bit n stands for the datagram n before the newest; `#high` holds bits 32 to 63. */
  #low = 1;
  #high = 0;

  /** Opens with the first datagram heard. */
  constructor(first: number) {
    this.#newest = first;
  }

  get newest(): number {
    return this.#newest;
  }

  /** What a datagram with this number would be; changes nothing. */
  judge(sequence: number): Verdict {
    if (isNewer(sequence, this.#newest)) return 'newer';
    const behind = (this.#newest - sequence) >>> 0;
    if (behind >= SEQUENCE_WINDOW) return 'older';
    const bits = behind < 32 ? this.#low : this.#high;
    return (bits & (1 << (behind & 31))) === 0 ? 'late' : 'duplicate';
  }

  /** Notes a datagram as heard. Numbers judged `older` are left out. */
  accept(sequence: number): void {
    if (isNewer(sequence, this.#newest)) {
      this.#slide((sequence - this.#newest) >>> 0);
      this.#newest = sequence;
      this.#low |= 1;
      return;
    }
    const behind = (this.#newest - sequence) >>> 0;
    if (behind < 32) this.#low |= 1 << behind;
    else if (behind < SEQUENCE_WINDOW) this.#high |= 1 << (behind & 31);
  }

  /** Begins anew: what was known before came from others. */
  restart(first: number): void {
    this.#newest = first;
    this.#low = 1;
    this.#high = 0;
  }

  #slide(ahead: number): void {
    if (ahead < 32) {
      this.#high = (this.#high << ahead) | (this.#low >>> (32 - ahead));
      this.#low <<= ahead;
    } else {
      this.#high = ahead < SEQUENCE_WINDOW ? this.#low << (ahead - 32) : 0;
      this.#low = 0;
    }
  }
}
