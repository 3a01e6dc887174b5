/** The terminal as a whole: lines out, keys in. It is given back as it was, whatever happens. */

import { emitKeypressEvents } from 'node:readline';

import type { Environment } from '../environment.ts';
import { type Key, keyOf, type Keypress } from './key.ts';

/** Another screen than the one with the shell's lines, no cursor, and no wrapping of what is wider than thought. */
const ENTER = '\u001b[?1049h\u001b[?25l\u001b[?7l';
const LEAVE = '\u001b[?7h\u001b[?25h\u001b[?1049l';

/** Terminals that know it show what lies between these at once; others ignore them. */
const BEGIN_FRAME = '\u001b[?2026h';
const END_FRAME = '\u001b[?2026l';

const CLEAR_REST_OF_LINE = '\u001b[K';
const CLEAR_REST = '\u001b[J';

/** What a terminal has that does not say. */
const COLUMNS = 80;
const ROWS = 24;

export interface ScreenEvents {
  pressed(key: Key): void;
  resized(): void;
}

export class Screen implements Disposable {
  readonly #stdin: Environment['stdin'];
  readonly #stdout: Environment['stdout'];
  readonly #events: ScreenEvents;
  readonly #forgetExit: (() => void) | undefined;
  #drawn: readonly string[] = [];
  #isOpen = true;

  constructor({ stdin, stdout, onExit }: Environment, events: ScreenEvents) {
    this.#stdin = stdin;
    this.#stdout = stdout;
    this.#events = events;
    // Before the screen is touched, so that there is no moment at which it would stay so.
    this.#forgetExit = onExit?.(() => this.#restore());
    emitKeypressEvents(stdin);
    stdin.setRawMode?.(true);
    stdin.on('keypress', this.#onKeypress);
    stdin.resume();
    stdout.on('resize', this.#onResize);
    stdout.write(ENTER);
  }

  // Some terminals say 0.
  get columns(): number {
    return this.#stdout.columns || COLUMNS;
  }

  get rows(): number {
    return this.#stdout.rows || ROWS;
  }

  /** Shows these lines and no others. A terminal that is behind gets none until it has caught up. */
  draw(lines: readonly string[]): void {
    if (this.#stdout.writableNeedDrain) return;
    const changes = lines.flatMap((line, at) =>
      line === this.#drawn[at] ? [] : [`\u001b[${at + 1};1H${line}${CLEAR_REST_OF_LINE}`],
    );
    if (lines.length < this.#drawn.length) {
      changes.push(`\u001b[${lines.length + 1};1H${CLEAR_REST}`);
    }
    this.#drawn = lines;
    if (changes.length > 0) this.#stdout.write(BEGIN_FRAME + changes.join('') + END_FRAME);
  }

  [Symbol.dispose](): void {
    this.#stdin.off('keypress', this.#onKeypress);
    this.#stdin.pause();
    this.#stdout.off('resize', this.#onResize);
    this.#forgetExit?.();
    this.#restore();
  }

  #restore(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#stdin.setRawMode?.(false);
    this.#stdout.write(LEAVE);
  }

  readonly #onKeypress = (typed: string | undefined, keypress: Keypress): void => {
    const key = keyOf(typed, keypress);
    if (key !== undefined) this.#events.pressed(key);
  };

  /** What a terminal makes of its lines when it gets narrower is its own business: all are drawn anew. */
  readonly #onResize = (): void => {
    this.#drawn = [];
    this.#stdout.write(`\u001b[H${CLEAR_REST}`);
    this.#events.resized();
  };
}
