/** Text as DOS wrote it: a byte a character, in a code page that nothing on the wire names. */

import { MailslotError } from '@mailslot/core';
import iconv from 'iconv-lite';

/** What both ends of a conversation have to agree on by other means; below 128 all of them are ASCII. */
export type CodePage = 437 | 737 | 775 | 850 | 852 | 855 | 857 | 858 | 860 | 862 | 866 | 1252;

/** That of Samba unless told otherwise, and of Windows in western Europe. */
export const CODE_PAGE_DEFAULT: CodePage = 850;

/** A code page, ready to read and write with. */
export interface OemText {
  /** What the bytes say. */
  decode(bytes: Uint8Array): string;
  /** The bytes of a text; what the code page has no character for becomes a question mark. */
  encode(text: string): Uint8Array;
}

/** The text of a code page. Throws `ERROR_INVALID_PARAMETER` for one that is not known. */
export function oemTextOf(codePage: CodePage): OemText {
  const encoding = `cp${codePage}`;
  if (!iconv.encodingExists(encoding)) {
    throw new MailslotError('ERROR_INVALID_PARAMETER', `There is no code page ${codePage} here.`);
  }
  return {
    decode: (bytes) => iconv.decode(bytes, encoding),
    encode: (text) => new Uint8Array(iconv.encode(text.normalize('NFC'), encoding)),
  };
}
