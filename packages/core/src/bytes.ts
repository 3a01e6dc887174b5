/** A cursor that reads and one that writes: big endian (network order), and little endian where a name ends in `le`. */

/** Thrown by every decoder for bytes that are cut short or malformed, and nothing else is. */
export class DecodeError extends Error {
  override readonly name: string = 'DecodeError';
  /** Where in the input the trouble is, in bytes from its start. */
  readonly offset: number;
  /** True if the input ended too early: more of the same bytes might have been right. */
  readonly truncated: boolean;

  constructor(expected: string, offset: number, options: { truncated?: boolean } = {}) {
    super(`Expected ${expected} at byte ${offset}.`);
    this.offset = offset;
    this.truncated = options.truncated ?? false;
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #end: number;
  #offset: number;

  /** Reads `bytes` from `offset` up to, not including, `end`. */
  constructor(bytes: Uint8Array, offset: number = 0, end: number = bytes.length) {
    this.#bytes = bytes;
    this.#offset = offset;
    this.#end = end;
  }

  get offset(): number {
    return this.#offset;
  }

  get remaining(): number {
    return this.#end - this.#offset;
  }

  uint8(what: string): number {
    return this.#bytes[this.#advance(1, what)]!;
  }

  uint16(what: string): number {
    const at = this.#advance(2, what);
    return (this.#bytes[at]! << 8) | this.#bytes[at + 1]!;
  }

  uint32(what: string): number {
    const at = this.#advance(4, what);
    const bytes = this.#bytes;
    return (
      ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0
    );
  }

  uint16le(what: string): number {
    const at = this.#advance(2, what);
    return this.#bytes[at]! | (this.#bytes[at + 1]! << 8);
  }

  uint32le(what: string): number {
    const at = this.#advance(4, what);
    const bytes = this.#bytes;
    return (
      (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0
    );
  }

  /** A view of the next `length` bytes, not a copy. */
  bytes(length: number, what: string): Uint8Array {
    const at = this.#advance(length, what);
    return this.#bytes.subarray(at, at + length);
  }

  /** The next `length` bytes as text. Anything but well-formed UTF-8 is malformed. */
  utf8(length: number, what: string): string {
    const at = this.#advance(length, what);
    try {
      return utf8.decode(this.#bytes.subarray(at, at + length));
    } catch {
      throw new DecodeError(`${what} in UTF-8`, at);
    }
  }

  /** Passes over the next `length` bytes. */
  skip(length: number, what: string): void {
    this.#advance(length, what);
  }

  /** A view of all that is left, which stays to be read. */
  peek(): Uint8Array {
    return this.#bytes.subarray(this.#offset, this.#end);
  }

  /** A view of all that is left. */
  rest(): Uint8Array {
    return this.bytes(this.remaining, 'the rest');
  }

  #advance(length: number, what: string): number {
    const at = this.#offset;
    if (at + length > this.#end) throw new DecodeError(what, at, { truncated: true });
    this.#offset = at + length;
    return at;
  }
}

const encoder = new TextEncoder();

/** Text in UTF-8. */
export function utf8Bytes(text: string): Uint8Array {
  return encoder.encode(text);
}

/** Appends to a buffer that grows as needed. */
export class ByteWriter {
  #bytes: Uint8Array;
  #length = 0;

  constructor(capacity: number = 256) {
    this.#bytes = new Uint8Array(capacity);
  }

  get length(): number {
    return this.#length;
  }

  uint8(value: number): this {
    const at = this.#grow(1);
    this.#bytes[at] = value;
    return this;
  }

  uint16(value: number): this {
    const at = this.#grow(2);
    this.#bytes[at] = value >>> 8;
    this.#bytes[at + 1] = value;
    return this;
  }

  uint32(value: number): this {
    const at = this.#grow(4);
    this.#bytes[at] = value >>> 24;
    this.#bytes[at + 1] = value >>> 16;
    this.#bytes[at + 2] = value >>> 8;
    this.#bytes[at + 3] = value;
    return this;
  }

  uint16le(value: number): this {
    const at = this.#grow(2);
    this.#bytes[at] = value;
    this.#bytes[at + 1] = value >>> 8;
    return this;
  }

  uint32le(value: number): this {
    const at = this.#grow(4);
    this.#bytes[at] = value;
    this.#bytes[at + 1] = value >>> 8;
    this.#bytes[at + 2] = value >>> 16;
    this.#bytes[at + 3] = value >>> 24;
    return this;
  }

  bytes(value: Uint8Array): this {
    const at = this.#grow(value.length);
    this.#bytes.set(value, at);
    return this;
  }

  /** What was written, as a view: the writer may not be used after. */
  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Makes room for `length` more and says where they go. It may replace the buffer: call it first. */
  #grow(length: number): number {
    const at = this.#length;
    this.#length = at + length;
    if (this.#length > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(this.#length, this.#bytes.length * 2));
      larger.set(this.#bytes.subarray(0, at));
      this.#bytes = larger;
    }
    return at;
  }
}
