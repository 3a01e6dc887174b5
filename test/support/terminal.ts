/** A program on a real terminal: a pseudo-terminal of `script`, from util-linux. */

import { type ChildProcessByStdio, execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';

import { until } from './real-time.ts';
import { needs } from './requirement.ts';

export const hasScript: boolean = needs(
  'script of util-linux',
  process.platform === 'linux' && existsSync('/usr/bin/script'),
);

export class TerminalProgram implements AsyncDisposable {
  readonly #process: ChildProcessByStdio<Writable, Readable, null>;
  /** All that was written to the terminal so far. */
  out = '';
  readonly ended: Promise<void>;

  /** The same without what moves the cursor and colours. */
  get text(): string {
    // oxlint-disable-next-line no-control-regex -- that is what is taken out
    return this.out.replaceAll(/\u001b\[[\d;?]*[A-Za-z]/g, '');
  }

  /** Runs words of a shell. What the terminal is like is told before and after them. */
  constructor(words: string, environment: NodeJS.ProcessEnv = {}) {
    const line = `stty cols 80 rows 20; echo "terminal $(tty)"; echo "modes $(stty -g)"; ${words}; echo "status $?"; echo "modes $(stty -g)"`;
    this.#process = spawn('script', ['-qfec', line, '/dev/null'], {
      env: { ...process.env, TERM: 'xterm-256color', SHELL: '/bin/sh', ...environment },
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    this.#process.stdin.on('error', () => {});
    this.#process.stdout.setEncoding('utf8').on('data', (text: string) => (this.out += text));
    this.ended = new Promise((resolve) => {
      this.#process.once('close', () => resolve());
    });
  }

  type(keys: string): void {
    this.#process.stdin.write(keys);
  }

  async shows(pattern: RegExp): Promise<void> {
    try {
      await until(() => pattern.test(this.text));
    } catch {
      throw new Error(`Nothing like ${pattern} in:\n${JSON.stringify(this.out)}`);
    }
  }

  /** Makes it another size, as a window does. */
  resize(columns: number, rows: number): void {
    const [, device] = /terminal (\S+)/.exec(this.out)!;
    execFileSync('stty', ['-F', device!, 'cols', String(columns), 'rows', String(rows)]);
  }

  /** The modes of the terminal before and after the words. */
  get modes(): readonly string[] {
    return Array.from(this.text.matchAll(/^modes (\S+)/gm), ([, modes]) => modes!);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.ended;
  }
}
