/** The libraries of others. They are no part of this workspace, and are installed when they are first measured. */

import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const DIRECTORY = new URL('../../compared/', import.meta.url);

/** Installs them, without running any script of theirs, unless that was done before. */
export function installCompared(): void {
  if (existsSync(new URL('node_modules/.package-lock.json', DIRECTORY))) return;
  execFileSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: DIRECTORY,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

/** A library, whose type the caller has to know. */
export const compared: NodeJS.Require = createRequire(
  fileURLToPath(new URL('package.json', DIRECTORY)),
);
