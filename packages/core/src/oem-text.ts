/**
 * Text as DOS and LAN Manager wrote it: one byte a character, in an "OEM" code page that nothing on the wire names. This
 * is 850, which Samba takes unless told otherwise, and Windows in western Europe. Below 128 all of them are ASCII.
 */

/** The characters of the bytes from 128 on. */
const UPPER_HALF = [
  'ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø£Ø×ƒ',
  'áíóúñÑªº¿®¬½¼¡«»░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐',
  '└┴┬├─┼ãÃ╚╔╩╦╠═╬¤ðÐÊËÈıÍÎÏ┘┌█▄¦Ì▀',
  'ÓßÔÒõÕµþÞÚÛÙýÝ¯´\u00ad±‗¾¶§÷¸°¨·¹³²■\u00a0',
].join('');

const REPLACEMENT = 0x3f;

const byteOf = new Map(Array.from(UPPER_HALF, (character, at) => [character, 0x80 + at]));

/** Text in code page 850; what it has no character for becomes a question mark. */
export function oemBytes(text: string): Uint8Array {
  return Uint8Array.from(text.normalize('NFC'), (character) => {
    const code = character.codePointAt(0)!;
    return code < 0x80 ? code : (byteOf.get(character) ?? REPLACEMENT);
  });
}

/** What bytes in code page 850 say. Every byte means something. */
export function oemText(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes)
    text += byte < 0x80 ? String.fromCharCode(byte) : UPPER_HALF[byte - 0x80]!;
  return text;
}

/** Whether all of a text has its characters in code page 850. */
export function isOemText(text: string): boolean {
  return oemText(oemBytes(text)) === text.normalize('NFC');
}
