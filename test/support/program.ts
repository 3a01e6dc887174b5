/** A program as a person runs it: started, typed to, read line by line, ended. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { until } from './real-time.ts';

export class Program implements AsyncDisposable {
  /** What it printed, on standard output and standard error. */
  readonly lines: string[] = [];
  readonly #process: ChildProcess;
  /** Resolves with the exit status or the ending signal, once nobody holds its output open any more. */
  readonly ended: Promise<number | NodeJS.Signals>;

  /** Runs a built program, such as `packages/examples/dist/chat.js`, seen from the root of the repository. */
  constructor(script: string, args: readonly string[]) {
    const path = fileURLToPath(new URL(`../../${script}`, import.meta.url));
    this.#process = spawn(process.execPath, [path, ...args], { stdio: 'pipe' });
    for (const stream of [this.#process.stdout!, this.#process.stderr!]) {
      createInterface({ input: stream }).on('line', (line) => this.lines.push(line));
    }
    // One that has ended does not read; what it printed tells why.
    this.#process.stdin!.on('error', () => {});
    this.ended = once(this.#process, 'close').then(([status, signal]) => status ?? signal);
  }

  /** Resolves with what the pattern matched, once there is such a line. */
  async prints(pattern: RegExp): Promise<RegExpExecArray> {
    const find = (): RegExpExecArray | undefined =>
      this.lines.map((line) => pattern.exec(line)).find((match) => match !== null);
    try {
      await until(() => find() !== undefined);
    } catch {
      throw new Error(`No line like ${pattern} in:\n${this.lines.join('\n')}`);
    }
    return find()!;
  }

  type(line: string): void {
    this.#process.stdin!.write(`${line}\n`);
  }

  /** As Ctrl-D does. */
  endInput(): void {
    this.#process.stdin!.end();
  }

  signal(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.signal('SIGKILL');
    await this.ended;
  }
}
