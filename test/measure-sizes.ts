/** Measures the packages and records their sizes: `npx pnpm sizes`. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { pack, PACKAGES, type Size, SIZES_FILE, sizeOf } from './support/packed.ts';

const directory = await mkdtemp(join(tmpdir(), 'mailslot-sizes-'));
try {
  const tarballs = await pack(directory);
  const sizes: Record<string, Size> = {};
  for (const name of PACKAGES) sizes[name] = await sizeOf(name, tarballs.get(name)!);
  await writeFile(SIZES_FILE, `${JSON.stringify(sizes, undefined, 2)}\n`);
  console.table(sizes);
} finally {
  await rm(directory, { recursive: true });
}
