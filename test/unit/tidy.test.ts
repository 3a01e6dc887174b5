/** What no linter knows of. */

import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

import { describe, expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');

/** Made by tools, or by others. */
const NOT_OURS = new Set([
  'node_modules',
  'dist',
  'coverage',
  'screenshots',
  '.git',
  'pnpm-lock.yaml',
]);

const files = list(ROOT);
const sources = files.filter((file) => /^packages\/\w+\/src\/.*\.ts$/.test(file));
const tests = files.filter((file) => /(^|\/)test\/.*\.ts$/.test(file));

/** Packages whose README must name all that they export: these two, and any other that has one. */
const documented = readdirSync(join(ROOT, 'packages')).filter(
  (name) =>
    files.includes(`packages/${name}/src/index.ts`) &&
    (['core', 'discovery'].includes(name) || files.includes(`packages/${name}/README.md`)),
);

test('every file of a library, and every example, begins by saying what it is', () => {
  // The commands of the program do so in their summaries.
  const silent = sources.filter(
    (file) => !file.startsWith('packages/cli/') && !read(file).startsWith('/**'),
  );
  expect(silent).toEqual([]);
});

test('nothing is left to do, and nothing names the machine it was made on', () => {
  // Each with one letter in brackets, so that this file does not find itself.
  const unwanted = /TO[D]O|FIX[M]E|\bXX[X]\b|\/wor[k]\/|registry\.npm[j]s/;
  const found = files.flatMap((file) =>
    read(file)
      .split('\n')
      .flatMap((line, index) => (unwanted.test(line) ? [`${file}:${index + 1}: ${line}`] : [])),
  );
  expect(found).toEqual([]);
});

test('every limit is known to a test', () => {
  const limits = sources.flatMap((file) =>
    Array.from(read(file).matchAll(/^export const (\w+_MAX)\b/gm), ([, name]) => name!),
  );
  const tested = new Set(tests.flatMap((file) => read(file).match(/\b[A-Z0-9_]+_MAX\b/g) ?? []));
  expect(limits.length).toBeGreaterThan(0);
  expect(limits.filter((limit) => !tested.has(limit))).toEqual([]);
});

describe('the README of a package', () => {
  test.each(documented)('mentions all that %s exports', (name) => {
    const readme = read(`packages/${name}/README.md`);
    const exported = exportsOf(read(`packages/${name}/src/index.ts`));
    expect(exported.filter((each) => !new RegExp(`\\b${each}\\b`).test(readme))).toEqual([]);
  });
});

/** The names that a module exports. It must list them: `export *` hides what is public. */
function exportsOf(source: string): string[] {
  if (/^export \*/m.test(source)) throw new Error('List the exports.');
  const lists = Array.from(source.matchAll(/^export (?:type )?\{([^}]*)\}/gm), ([, names]) =>
    names!.split(',').map((name) => name.trim().split(' ').at(-1)!),
  );
  const declared = source.matchAll(
    /^export (?:async )?(?:function|class|const|interface|type) (\w+)/gm,
  );
  return [...lists.flat(), ...Array.from(declared, ([, name]) => name!)].filter(Boolean);
}

function read(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8');
}

/** Every file of ours below a directory, by its path from the root. */
function list(directory: string): string[] {
  return readdirSync(directory, { withFileTypes: true })
    .filter(({ name }) => !NOT_OURS.has(name))
    .flatMap((entry) => {
      const path = join(directory, entry.name);
      if (entry.isDirectory()) return list(path);
      return entry.isFile() ? [relative(ROOT, path).replaceAll(sep, '/')] : [];
    });
}
