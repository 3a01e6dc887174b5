/** The program in this process: its words in, its lines out. It never touches a real network. */

import { PassThrough, type Readable } from 'node:stream';
import { WriteStream } from 'node:tty';

import { type Environment, type ExitStatus, run } from 'mailslot';

export interface ProgramOptions {
  /** What standard input has; nothing by default. With null it stays open. */
  readonly input?: string | Uint8Array | null;
  /** How to join a network; none can be joined by default. */
  readonly join?: NonNullable<Environment['join']>;
  /** How to examine one; none can be by default. */
  readonly diagnose?: NonNullable<Environment['diagnose']>;
  /** Is everything a terminal? */
  readonly terminal?: boolean;
  /** What MAILSLOT_SECRET says. */
  readonly secret?: string;
}

class Terminal extends PassThrough {
  readonly isTTY = true;

  getColorDepth(): number {
    return WriteStream.prototype.getColorDepth();
  }
}

function noNetwork(): never {
  throw new Error('There is no network in this test.');
}

export class Program {
  readonly stdin: Readable;
  readonly stdout: PassThrough;
  readonly exited: Promise<ExitStatus>;
  /** Standard output so far. */
  out = '';
  /** Standard error so far. */
  err = '';
  readonly #end = new AbortController();

  constructor(
    argv: readonly string[],
    { input = '', terminal, join = noNetwork, diagnose = noNetwork, secret }: ProgramOptions = {},
  ) {
    const Stream = terminal === true ? Terminal : PassThrough;
    const stdin = new Stream();
    this.stdin = stdin;
    const stderr = new Stream();
    this.stdout = new Stream();
    this.stdout.on('data', (chunk: Buffer) => (this.out += chunk.toString()));
    stderr.on('data', (chunk: Buffer) => (this.err += chunk.toString()));
    if (input !== null) stdin.end(input);
    const { stdout } = this;
    const { signal } = this.#end;
    const environment = { argv, stdin, stdout, stderr, signal, join, diagnose };
    this.exited = run(secret === undefined ? environment : { ...environment, secret });
  }

  get lines(): readonly string[] {
    return this.out.split('\n').slice(0, -1);
  }

  /** As Ctrl-C does. */
  interrupt(): void {
    this.#end.abort();
  }
}

export interface Outcome {
  readonly status: ExitStatus;
  readonly out: string;
  readonly err: string;
}

/** Runs the program to its end. */
export async function runProgram(
  argv: readonly string[],
  options: ProgramOptions = {},
): Promise<Outcome> {
  const program = new Program(argv, options);
  const status = await program.exited;
  await new Promise(setImmediate);
  return { status, out: program.out, err: program.err };
}
