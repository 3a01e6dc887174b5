import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { width } from '../src/columns.ts';
import { keyOf } from '../src/terminal/key.ts';
import type { Key } from '../src/terminal/key.ts';
import {
  arrange,
  INITIAL,
  type Listing,
  type ListingState,
  press,
} from '../src/terminal/listing.ts';
import { linesOf, pageOf } from '../src/terminal/listing-lines.ts';

// oxlint-disable-next-line no-control-regex -- what no terminal may get from outside
const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/;

const HOSTILE = '\u001b[2J\u001b]0;owned\u0007\nANN\u009b31m\u202egpj.exe';

interface Fruit {
  readonly name: string;
  readonly weight: number;
}

const LISTING: Listing<Fruit> = {
  columns: [
    { title: 'NAME', cells: 10, text: ({ name }) => name },
    {
      title: 'WEIGHT',
      cells: 6,
      text: ({ weight }) => String(weight),
      order: (a, b) => a.weight - b.weight,
    },
    { title: 'NOTE', cells: 0, text: ({ name }) => `a ${name} that is described at length` },
  ],
  key: ({ name }) => name,
  detail: ({ name, weight }) => [`name ${name}`, `weight ${weight}`],
};

const FRUITS: readonly Fruit[] = [
  { name: 'pear', weight: 90 },
  { name: 'apple', weight: 100 },
  { name: 'cherry', weight: 9 },
];

const FRAME = { title: 'fruits', note: 'a note', empty: 'no fruits' } as const;

const plain = (_style: unknown, text: string): string => text;

const NAMES = ['up', 'down', 'pageup', 'pagedown', 'home', 'end', 'return', 'escape', 'backspace'];

function keyFor(word: string): Key {
  const named = NAMES.find((name) => name === word);
  return (named === undefined ? { name: 'text', text: word } : { name: named }) as Key;
}

/** Presses keys, each a name or a character, with all rows on one page. */
function after(words: string, from: Partial<ListingState> = {}): ListingState {
  let state: ListingState = { ...INITIAL, ...from };
  for (const word of words.split(' ').filter(Boolean)) {
    const keys = arrange(FRUITS, LISTING, state).map(({ name }) => name);
    state = press(state, keyFor(word), { keys, columns: 3, page: 2, lastTop: 4 });
  }
  return state;
}

function namesAfter(words: string): readonly string[] {
  return arrange(FRUITS, LISTING, after(words)).map(({ name }) => name);
}

describe('a list', () => {
  test('is sorted by the first column, then by the next with every s, and turned round by r', () => {
    expect(namesAfter('')).toEqual(['apple', 'cherry', 'pear']);
    expect(namesAfter('s')).toEqual(['cherry', 'pear', 'apple']);
    expect(namesAfter('s r')).toEqual(['apple', 'pear', 'cherry']);
    expect(namesAfter('s s s')).toEqual(['apple', 'cherry', 'pear']);
  });

  test('is filtered by what follows /, in any column and whatever the case', () => {
    expect(namesAfter('/ E A R')).toEqual(['pear']);
    expect(namesAfter('/ E A R backspace backspace')).toEqual(['apple', 'cherry', 'pear']);
    expect(namesAfter('/ 1 0 0 return')).toEqual(['apple']);
    expect(namesAfter('/ x escape')).toHaveLength(3);
  });

  test('takes letters as what they mean again once the filter is typed', () => {
    expect(after('/ q')).toMatchObject({ quit: false, filter: 'q' });
    expect(after('/ q return q')).toMatchObject({ quit: true });
    expect(after('/ q return escape').filter).toBe('');
  });

  test('has one row selected, which stays so whatever the order', () => {
    expect(after('down').selected).toBe('apple');
    expect(after('up').selected).toBe('apple');
    expect(after('down down').selected).toBe('cherry');
    expect(after('down down s').selected).toBe('cherry');
    expect(after('down down s down').selected).toBe('pear');
    expect(after('end down').selected).toBe('pear');
    expect(after('end pageup').selected).toBe('apple');
    expect(after('end home').selected).toBe('apple');
    expect(after('j j k').selected).toBe('apple');
    expect(after('down escape').selected).toBeUndefined();
  });

  test('selects nothing where there is nothing', () => {
    const state = press(INITIAL, { name: 'down' }, { keys: [], columns: 3, page: 5, lastTop: 0 });
    expect(state.selected).toBeUndefined();
    expect(
      press(INITIAL, { name: 'return' }, { keys: [], columns: 3, page: 5, lastTop: 0 }),
    ).toEqual(INITIAL);
  });

  test('opens the selected row, or the first, and closes it again', () => {
    expect(after('return')).toMatchObject({ selected: 'apple', detail: 0 });
    expect(after('return down down up').detail).toBe(1);
    expect(after('return up').detail).toBe(0);
    expect(after('return end up').detail).toBe(3);
    expect(after('return end home').detail).toBe(0);
    expect(after('return escape').detail).toBeUndefined();
    expect(after('return q').quit).toBe(true);
  });

  test('is paused and goes on', () => {
    expect(after('p').paused).toBe(true);
    expect(after('p p').paused).toBe(false);
    expect(after('return p').paused).toBe(true);
  });
});

describe('its lines', () => {
  const page = { columns: 40, rows: 10, paint: plain };

  function linesAfter(words: string, rows: number = 10): readonly string[] {
    const state = after(words);
    return linesOf(arrange(FRUITS, LISTING, state), LISTING, state, FRAME, { ...page, rows });
  }

  test('fill the screen: title, headings, rows, note and keys', () => {
    expect(linesAfter('down')).toEqual([
      'fruits',
      '  NAME ▲  WEIGHT  NOTE',
      '› apple   100     a apple that is descr…',
      '  cherry  9       a cherry that is desc…',
      '  pear    90      a pear that is descri…',
      '',
      '',
      '',
      'a note',
      '↑↓ select  Enter detail  / filter  s so…',
    ]);
  });

  test('show the selected row however few there are', () => {
    expect(linesAfter('end', 5)).toContainEqual(expect.stringMatching(/^› pear/));
    expect(pageOf(5)).toBe(1);
  });

  test('say what is paused, what is typed and what is filtered', () => {
    expect(linesAfter('p')[0]).toBe('PAUSED  fruits');
    expect(linesAfter('/ p e').at(-2)).toBe('Filter: pe▏');
    expect(linesAfter('/ p e return').at(-2)).toBe('Filter: pe');
    expect(linesAfter('/ x x')).toContain('  Nothing passes the filter.');
  });

  test('show a row alone, and how to get back', () => {
    const lines = linesAfter('return');
    expect(lines.slice(1, 3)).toEqual(['name apple', 'weight 100']);
    expect(lines.at(-1)).toContain('Esc back');
  });

  test('never are wider than the screen, nor have anything in them that moves a cursor', () => {
    const name = fc.oneof(fc.string({ unit: 'binary' }), fc.constant(HOSTILE), fc.string());
    const keys = fc.array(fc.constantFrom('down', 'return', '/', 's', 'p', 'x', 'end'));
    fc.assert(
      fc.property(
        fc.array(name, { maxLength: 8 }),
        keys,
        fc.integer({ min: 1, max: 90 }),
        fc.integer({ min: 1, max: 12 }),
        (names, words, columns, rows) => {
          const fruits = names.map((each, weight) => ({ name: each, weight }));
          const state = after(words.join(' '), { selected: names[0], filter: '' });
          const shown = arrange(fruits, LISTING, state);
          const frame = { title: HOSTILE, note: HOSTILE, empty: HOSTILE };
          const lines = linesOf(shown, LISTING, state, frame, { columns, rows, paint: plain });
          expect(lines.length).toBeLessThanOrEqual(rows);
          for (const line of lines) {
            expect(width(line)).toBeLessThanOrEqual(columns);
            expect(line).not.toMatch(CONTROLS);
          }
        },
      ),
    );
  });
});

describe('a key', () => {
  test.each([
    ['a', { name: 'a' }, { name: 'text', text: 'a' }],
    ['ä', {}, { name: 'text', text: 'ä' }],
    ['\r', { name: 'return' }, { name: 'return' }],
    ['\n', { name: 'enter' }, { name: 'return' }],
    [undefined, { name: 'up' }, { name: 'up' }],
    ['\u0003', { name: 'c', ctrl: true }, { name: 'interrupt' }],
    ['\u0001', { name: 'a', ctrl: true }, undefined],
    ['\u001bx', { name: 'x', meta: true }, undefined],
    ['\u001b[15~', { name: 'f5' }, undefined],
    ['\t', { name: 'tab' }, undefined],
  ])('%j is understood', (typed, keypress, key) => {
    expect(keyOf(typed, keypress)).toEqual(key);
  });
});
