import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { SEQUENCE_WINDOW, SequenceWindow } from '../src/sequence-window.ts';

const UINT32 = 2 ** 32;

/** Asks about a number, and notes it if it is none that was seen. True if so. */
function admit(window: SequenceWindow, sequence: number, late?: boolean): boolean {
  const isCopy = window.isCopy(sequence, late);
  if (!isCopy) window.note(sequence);
  return !isCopy;
}

describe('a sequence window', () => {
  test('admits each number once', () => {
    const window = new SequenceWindow(7);
    expect([7, 8, 8, 10, 9, 9, 10].map((each) => admit(window, each))).toEqual([
      false, // the one it was opened at
      true,
      false,
      true,
      true, // overtaken by 10, yet new
      false,
      false,
    ]);
  });

  test('admits what is just within its reach and nothing further back', () => {
    const newest = 5000;
    const oldest = newest - (SEQUENCE_WINDOW - 1);
    expect(admit(new SequenceWindow(newest), oldest)).toBe(true);
    expect(admit(new SequenceWindow(newest), oldest - 1)).toBe(false);
  });

  test('gives a number that it no longer knows the benefit of the doubt, if that may be late', () => {
    const window = new SequenceWindow(5000);
    expect(admit(window, 5000 - SEQUENCE_WINDOW, true)).toBe(true);
    expect(admit(window, 5000, true)).toBe(false);
    expect(admit(window, 4999, true)).toBe(true);
    expect(admit(window, 4999, true)).toBe(false);
  });

  test.each([SEQUENCE_WINDOW - 1, SEQUENCE_WINDOW, SEQUENCE_WINDOW + 1, 2 ** 31 - 1])(
    'a jump of %i ahead forgets what it leaves behind and nothing else',
    (jump) => {
      const window = new SequenceWindow(0);
      expect(admit(window, jump)).toBe(true);
      expect(admit(window, jump)).toBe(false);
      expect(admit(window, jump - 1)).toBe(true);
      expect(admit(window, 0)).toBe(false);
    },
  );

  test('goes on over the end of the numbers', () => {
    const window = new SequenceWindow(UINT32 - 2);
    const around = [UINT32 - 1, 1, 0, UINT32 - 3];
    expect(around.map((each) => admit(window, each))).toEqual([true, true, true, true]);
    expect(around.map((each) => admit(window, each))).toEqual([false, false, false, false]);
  });

  test('takes what is half the numbers away for older', () => {
    expect(admit(new SequenceWindow(0), 2 ** 31)).toBe(false);
  });
});

/** The same rule with nothing clever: every number ever seen, unwrapped. */
class NaiveWindow {
  readonly #seen: Set<number>;
  #newest: number;

  constructor(first: number) {
    this.#seen = new Set([first]);
    this.#newest = first;
  }

  admit(sequence: number): boolean {
    if (sequence <= this.#newest - SEQUENCE_WINDOW || this.#seen.has(sequence)) return false;
    this.#seen.add(sequence);
    this.#newest = Math.max(this.#newest, sequence);
    return true;
  }
}

test('it behaves as a set of all numbers seen, wherever the numbers wrap', () => {
  const step = fc.oneof(
    { weight: 8, arbitrary: fc.integer({ min: -8, max: 8 }) },
    { weight: 2, arbitrary: fc.integer({ min: -2 * SEQUENCE_WINDOW, max: 2 * SEQUENCE_WINDOW }) },
  );
  const first = fc.oneof(fc.nat(UINT32 - 1), fc.integer({ min: UINT32 - 3000, max: UINT32 - 1 }));
  fc.assert(
    fc.property(first, fc.array(step, { maxLength: 300 }), (first, steps) => {
      const window = new SequenceWindow(first);
      const naive = new NaiveWindow(first);
      let sequence = first;
      for (const step of steps) {
        sequence += step;
        expect(admit(window, sequence >>> 0)).toBe(naive.admit(sequence));
      }
    }),
  );
});
