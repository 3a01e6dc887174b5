/** Where a program's words go: results to standard output, notes to standard error. */

import { once } from 'node:events';

import type { Environment } from './environment.ts';
import { type Paint, paintFor } from './paint.ts';
import { printable } from './printable.ts';

/** How much may wait for a slow reader before {@link Output.isBehind}. */
const BACKLOG_BYTES_MAX = 1024 * 1024;

export class Output {
  /** For standard output. */
  readonly paint: Paint;
  readonly #paintNote: Paint;
  readonly #stdout: Environment['stdout'];
  readonly #stderr: Environment['stderr'];
  readonly #lost = new AbortController();
  #takeNote: ((text: string) => void) | undefined;

  constructor({ stdout, stderr }: Environment) {
    this.paint = paintFor(stdout);
    this.#paintNote = paintFor(stderr);
    this.#stdout = stdout;
    this.#stderr = stderr;
    stdout.on('error', (error) => this.#lost.abort(error));
    // Notes that nobody can hear are no reason to stop.
    stderr.on('error', () => {});
  }

  /** Fires when standard output takes no more, because its reader has gone or a disk is full. */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /** Why standard output was lost; undefined if it was not, or if its reader has just gone. */
  get failure(): Error | undefined {
    const reason: unknown = this.lost.reason;
    if (!(reason instanceof Error)) return undefined;
    return 'code' in reason && reason.code === 'EPIPE' ? undefined : reason;
  }

  /** Is the reader so slow that whoever cannot wait should leave things out? */
  get isBehind(): boolean {
    return this.#stdout.writableLength > BACKLOG_BYTES_MAX;
  }

  /** Writes a text that is printable already. Resolves when there is room for more. */
  async write(text: string): Promise<void> {
    if (this.lost.aborted || this.#stdout.write(`${text}\n`)) return;
    try {
      await once(this.#stdout, 'drain', { signal: this.lost });
    } catch {
      // Lost while waiting: `lost` tells.
    }
  }

  /** Resolves when all that was written has been taken, or never will be. */
  flush(): Promise<void> {
    return new Promise((resolve) => this.#stdout.write('', () => resolve()));
  }

  /** Says something to the person. */
  note(text: string): void {
    if (this.#takeNote !== undefined) return this.#takeNote(text);
    this.#stderr.write(`${this.#paintNote('dim', printable(text))}\n`);
  }

  /** Gives notes to whoever has the screen, instead of writing into it. Returns the way to end that. */
  divertNotes(take: (text: string) => void): () => void {
    this.#takeNote = take;
    return () => (this.#takeNote = undefined);
  }

  /** Says what went wrong. */
  complain(text: string): void {
    this.#stderr.write(`${this.#paintNote('red', 'mailslot:')} ${printable(text)}\n`);
  }
}
