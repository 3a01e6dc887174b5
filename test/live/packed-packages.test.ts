/** What would be published: the files in each package, and how large they are. */

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import {
  filesIn,
  pack,
  PACKAGES,
  readIn,
  recordedSizes,
  type Size,
  sizeOf,
} from '../support/packed.ts';

/**
 * How far a size may be from the recorded one. Node versions compress a percent differently, comments and fixes come to
 * two; a new dependency inlined, or a feature, is more, and is to be seen in review: `npx pnpm sizes` records it.
 */
const TOLERANCE = 0.05;

/** Every file of a package is of one of these kinds. */
const KINDS: readonly RegExp[] = [
  /^package\.json$/,
  /^README\.md$/,
  /^LICENSE$/,
  /^dist\/[\w/.-]+\.(?:js|js\.map|d\.ts|d\.ts\.map)$/,
  // What source maps lead to.
  /^src\/[\w/.-]+\.ts$/,
  // What a page of the program is made of, besides scripts.
  /^src\/page\/[\w-]+\.(?:html|css|svg)$/,
];

let directory: string;
let tarballs: ReadonlyMap<string, string>;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'mailslot-packed-'));
  tarballs = await pack(directory);
}, 60_000);

afterAll(() => rm(directory, { recursive: true, force: true }));

test('every package is packed', () => {
  expect([...tarballs.keys()].toSorted()).toEqual(PACKAGES.toSorted());
});

describe.each(PACKAGES)('%s', (name) => {
  test('holds what was built and its sources, a README and a licence, and nothing else', async () => {
    const files = await filesIn(tarballs.get(name)!);
    expect(files.filter((file) => !KINDS.some((kind) => kind.test(file)))).toEqual([]);
    expect(files.filter((file) => /\btest\b(?!ing)|\.test\./.test(file))).toEqual([]);
    expect(files).toEqual(expect.arrayContaining(['package.json', 'README.md', 'LICENSE']));
    const sources = files.flatMap((file) => /^src\/(.*)\.ts$/.exec(file)?.[1] ?? []);
    const built = files.filter((file) => file.startsWith('dist/'));
    const expected = sources.flatMap((source) => {
      // Nobody imports the scripts of a page.
      const kinds = source.startsWith('page/') ? [] : ['.d.ts', '.d.ts.map'];
      return [...kinds, '.js', '.js.map'].map((kind) => `dist/${source}${kind}`);
    });
    expect(expected.filter((file) => !built.includes(file))).toEqual([]);
    const stale = built.filter((file) => !expected.includes(file));
    if (stale.length > 0) {
      throw new Error(`Remove packages/*/dist and build: of no source any more: ${stale.join()}`);
    }
  });

  test('leads nobody to its sources, and to nothing in this workspace', async () => {
    expect(await readIn(tarballs.get(name)!, 'package.json')).not.toMatch(
      /@mailslot\/source|workspace:|catalog:/,
    );
  });

  test('is about as large as it is recorded to be', async () => {
    const { [name]: recorded } = await recordedSizes();
    const size = await sizeOf(name, tarballs.get(name)!);
    for (const key of Object.keys(size) as (keyof Size)[]) {
      const change = size[key] / recorded![key] - 1;
      if (Math.abs(change) > TOLERANCE) {
        throw new Error(
          `${key} is ${size[key]}, not ${recorded![key]}. If that is meant: npx pnpm sizes.`,
        );
      }
    }
  });
});

test('releases give all packages one version', async () => {
  const config = JSON.parse(
    await readFile(new URL('../../.changeset/config.json', import.meta.url), 'utf8'),
  );
  expect(config.fixed).toEqual([PACKAGES]);
});
