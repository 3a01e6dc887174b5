/** The demo as a picture that is redrawn in place. */

import { env } from 'node:process';

import { frame } from './frame.ts';
import { judge } from './judge.ts';
import { finale } from './prose.ts';
import type { Happening } from './record.ts';
import { CAST, STORY } from './story.ts';
import type { View } from './view.ts';

/** Ten a second: seconds with a tenth count smoothly. */
const FRAME_MS = 100;

/** The cursor hidden, and long lines cut instead of wrapped, or there would be more of them than were drawn. */
const BEGIN = '\u001B[?25l\u001B[?7l';
const END = '\u001B[?25h\u001B[?7h';

export class TerminalView implements View {
  readonly #record: readonly Happening[];
  readonly #now: () => number;
  readonly #timer: NodeJS.Timeout;
  #height = 0;
  #closed = false;

  constructor(record: readonly Happening[], now: () => number) {
    this.#record = record;
    this.#now = now;
    process.stdout.write(BEGIN);
    this.#timer = setInterval(() => this.#draw(), FRAME_MS).unref();
    this.#draw();
  }

  show(): void {
    this.#draw();
  }

  finish(): void {
    this.close();
    console.log(`\n${finale(judge(STORY, this.#record)).join('\n')}`);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#timer);
    process.stdout.write(END);
  }

  /** In one write, so that no half picture is ever seen. */
  #draw(): void {
    const lines = frame(STORY, CAST, this.#record, this.#now());
    const up = this.#height === 0 ? '' : `\u001B[${this.#height}A`;
    const text = lines.map((line) => `\r\u001B[2K${line}\n`).join('');
    process.stdout.write(up + text);
    this.#height = lines.length;
  }
}

/** Whether a stream can show it: a terminal that knows how to move its cursor, and is high enough. */
export function canRedraw({ isTTY, rows }: NodeJS.WriteStream & { rows?: number }): boolean {
  return isTTY && env['TERM'] !== 'dumb' && (rows ?? 0) > frame(STORY, CAST, [], 0).length;
}
