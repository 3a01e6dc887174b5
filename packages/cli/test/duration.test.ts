import { expect, test } from 'vitest';

import { parseDuration } from '../src/duration.ts';

test.each([
  ['10s', 10_000],
  ['1.5s', 1_500],
  ['500ms', 500],
  ['2m', 120_000],
  ['0s', 0],
])('%s is %d milliseconds', (text, milliseconds) => {
  expect(parseDuration(text)).toBe(milliseconds);
});

test.each(['', '10', 's', '-1s', '1 s', '1h', '1e3s', '.5s', '1.s', '10S', '∞', '10s '])(
  '%j is no duration',
  (text) => {
    expect(parseDuration(text)).toBeUndefined();
  },
);
