/**
 * What travels over a connection of the local transport, both ways: frames, the first of which is a hello.
 *
 * | octets | field    |                                                   |
 * |--------|----------|---------------------------------------------------|
 * | 1      | kind     | {@link FRAME_KINDS}                               |
 * | 4      | length   | of the data                                       |
 * | 4      | sequence | the sender's count of messages; 0 for a hello     |
 * | length | data     |                                                   |
 */

import { DecodeError } from '../../bytes.ts';
import { Slab } from './slab.ts';

/** These values are part of the protocol: only append. */
const FRAME_KINDS = {
  hello: 1,
  message: 2,
  /** A message whose payload says who sent it: the reader is not told the computer name. */
  anonymous: 3,
} as const;

export type FrameKind = keyof typeof FRAME_KINDS;

const KIND_OF: readonly (FrameKind | undefined)[] = [undefined, 'hello', 'message', 'anonymous'];

export const FRAME_HEADER_BYTES = 9;

/** What a message may have: as much as a slot's queue holds, so that a larger one could never be read. */
export const LOCAL_MESSAGE_BYTES_MAX: number = 64 * 1024 * 1024;

/** Writes a frame to `into` and returns where the next one begins. */
export function writeFrame(
  into: Uint8Array,
  at: number,
  kind: FrameKind,
  sequence: number,
  data: Uint8Array,
): number {
  const { length } = data;
  into[at] = FRAME_KINDS[kind];
  into[at + 1] = length >>> 24;
  into[at + 2] = length >>> 16;
  into[at + 3] = length >>> 8;
  into[at + 4] = length;
  into[at + 5] = sequence >>> 24;
  into[at + 6] = sequence >>> 16;
  into[at + 7] = sequence >>> 8;
  into[at + 8] = sequence;
  into.set(data, at + FRAME_HEADER_BYTES);
  return at + FRAME_HEADER_BYTES + length;
}

/** A frame in memory of its own. */
export function encodeFrame(kind: FrameKind, sequence: number, data: Uint8Array): Uint8Array {
  const frame = Buffer.allocUnsafe(FRAME_HEADER_BYTES + data.length);
  writeFrame(frame, 0, kind, sequence, data);
  return frame;
}

/** Takes a frame as it is completed. Nobody writes to `data` any more. */
export type FrameHandler = (kind: FrameKind, sequence: number, data: Uint8Array) => void;

/** Puts frames together from a stream, however it is cut. Each byte is copied once, each frame out of what it came in. */
export class FrameParser {
  /** The most bytes of data a frame may have from here on. */
  dataBytesMax: number;
  readonly #onFrame: FrameHandler;
  readonly #slab = new Slab();
  /** The beginning of a header that was cut. */
  readonly #header = new Uint8Array(FRAME_HEADER_BYTES);
  #headerLength = 0;
  #kind: FrameKind = 'hello';
  #sequence = 0;
  /** The data of the frame whose header was read, and how much of them is there. */
  #data: Uint8Array | undefined;
  #dataLength = 0;

  constructor(dataBytesMax: number, onFrame: FrameHandler) {
    this.dataBytesMax = dataBytesMax;
    this.#onFrame = onFrame;
  }

  /** True in the middle of a frame: if the stream ends here, something is missing. */
  get incomplete(): boolean {
    return this.#headerLength > 0 || this.#data !== undefined;
  }

  /** Takes the next bytes of the stream, and keeps none. Throws only {@link DecodeError}; then the stream is lost. */
  push(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length;) {
      if (this.#data === undefined) at = this.#readHeader(chunk, at);
      if (this.#data !== undefined) at = this.#readData(chunk, at);
    }
  }

  #readHeader(chunk: Uint8Array, at: number): number {
    if (this.#headerLength === 0 && chunk.length - at >= FRAME_HEADER_BYTES) {
      this.#beginFrame(chunk, at);
      return at + FRAME_HEADER_BYTES;
    }
    const end = Math.min(at + FRAME_HEADER_BYTES - this.#headerLength, chunk.length);
    this.#header.set(chunk.subarray(at, end), this.#headerLength);
    this.#headerLength += end - at;
    if (this.#headerLength === FRAME_HEADER_BYTES) {
      this.#headerLength = 0;
      this.#beginFrame(this.#header, 0);
    }
    return end;
  }

  #beginFrame(header: Uint8Array, at: number): void {
    const kind = KIND_OF[header[at]!];
    if (kind === undefined) throw new DecodeError('the kind of a frame', at);
    const length = uint32(header, at + 1);
    if (length > this.dataBytesMax) {
      throw new DecodeError(`a frame of at most ${this.dataBytesMax} bytes`, at + 1);
    }
    this.#kind = kind;
    this.#sequence = uint32(header, at + 5);
    this.#data = this.#slab.allocate(length);
    this.#dataLength = 0;
  }

  #readData(chunk: Uint8Array, at: number): number {
    const data = this.#data!;
    const end = Math.min(at + data.length - this.#dataLength, chunk.length);
    data.set(chunk.subarray(at, end), this.#dataLength);
    this.#dataLength += end - at;
    if (this.#dataLength === data.length) {
      this.#data = undefined;
      this.#onFrame(this.#kind, this.#sequence, data);
    }
    return end;
  }
}

function uint32(bytes: Uint8Array, at: number): number {
  return (
    ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0
  );
}
