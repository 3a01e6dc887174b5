/**
 * Foreign text made fit for a terminal. Names and messages come from anyone on the network: none may move a cursor, set
 * a title, hide a line or turn it around.
 */

/**
 * Controls (C0, DEL and C1, which some terminals obey), line and paragraph separators, halves of surrogate pairs, and
 * invisible format characters, above all those that change the direction of text. The two joiners stay: scripts and
 * emoji need them, and they do nothing else.
 */
const UNPRINTABLE = /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** Unicode has a picture for each of the C0 controls, in their order, and one for DEL. */
const PICTURES = 0x2400;
const PICTURE_OF_DELETE = '\u2421';

/** Text on one line, with everything unprintable made visible: ESC becomes `␛`, U+202E becomes `\u{202e}`. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (character) => {
    const code = character.codePointAt(0)!;
    if (code < 0x20) return String.fromCharCode(PICTURES + code);
    return code === 0x7f ? PICTURE_OF_DELETE : `\\u{${code.toString(16)}}`;
  });
}

/** A value as one line of JSON that says the same and has nothing unprintable in it. */
export function jsonLine(value: object): string {
  // In JSON such characters stand only within strings, where escapes mean the same.
  return JSON.stringify(value).replace(UNPRINTABLE, (character) =>
    Array.from(
      { length: character.length },
      (_, at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`,
    ).join(''),
  );
}
