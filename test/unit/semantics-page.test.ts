import { readFileSync } from 'node:fs';

import { expect, test } from 'vitest';

import { ERROR_NUMBERS } from '@mailslot/core';

import { tableRows } from '../support/markdown-table.ts';

const page = readFileSync(new URL('../../docs/semantics.md', import.meta.url), 'utf8');

test('docs/semantics.md lists every error code with its number, in the order of the numbers', () => {
  const listed = tableRows(page, 'code').map(([code, number]) => [code, Number(number)]);
  const defined = Object.entries(ERROR_NUMBERS).map(([code, number]) => [`\`${code}\``, number]);
  expect(listed).toEqual(defined.toSorted(([, a], [, b]) => Number(a) - Number(b)));
});
