/** The program `mailslot` on a host of a LAN of namespaces. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

import type { Host } from './lan.ts';

const MAIN = fileURLToPath(new URL('../../packages/cli/src/main.ts', import.meta.url));
const TEST_PACKAGE = fileURLToPath(new URL('..', import.meta.url));

export class ProgramOn {
  /** Standard output and error so far. */
  out = '';
  err = '';
  readonly exited: Promise<number | null>;
  readonly #child: ChildProcess;

  constructor(host: Host, argv: readonly string[]) {
    const node = ['--conditions=@mailslot/source', '--import', 'tsx', MAIN, ...argv];
    const [command, ...args] = host.command(process.execPath, ...node);
    this.#child = spawn(command, args, { cwd: TEST_PACKAGE, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child.stdout!.on('data', (text: Buffer) => (this.out += text.toString()));
    this.#child.stderr!.on('data', (text: Buffer) => (this.err += text.toString()));
    this.exited = once(this.#child, 'exit').then(([status]: (number | null)[]) => status ?? null);
  }

  /** As Ctrl-C does. */
  end(): void {
    this.#child.kill('SIGINT');
  }

  /** As a power cut does. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.exited;
  }
}
