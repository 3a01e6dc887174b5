import { readFileSync } from 'node:fs';

import { expect, test } from 'vitest';

const read = (path: string): string =>
  readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

test('docs/testing.md shows, in its blocks, the whole of a file of tests that is run', () => {
  const page = read('docs/testing.md');
  const blocks = Array.from(page.matchAll(/^```ts\n(.*?)^```$/gms), ([, code]) => code);
  const file = read('test/sim/testing-guide.test.ts');
  expect(blocks.join('\n')).toBe(file.slice(file.indexOf('import')));
});
