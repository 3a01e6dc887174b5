import fc from 'fast-check';
import { expect, test } from 'vitest';

import { REPLAY_WINDOW, ReplayWindow } from '../src/replay-window.ts';

test('a number counts once, and not at all behind the window', () => {
  const numbers = fc.array(fc.nat(3 * REPLAY_WINDOW), { maxLength: 300 });
  fc.assert(
    fc.property(numbers, fc.constantFrom(0, 2 ** 31, 2 ** 32 - 5, 2 ** 47), (offsets, from) => {
      const window = new ReplayWindow();
      const seen = new Set<number>();
      let highest = -1;
      for (const offset of offsets) {
        const number = from + offset;
        const expected = !seen.has(number) && number > highest - REPLAY_WINDOW;
        expect(window.admit(number)).toBe(expected);
        seen.add(number);
        highest = Math.max(highest, number);
      }
    }),
  );
});

test('the window is as wide as it says', () => {
  const window = new ReplayWindow();
  expect(window.admit(REPLAY_WINDOW)).toBe(true);
  expect(window.admit(0)).toBe(false);
  expect(window.admit(1)).toBe(true);
  expect(window.admit(1)).toBe(false);
});
