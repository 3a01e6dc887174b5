/** The files that a page is made of. They are read once: no request can name any other. */

import { readdir, readFile } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

export interface Asset {
  readonly type: string;
  readonly body: Buffer;
}

/** By the path that asks for them; `/` is `index.html`. Of files with one name the last directory's is taken. */
export async function readAssets(
  directories: readonly (URL | string)[],
): Promise<ReadonlyMap<string, Asset>> {
  const assets = new Map<string, Asset>();
  for (const each of directories) {
    const directory = each instanceof URL ? fileURLToPath(each) : each;
    for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
      const type = TYPES[extname(entry.name)];
      if (type === undefined || !entry.isFile()) continue;
      const file = join(entry.parentPath, entry.name);
      const path = relative(directory, file).split(sep).join('/');
      assets.set(path === 'index.html' ? '/' : `/${path}`, { type, body: await readFile(file) });
    }
  }
  return assets;
}
