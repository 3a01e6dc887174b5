/** The built program `mailslot`, in processes of its own, on a network of their own on loopback. */

import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { randomInt, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';

import { joinNetwork, type Network, udp } from '@mailslot/core';

import { until } from './real-time.ts';

/** The built program. */
export const PROGRAM: string = fileURLToPath(
  new URL('../../packages/cli/dist/main.js', import.meta.url),
);

/** One run of the program. */
export class CliProcess {
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  /** Resolves with the exit status when all output is there; null if a signal ended the process. */
  readonly exited: Promise<number | null>;
  /** Standard output so far. */
  out = '';
  /** Standard error so far. */
  err = '';

  constructor(argv: readonly string[], environment: NodeJS.ProcessEnv) {
    this.#child = spawn(process.execPath, [PROGRAM, ...argv], {
      env: environment,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const { stdin, stdout, stderr } = this.#child;
    stdout.setEncoding('utf8').on('data', (text: string) => (this.out += text));
    stderr.setEncoding('utf8').on('data', (text: string) => (this.err += text));
    // The program may end before it has read what it is given.
    stdin.on('error', () => {});
    this.exited = new Promise((resolve) => {
      this.#child.once('close', (status) => resolve(status));
    });
  }

  get lines(): readonly string[] {
    return this.out.split('\n').slice(0, -1);
  }

  /** The lines of `--json`. */
  get objects(): readonly any[] {
    return this.lines.map((line): unknown => JSON.parse(line));
  }

  /** Waits until the program says that it has begun. */
  async begun(): Promise<this> {
    await until(() => this.err.includes('Ctrl-C ends'));
    return this;
  }

  /** Gives standard input all that it gets. */
  input(bytes: Uint8Array): this {
    this.#child.stdin.end(bytes);
    return this;
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** Goes away as the reader of its output, as `head` does. */
  stopReading(): void {
    this.#child.stdout.destroy();
  }

  async stop(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.exited;
  }
}

/** A directory, a domain and a port that no other test uses. */
export class CliNetwork implements AsyncDisposable {
  readonly domain: string = `TEST-${randomUUID().slice(0, 8).toUpperCase()}`;
  readonly #port: number = randomInt(20_000, 30_000);
  readonly #options: readonly string[];
  readonly #directory: string;
  readonly #programs: CliProcess[] = [];

  static async create(): Promise<CliNetwork> {
    if (!existsSync(PROGRAM))
      throw new Error('The program is not built: run `npx pnpm build` first.');
    return new CliNetwork(await mkdtemp(join(tmpdir(), 'mailslot-cli-')));
  }

  private constructor(directory: string) {
    this.#directory = directory;
    this.#options = ['--interface', 'loopback', '--udp-port', String(this.#port)];
  }

  /** Runs the program in the test's domain, or in another one that `argv` names. */
  run(...argv: readonly string[]): CliProcess {
    const [command, ...rest] = argv as [string, ...string[]];
    return this.runBare(command, '--domain', this.domain, ...this.#options, ...rest);
  }

  /** Joins it within this process. */
  join(): Promise<Network> {
    const transports = [udp({ interfaces: ['loopback'], port: this.#port })];
    return joinNetwork({ domain: this.domain, transports });
  }

  /** What {@link run} runs, as words for a shell. */
  commandLine(command: string, ...rest: readonly string[]): string {
    const words = [process.execPath, PROGRAM, command, '--domain', this.domain, ...this.#options];
    return [...words, ...rest].map((word) => `'${word}'`).join(' ');
  }

  /** Runs the program with these words and no others. */
  runBare(...argv: readonly string[]): CliProcess {
    const program = new CliProcess(argv, {
      ...process.env,
      XDG_RUNTIME_DIR: this.#directory,
      NO_COLOR: '1',
    });
    this.#programs.push(program);
    return program;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#programs.map((program) => program.stop()));
    await rm(this.#directory, { recursive: true, force: true });
  }
}
