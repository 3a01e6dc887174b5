/** Strings in SMB messages ([MS-CIFS] 2.2.1.1): Unicode on even offsets where both ends said so, else OEM; ended by a zero. */

import type { ByteReader, ByteWriter } from '../../../../bytes.ts';
import { oemBytes, oemText } from '../../../../oem-text.ts';

const utf16 = new TextDecoder('utf-16le');

/** Reads a string up to its zero, or to the end: some senders leave the last zero out. */
export function readSmbText(reader: ByteReader, unicode: boolean): string {
  return unicode ? readUnicode(reader) : readOem(reader);
}

export function readOem(reader: ByteReader): string {
  const rest = reader.peek();
  const zero = rest.indexOf(0);
  reader.skip(zero < 0 ? rest.length : zero + 1, 'a string');
  return oemText(zero < 0 ? rest : rest.subarray(0, zero));
}

function readUnicode(reader: ByteReader): string {
  if (reader.offset % 2 === 1 && reader.remaining > 0) reader.skip(1, 'padding');
  const rest = reader.peek();
  let length = 0;
  while (length + 1 < rest.length && (rest[length] !== 0 || rest[length + 1] !== 0)) length += 2;
  reader.skip(Math.min(length + 2, rest.length), 'a string');
  return utf16.decode(rest.subarray(0, length));
}

/** Writes a string that begins, with its padding, where the writer is; `at` is that place, counted from the SMB header. */
export function writeSmbText(
  writer: ByteWriter,
  text: string,
  { unicode, at }: { readonly unicode: boolean; readonly at: number },
): void {
  if (!unicode) {
    writer.bytes(oemBytes(text)).uint8(0);
    return;
  }
  if ((at + writer.length) % 2 === 1) writer.uint8(0);
  for (let unit = 0; unit < text.length; unit++) writer.uint16le(text.charCodeAt(unit));
  writer.uint16le(0);
}
