/** All that happened, in order, as one number: two runs are the same if theirs are. */

const scratch = new DataView(new ArrayBuffer(8));

/** Two lanes of FNV-1a over 32-bit words, with different seeds: 64 bits to tell runs apart, no cryptography. */
export class TraceHash {
  #low = 0x811c9dc5;
  #high = 0x9747b28c;

  /** Takes in a whole number below 2³². */
  word(value: number): void {
    this.#low = Math.imul(this.#low ^ value, 0x01000193);
    this.#high = Math.imul(this.#high ^ (value + 0x9e3779b9), 0x85ebca6b);
    // A product moves bits up only; the next word would never reach the upper ones.
    this.#low ^= this.#low >>> 15;
    this.#high ^= this.#high >>> 13;
  }

  /** Takes in any number, to its last bit. */
  number(value: number): void {
    scratch.setFloat64(0, value);
    this.word(scratch.getUint32(0));
    this.word(scratch.getUint32(4));
  }

  bytes(bytes: Uint8Array): void {
    this.word(bytes.length);
    for (const byte of bytes) this.word(byte);
  }

  /** 16 hexadecimal digits. */
  toString(): string {
    return [this.#high, this.#low]
      .map((lane) => (lane >>> 0).toString(16).padStart(8, '0'))
      .join('');
  }
}
