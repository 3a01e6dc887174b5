import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { formatName, MailslotError, type MailslotErrorCode, parseName } from '@mailslot/core';
import { fold, parseHostName } from '@mailslot/core/internal';

/** Limits in UTF-8 bytes, as docs/semantics.md states them. */
const PATH_BYTES_MAX = 255;
const HOST_NAME_BYTES_MAX = 63;

/** Two bytes of UTF-8, and three when folded. */
const GROWS = 'ɐ';

function refusal(call: () => unknown): MailslotErrorCode | undefined {
  try {
    call();
    return undefined;
  } catch (error) {
    if (error instanceof MailslotError) return error.code;
    throw error;
  }
}

function isName(text: string): boolean {
  return refusal(() => parseName(text)) === undefined;
}

/** Characters of every kind, in well-formed Unicode. */
const text = fc.string({ unit: 'binary' });

/** Any UTF-16 whatever. */
const utf16 = fc.array(fc.nat(0xffff)).map((units) => String.fromCharCode(...units));

/** What a name may begin with, and pieces that mean something in one or fold in a peculiar way. */
const nameLike = fc
  .tuple(
    fc.constantFrom(
      '',
      '\\\\.\\mailslot\\',
      '//*/mailslot/',
      '\\\\ann\\mailslot\\',
      '\\\\?\\mailslot\\',
    ),
    fc.array(fc.oneof(fc.constantFrom(...Array.from('\\/.. :*?aßŉıſɐ📬\ud83d')), text), {
      minLength: 1,
    }),
  )
  .map(([prefix, pieces]) => prefix + pieces.join(''));

describe('a name', () => {
  test.each([
    // This computer.
    ['lobby', '.', 'lobby'],
    ['\\\\.\\mailslot\\lobby', '.', 'lobby'],
    ['\\\\.\\MAILSLOT\\Lobby', '.', 'Lobby'],
    ['\\\\.\\mailslot\\games\\tanks', '.', 'games\\tanks'],
    // Everyone, one computer, one domain.
    ['\\\\*\\mailslot\\lobby', '*', 'lobby'],
    ['\\\\ann-pc\\mailslot\\lobby', 'ANN-PC', 'lobby'],
    ['\\\\192.168.0.1\\mailslot\\lobby', '192.168.0.1', 'lobby'],
    ['\\\\fe80::1%eth0\\mailslot\\lobby', 'FE80::1%ETH0', 'lobby'],
    // Path normalisation.
    ['//./mailslot/lobby', '.', 'lobby'],
    ['\\\\.\\\\mailslot\\\\a\\\\b', '.', 'a\\b'],
    ['\\\\.\\mailslot\\.\\a\\x\\..\\b', '.', 'a\\b'],
    ['\\\\*\\mailslot\\lobby. . ', '*', 'lobby'],
    ['lobby.', '.', 'lobby'],
    // No character of a path is reserved.
    ['\\\\.\\mailslot\\*?<>|":', '.', '*?<>|":'],
    ['\\\\.\\mailslot\\a\u0001\n\tb', '.', 'a\u0001\n\tb'],
    ['\\\\.\\mailslot\\café 📬', '.', 'café 📬'],
    ['*', '.', '*'],
    // Verbatim.
    ['\\\\?\\mailslot\\a/b', '.', 'a/b'],
    ['\\\\?\\mailslot\\x\\..\\vd.', '.', 'x\\..\\vd.'],
  ])('%j is read', (text, host, path) => {
    const { scope, path: read } = parseName(text);
    expect(scope).toEqual(
      { '.': { kind: 'local' }, '*': { kind: 'domain' } }[host] ?? { kind: 'name', name: host },
    );
    expect(read).toEqual({ text: path, key: fold(path) });
  });

  test.each([
    ['', 'ERROR_PATH_NOT_FOUND'],
    // No mailslot name.
    ['mailslot\\a', 'ERROR_INVALID_NAME'],
    ['lobby/a', 'ERROR_INVALID_NAME'],
    ['C:lobby', 'ERROR_INVALID_NAME'],
    ['C:\\mailslot\\a', 'ERROR_INVALID_NAME'],
    ['\\mailslot\\a', 'ERROR_INVALID_NAME'],
    ['\\\\\\mailslot\\a', 'ERROR_INVALID_NAME'],
    ['\\\\.\\pipe\\a', 'ERROR_INVALID_NAME'],
    ['\\\\.\\mailslots\\a', 'ERROR_INVALID_NAME'],
    ['\\\\?\\pipe\\a', 'ERROR_INVALID_NAME'],
    // Nothing left.
    ['\\\\.\\mailslot', 'ERROR_INVALID_NAME'],
    ['\\\\.\\mailslot\\', 'ERROR_INVALID_NAME'],
    ['\\\\?\\mailslot\\', 'ERROR_INVALID_NAME'],
    ['\\\\.\\mailslot\\. .', 'ERROR_INVALID_NAME'],
    ['\\\\.\\mailslot\\a\\..', 'ERROR_INVALID_NAME'],
    [' ', 'ERROR_INVALID_NAME'],
    // Out of \mailslot\, or not the name of a slot but of what would hold it.
    ['\\\\.\\mailslot\\..\\pipe\\a', 'ERROR_INVALID_NAME'],
    ['..', 'ERROR_INVALID_NAME'],
    ['\\\\.\\mailslot\\a\\', 'ERROR_INVALID_NAME'],
    // No host.
    ['\\\\a*\\mailslot\\a', 'ERROR_INVALID_NAME'],
    ['\\\\a?\\mailslot\\a', 'ERROR_INVALID_NAME'],
    // Half a surrogate pair, which no encoding carries.
    ['a\ud83d', 'ERROR_INVALID_NAME'],
    ['\\\\?\\mailslot\\\udcec', 'ERROR_INVALID_NAME'],
    ['\\\\a\ud83d\\mailslot\\a', 'ERROR_INVALID_NAME'],
  ])('%j is refused with %s', (text, code) => {
    expect(refusal(() => parseName(text))).toBe(code);
  });

  test.each([undefined, null, 7, {}])('that is no text, %j, is refused', (value) => {
    expect(refusal(() => Reflect.apply(parseName, undefined, [value]))).toBe(
      'ERROR_PATH_NOT_FOUND',
    );
  });

  test.each([
    ['one byte a character', 'n', 1],
    ['two bytes', 'é', 2],
    ['four bytes', '📬', 4],
    ['two bytes that fold to three', GROWS, 3],
  ])('may be as long as one octet can say when it travels: %s', (_, character, bytes) => {
    const longest = character.repeat(Math.floor(PATH_BYTES_MAX / bytes));
    const rest = 'n'.repeat(PATH_BYTES_MAX % bytes);
    for (const prefix of ['', '\\\\.\\mailslot\\', '\\\\*\\mailslot\\', '\\\\?\\mailslot\\']) {
      expect(parseName(`${prefix}${longest}${rest}`).path.text).toBe(longest + rest);
      expect(refusal(() => parseName(`${prefix}${longest}${rest}n`))).toBe(
        'ERROR_FILENAME_EXCED_RANGE',
      );
    }
  });

  test('is as long as what is left of it', () => {
    const longest = 'n'.repeat(PATH_BYTES_MAX);
    expect(parseName(`\\\\.\\mailslot\\x\\..\\${longest}. . .`).path.text).toBe(longest);
  });

  test('names the offender in what it says', () => {
    expect(() => parseName('\\\\.\\pipe\\a')).toThrow(/pipe.*\\\\\.\\mailslot\\name/);
  });
});

describe('a computer or domain name', () => {
  test('may be as long as a DNS label when it travels', () => {
    const longest = 'n'.repeat(HOST_NAME_BYTES_MAX);
    expect(parseHostName(longest, 'It')).toBe(longest.toUpperCase());
    for (const name of ['', `${longest}n`, GROWS.repeat(22)]) {
      expect(refusal(() => parseHostName(name, 'It'))).toBe('ERROR_INVALID_NAME');
    }
    expect(parseHostName(GROWS.repeat(21), 'It')).toBe('Ɐ'.repeat(21));
  });

  test.each(Array.from('\\/*?"<>|\u0000\n'))('may not have %j in it', (character) => {
    expect(refusal(() => parseHostName(`a${character}b`, 'It'))).toBe('ERROR_INVALID_NAME');
  });
});

describe('folding', () => {
  test.each([
    ['Lobby', 'LOBBY'],
    ['été', 'ÉTÉ'],
    ['straße', 'STRAßE'],
    ['ﬁne', 'ﬁNE'],
    ['📬a', '📬A'],
  ])('%j gives %j', (text, folded) => {
    expect(fold(text)).toBe(folded);
  });

  test('changes neither length nor what is folded already', () => {
    fc.assert(
      fc.property(text, (text) => {
        const folded = fold(text);
        expect(folded).toHaveLength(text.length);
        expect(fold(folded)).toBe(folded);
      }),
    );
  });

  test('is of each character alone', () => {
    fc.assert(
      fc.property(text, text, (a, b) => {
        expect(fold(a + b)).toBe(fold(a) + fold(b));
      }),
    );
  });
});

describe('any text', () => {
  test('is read as a name that can travel, or refused with an error of ours', () => {
    fc.assert(
      fc.property(fc.oneof(nameLike, utf16), (name) => {
        const length = isName(name) ? Buffer.byteLength(parseName(name).path.key) : 1;
        expect(length).toBeGreaterThan(0);
        expect(length).toBeLessThanOrEqual(PATH_BYTES_MAX);
      }),
    );
  });

  test('that is a name reads the same once it is formatted', () => {
    fc.assert(
      fc.property(nameLike.filter(isName), (name) => {
        const { scope, path } = parseName(name);
        const formatted = formatName(scope, path);
        expect(parseName(formatted)).toEqual({ scope, path });
      }),
    );
  });

  test('that is a name is the same slot in whatever case', () => {
    fc.assert(
      fc.property(nameLike.filter(isName), (name) => {
        const [one, other] = [parseName(name), parseName(fold(name))];
        expect(other.scope).toEqual(one.scope);
        expect(other.path.key).toBe(one.path.key);
      }),
    );
  });
});
