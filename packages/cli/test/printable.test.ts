import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { jsonLine, printable } from '../src/printable.ts';

/** What may never reach a terminal from outside: C0, DEL, C1, line separators, changes of direction. */
// oxlint-disable-next-line no-control-regex -- they are the subject
const DANGEROUS = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/;

/** Strings in which dangerous characters are as common as others. */
const hostile = fc.string({
  unit: fc.oneof(
    fc.constantFrom('\u001b', '\u009b', '\n', '\r', '\u202e', '\u2028', '\ud800', '"', '\\', '\0'),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
  ),
});

describe('printable text', () => {
  test('has nothing in it that a terminal obeys, whatever it was made of', () => {
    fc.assert(fc.property(hostile, (text) => !DANGEROUS.test(printable(text))));
  });

  test('is the text itself where there is nothing to hide', () => {
    for (const text of ['Ann', 'Zoë', '千と千尋', 'שלום', '👩‍🚀 to 🌙', 'می‌خواهم']) {
      expect(printable(text)).toBe(text);
    }
  });

  test('shows what was there', () => {
    expect(printable('\u001b[2Jhello\r\n')).toBe('␛[2Jhello␍␊');
    expect(printable('\0\u007f')).toBe('␀␡');
    expect(printable('gpj\u202e.exe\u009b')).toBe('gpj\\u{202e}.exe\\u{9b}');
    expect(printable('\ud83d')).toBe('\\u{d83d}');
  });
});

describe('a line of JSON', () => {
  test('says the same and has nothing in it that a terminal obeys', () => {
    fc.assert(
      fc.property(hostile, hostile, (key, value) => {
        const object = { [`k${key}`]: [value, { value }] };
        const line = jsonLine(object);
        expect(DANGEROUS.test(line)).toBe(false);
        expect(JSON.parse(line)).toEqual(object);
      }),
    );
  });

  test('escapes invisible characters beyond the first plane as JSON does', () => {
    expect(jsonLine({ a: '\u{e0041}' })).toBe('{"a":"\\udb40\\udc41"}');
  });
});
