/** The packages as a registry would get them, and how large they are. */

import { execFile } from 'node:child_process';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';

import { build } from 'esbuild';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** What is published. */
export const PACKAGES = [
  '@mailslot/core',
  '@mailslot/discovery',
  '@mailslot/services',
  '@mailslot/page',
  'mailslot',
];

/** Packs built packages into a directory; resolves with the tarball of each. */
export async function pack(directory: string): Promise<ReadonlyMap<string, string>> {
  const tarballs = new Map<string, string>();
  await Promise.all(
    PACKAGES.map((name) =>
      run('npx', ['pnpm', '--filter', name, 'pack', '--pack-destination', directory], {
        cwd: ROOT,
      }),
    ),
  );
  for (const file of await readdir(directory)) {
    const name = PACKAGES.find(
      (each) => file.replace(/-\d.*/, '') === each.replace('@', '').replace('/', '-'),
    );
    if (name !== undefined) tarballs.set(name, join(directory, file));
  }
  return tarballs;
}

/** The files in a tarball, without the `package/` that each path begins with. */
export async function filesIn(tarball: string): Promise<readonly string[]> {
  const { stdout } = await run('tar', ['-tzf', tarball]);
  return stdout
    .trim()
    .split('\n')
    .map((path) => path.replace(/^package\//, ''))
    .toSorted();
}

/** A file in a tarball. */
export async function readIn(tarball: string, file: string): Promise<string> {
  const { stdout } = await run('tar', ['-xOzf', tarball, `package/${file}`]);
  return stdout;
}

export interface Size {
  /** What is downloaded to install the package, without what it depends on. */
  readonly tarballBytes: number;
  /** All of its main door in a program that is bundled, minified and gzipped, without what it depends on. */
  readonly bundleBytes: number;
}

export async function sizeOf(name: string, tarball: string): Promise<Size> {
  const { outputFiles } = await build({
    stdin: { contents: `export * from '${name}';`, resolveDir: join(ROOT, 'test') },
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    plugins: [
      {
        name: 'what others wrote stays outside',
        setup(bundler) {
          bundler.onResolve({ filter: /^[^.]/ }, ({ path, kind }) =>
            path === name || kind === 'entry-point' ? undefined : { path, external: true },
          );
        },
      },
    ],
  });
  const { size: tarballBytes } = await stat(tarball);
  return { tarballBytes, bundleBytes: gzipSync(outputFiles[0]!.contents, { level: 9 }).length };
}

export const SIZES_FILE: string = join(ROOT, 'test/sizes.json');

export async function recordedSizes(): Promise<Readonly<Record<string, Size>>> {
  return JSON.parse(await readFile(SIZES_FILE, 'utf8'));
}
