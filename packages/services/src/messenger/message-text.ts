/** The text of a message between the lines that people write and the bytes that the Messenger service sends. */

import type { OemText } from '../code-page.ts';

/**
 * The longest text, in bytes: as much as the Messenger service of Windows showed. Samba's smbclient sends 1 600 at most,
 * a mailslot carries some 400.
 */
export const TEXT_BYTES_MAX = 4095;

/** What ends a line in a message: DC4, whatever the sender's system has ([MS-MSRP] 3.2.4.1). */
const LINE_END = '\u0014';

const LINE_ENDS = /\r\n|\n\r|\r/g;

/** All that would do something to a screen, or end a string, and says nothing. */
const CONTROLS = /(?![\t\n])\p{Cc}/gu;

/** Lines end with `\n`, and control characters are gone, all but tabs. */
export function plainText(text: string): string {
  return text.replaceAll(LINE_END, '\n').replace(LINE_ENDS, '\n').replace(CONTROLS, '');
}

/** A text as it is sent. */
export function encodeText(text: string, oem: OemText): Uint8Array {
  return oem.encode(plainText(text).replaceAll('\n', LINE_END));
}

/** A text as it came, made plain. */
export function decodeText(bytes: Uint8Array, oem: OemText): string {
  return plainText(oem.decode(bytes));
}

/** A name as it came: one line. */
export function decodeName(bytes: Uint8Array, oem: OemText): string {
  return oem.decode(bytes).replace(/\p{Cc}/gu, '');
}
