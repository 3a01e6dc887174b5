import { expect, test } from 'vitest';

import { harmless, lan } from '../src/command-line.ts';

test('control, separator and direction characters become U+FFFD', () => {
  expect(harmless('a\u001B[31mb\u0007c\u009Bd\u007Fe\nf\u2028g\u202Eh\u2067i')).toBe(
    'a\uFFFD[31mb\uFFFDc\uFFFDd\uFFFDe\uFFFDf\uFFFDg\uFFFDh\uFFFDi',
  );
});

test('letters of any script and emoji of several characters stay', () => {
  for (const text of ['Grüße', 'שלום', '日本語', '👩‍👩‍👧', '🇩🇪']) expect(harmless(text)).toBe(text);
});

test('the options of the command line become those of the transport', () => {
  expect(lan({}).name).toBe('udp');
  expect(() => lan({ port: 'no port' })).toThrow(/port must be 1 to 65535/);
});
