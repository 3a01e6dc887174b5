/**
 * Fields of frames: how one value stands in bytes, and what the documentation says of it. Numbers are little endian,
 * texts are in code page 850, in which every byte means something: whatever comes in can go out again.
 */

import { MailslotError } from '@mailslot/core';
import {
  type ByteReader,
  type ByteWriter,
  DecodeError,
  oemBytes,
  oemText,
} from '@mailslot/core/internal';

export interface Field<Value> {
  /** For the documentation. */
  readonly type: string;
  /** Bytes, where that does not depend on the value. */
  readonly size: number | undefined;
  readonly about: string;
  length(value: Value): number;
  write(writer: ByteWriter, value: Value): void;
  /** `before` holds the fields read so far. Throws only {@link DecodeError}. */
  read(reader: ByteReader, what: string, before: Readonly<Record<string, unknown>>): Value;
}

/** Characters of a NetBIOS name without its suffix; a NUL follows in frames. */
export const NAME_CHARACTERS_MAX = 15;

/** Characters of a comment; with its NUL these are the 43 bytes of [MS-BRWS] 2.2.1. */
export const COMMENT_CHARACTERS_MAX = 42;

const NAME_BYTES = NAME_CHARACTERS_MAX + 1;

export function uint8(about: string): Field<number> {
  return unsigned('u8', 1, about);
}

export function uint16(about: string): Field<number> {
  return unsigned('u16', 2, about);
}

export function uint32(about: string): Field<number> {
  return unsigned('u32', 4, about);
}

function unsigned(type: string, size: number, about: string): Field<number> {
  return {
    type,
    size,
    about,
    length: () => size,
    write(writer, value) {
      for (let byte = 0; byte < size; byte++) writer.uint8((value >>> (8 * byte)) & 0xff);
    },
    read(reader, what) {
      // All or nothing: an error names where the number begins.
      const bytes = reader.bytes(size, what);
      return bytes.reduceRight((value, byte) => ((value << 8) | byte) >>> 0, 0);
    },
  };
}

/** A name in 16 bytes. After its NUL senders leave what was in memory: it is not looked at. */
export function fixedName(about: string): Field<string> {
  return {
    type: 'name[16]',
    size: NAME_BYTES,
    about,
    length: () => NAME_BYTES,
    write(writer, value) {
      const bytes = new Uint8Array(NAME_BYTES);
      bytes.set(checked(value, NAME_CHARACTERS_MAX));
      writer.bytes(bytes);
    },
    read(reader, what) {
      const at = reader.offset;
      const name = beforeNul(reader.bytes(NAME_BYTES, what));
      if (name.length > NAME_CHARACTERS_MAX) throw new DecodeError(`${what} with its NUL`, at);
      return name;
    },
  };
}

/** A text up to its NUL, or to the end of the frame: some senders cut the NUL off. */
export function text(about: string, charactersMax: number): Field<string> {
  return {
    type: `text ≤ ${charactersMax + 1}`,
    size: undefined,
    about,
    length: (value) => value.length + 1,
    write(writer, value) {
      writer.bytes(checked(value, charactersMax)).uint8(0);
    },
    read: readText,
  };
}

/** As many texts as the field of that name says. */
export function texts(count: string, about: string): Field<readonly string[]> {
  return {
    type: 'text ≤ 16, repeated',
    size: undefined,
    about,
    length: (values) => values.reduce((sum, value) => sum + value.length + 1, 0),
    write(writer, values) {
      for (const value of values) writer.bytes(checked(value, NAME_CHARACTERS_MAX)).uint8(0);
    },
    read(reader, what, before) {
      return Array.from({ length: Number(before[count]) }, () => {
        if (reader.remaining === 0) throw new DecodeError(what, reader.offset, { truncated: true });
        return readText(reader, what);
      });
    },
  };
}

/** A field that minimal senders leave out, with all that follows it. */
export function optional<Value>(field: Field<Value>, fallback: Value): Field<Value> {
  return {
    ...field,
    read: (reader, what, before) =>
      reader.remaining === 0 ? fallback : field.read(reader, what, before),
  };
}

function readText(reader: ByteReader, what: string): string {
  const bytes: number[] = [];
  while (reader.remaining > 0) {
    const byte = reader.uint8(what);
    if (byte === 0) break;
    bytes.push(byte);
  }
  return oemText(Uint8Array.from(bytes));
}

function beforeNul(bytes: Uint8Array): string {
  const nul = bytes.indexOf(0);
  return oemText(nul === -1 ? bytes : bytes.subarray(0, nul));
}

function checked(value: string, bytesMax: number): Uint8Array {
  const bytes = oemBytes(value);
  if (bytes.length <= bytesMax && !bytes.includes(0)) return bytes;
  throw new MailslotError(
    'ERROR_INVALID_PARAMETER',
    `${JSON.stringify(value)} does not fit a browser frame: it takes ${bytesMax} characters, none of them NUL.`,
  );
}
