/** The bytes of a message, as people and programs can read them. */

import { isUtf8 } from 'node:buffer';

import type { Paint } from './paint.ts';
import { printable } from './printable.ts';

/** Bytes shown of a message that is no text. */
const HEX_BYTES_MAX = 32;

/** `text` if the bytes are UTF-8, to the letter; else `base64`. */
export function payloadJson(
  data: Uint8Array,
): { size: number; text: string } | { size: number; base64: string } {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.length);
  const size = data.length;
  return isUtf8(data)
    ? { size, text: bytes.toString('utf8') }
    : { size, base64: bytes.toString('base64') };
}

/** Printable text on one line, or the first bytes in hexadecimal. At most `charactersMax` of text are shown. */
export function payloadText(
  data: Uint8Array,
  paint: Paint,
  charactersMax: number = Infinity,
): string {
  if (data.length === 0) return paint('dim', '(empty)');
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.length);
  if (!isUtf8(data)) {
    const hex = bytes.toString('hex', 0, HEX_BYTES_MAX).replace(/..(?=.)/g, '$& ');
    const more = data.length > HEX_BYTES_MAX ? ' …' : '';
    return `${hex}${more} ${paint('dim', `(${data.length} bytes, not text)`)}`;
  }
  const text = bytes.toString('utf8');
  if (text.length <= charactersMax) return printable(text);
  // The cut may leave half a surrogate pair.
  return `${printable(text.slice(0, charactersMax).replace(/\p{Cs}$/u, ''))}…`;
}
