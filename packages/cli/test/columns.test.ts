import { describe, expect, test } from 'vitest';

import { fit, pad, splitAt, twoColumns, width, wrap } from '../src/columns.ts';

describe('the width of a text', () => {
  test.each([
    ['Ann', 3],
    ['Zoe\u0308', 3],
    ['千と千尋', 8],
    ['👩‍🚀', 2],
    ['❤️', 2],
    ['', 0],
  ])('%s takes %d cells', (text, cells) => {
    expect(width(text)).toBe(cells);
  });
});

test('padding fills up to a width and never cuts', () => {
  expect(pad('千', 4)).toBe('千  ');
  expect(pad('too long', 4)).toBe('too long');
});

test('text wraps between words, and long words stand alone', () => {
  expect(wrap('to be or unquestionably not', 6)).toEqual(['to be', 'or', 'unquestionably', 'not']);
});

test('the second column wraps within its own', () => {
  const rows = [
    ['a', 'one two'],
    ['bcd', 'three'],
  ] as const;
  expect(twoColumns(rows, 10)).toBe('  a    one\n       two\n  bcd  three');
});

test('a text is cut to a width, never within a character', () => {
  expect(fit('hello', 5)).toBe('hello');
  expect(fit('hello', 4)).toBe('hel…');
  expect(fit('千と千尋', 4)).toBe('千…');
  expect(fit('👩‍🚀👩‍🚀', 3)).toBe('👩‍🚀…');
  expect(fit('千', 1)).toBe('…');
  expect(fit('千', 0)).toBe('');
  expect(splitAt('千と千尋', 4)).toEqual(['千と', '千尋']);
});
