import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Where Node finds `tsx`. */
const TEST_PACKAGE = fileURLToPath(new URL('..', import.meta.url));

/** Runs a TypeScript source of this repository in a process of its own, with a channel for messages. */
export function forkSource(script: URL, args: readonly string[] = []): ChildProcess {
  return fork(fileURLToPath(script), args, {
    cwd: TEST_PACKAGE,
    execArgv: ['--conditions=@mailslot/source', '--import', 'tsx'],
  });
}
