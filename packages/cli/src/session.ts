/** One run of one command: what it was told, where it writes, and when it ends. */

import { systemClock } from '@mailslot/core';

import type { Environment } from './environment.ts';
import type { Options } from './options.ts';
import type { Output } from './output.ts';
import type { Paint } from './paint.ts';
import { jsonLine } from './printable.ts';

/** A result, in both of the forms it can be asked for. */
export interface Result {
  readonly json: () => object;
  /** One line, or a few, in which all that is foreign is printable. */
  readonly text: (paint: Paint) => string;
}

export interface SessionParts {
  readonly environment: Environment;
  readonly output: Output;
  readonly operands: readonly string[];
  readonly options: Options;
}

export class Session {
  readonly environment: Environment;
  readonly output: Output;
  readonly operands: readonly string[];
  readonly options: Options;
  /** Fires when the session is to end: by Ctrl-C, by `--for` or `--count`, or because nobody reads any more. */
  readonly signal: AbortSignal;
  /** Resolves when the session is to end. */
  readonly ended: Promise<void>;
  readonly #end = new AbortController();
  #results = 0;

  constructor({ environment, output, operands, options }: SessionParts) {
    this.environment = environment;
    this.output = output;
    this.operands = operands;
    this.options = options;
    this.signal = AbortSignal.any([environment.signal, output.lost, this.#end.signal]);
    this.ended = new Promise((resolve) => this.onEnd(resolve));
  }

  /** Calls `action` when the session is to end, or at once. */
  onEnd(action: () => void): void {
    if (this.signal.aborted) action();
    else this.signal.addEventListener('abort', action, { once: true });
  }

  /** Ends it, because the person wishes so. */
  end(): void {
    this.#end.abort();
  }

  /** Says that all is set up. `--for` counts from here. */
  begin(note: string): void {
    this.output.note(note);
    if (this.options.for === undefined) return;
    const timer = systemClock.schedule(this.options.for, () => this.#end.abort());
    this.onEnd(() => timer.cancel());
  }

  /** Prints a result in the form asked for, and ends the session with the last one that `--count` wants. */
  async report({ json, text }: Result): Promise<void> {
    if (this.signal.aborted) return;
    const line = this.options.json ? jsonLine(json()) : text(this.output.paint);
    const written = this.output.write(line);
    if (++this.#results === this.options.count) this.#end.abort();
    await written;
  }

  /** Prints what only programs want to read; it does not count. */
  async record(json: object): Promise<void> {
    if (this.options.json) await this.output.write(jsonLine(json));
  }
}
