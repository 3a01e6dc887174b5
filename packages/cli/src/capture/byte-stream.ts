/** Reads a stream of chunks by so many bytes at a time. */

export class ByteStream {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #buffer: Buffer = Buffer.alloc(0);

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  /** The next `length` bytes, or undefined if the stream ends before. */
  async take(length: number): Promise<Buffer | undefined> {
    const parts = [this.#buffer];
    let have = this.#buffer.length;
    while (have < length) {
      const { value, done } = await this.#chunks.next();
      if (done === true) return undefined;
      parts.push(Buffer.from(value.buffer, value.byteOffset, value.length));
      have += value.length;
    }
    const all = parts.length === 1 ? this.#buffer : Buffer.concat(parts, have);
    this.#buffer = all.subarray(length);
    return all.subarray(0, length);
  }
}
