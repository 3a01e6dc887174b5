/** A list that changes while a person moves through it. */

import { systemClock, type Timer } from '@mailslot/core';

import type { Output } from '../output.ts';
import type { Session } from '../session.ts';
import type { Key } from './key.ts';
import { arrange, INITIAL, type Listing, type ListingState, press } from './listing.ts';
import { lastTopOf, linesOf, type Page, pageOf } from './listing-lines.ts';
import { Screen } from './screen.ts';

/** What is to be seen. */
export interface Scene<Row> {
  readonly listing: Listing<Row>;
  /** How it is sorted at first; default: by its first column, ascending. */
  readonly initial?: Partial<ListingState>;
  readonly empty: string;
  /** As they are now. */
  rows(): readonly Row[];
  title(): string;
}

/** A person sees no more pictures than this, and a list of a thousand rows takes some milliseconds. */
const FRAME_MS = 100;

/** Told again after the view, when they can be read in peace. */
const NOTES_MAX = 10;

/** Is there a person who sees a terminal and presses keys? `--json` and `--count` ask for lines. */
export function isInteractive({ environment, options }: Session): boolean {
  const { stdin, stdout } = environment;
  const wantsLines = options.json || options.count !== undefined;
  return !wantsLines && stdout.isTTY === true && stdin.isTTY === true && 'setRawMode' in stdin;
}

/** Shows a scene until the session ends. Rejects with what goes wrong meanwhile; the terminal is as before, then, too. */
export async function showLive<Row>(session: Session, scene: Scene<Row>): Promise<void> {
  const notes = new Notes(session.output);
  try {
    using view = new LiveView(session, scene, notes);
    await Promise.race([session.ended, view.failed]);
  } finally {
    notes.end();
  }
}

class LiveView<Row> implements Disposable {
  /** Never resolves; rejects if a key or a picture fails. */
  readonly failed: Promise<never>;
  readonly #session: Session;
  readonly #scene: Scene<Row>;
  readonly #notes: Notes;
  readonly #screen: Screen;
  #state: ListingState;
  #frozen: readonly Row[] | undefined;
  #timer: Timer | undefined;
  #fail!: (error: unknown) => void;

  constructor(session: Session, scene: Scene<Row>, notes: Notes) {
    this.failed = new Promise((_, reject) => (this.#fail = reject));
    this.#session = session;
    this.#scene = scene;
    this.#notes = notes;
    this.#state = { ...INITIAL, ...scene.initial };
    this.#screen = new Screen(session.environment, {
      pressed: (key) => this.#guard(() => this.#press(key)),
      resized: () => this.#guard(() => this.#draw()),
    });
    this.#tick();
  }

  [Symbol.dispose](): void {
    this.#timer?.cancel();
    this.#screen[Symbol.dispose]();
  }

  #tick(): void {
    this.#guard(() => this.#draw());
    this.#timer = systemClock.schedule(FRAME_MS, () => this.#tick());
  }

  #press(key: Key): void {
    const { listing } = this.#scene;
    const rows = this.#arranged();
    const chosen = rows.find((row) => listing.key(row) === this.#state.selected);
    const shown = {
      keys: rows.map((row) => listing.key(row)),
      columns: listing.columns.length,
      page: pageOf(this.#screen.rows),
      lastTop: chosen === undefined ? 0 : lastTopOf(listing.detail(chosen), this.#page),
    };
    this.#state = press(this.#state, key, shown);
    if (this.#state.quit) return this.#session.end();
    if (this.#state.paused) this.#frozen ??= this.#scene.rows();
    else this.#frozen = undefined;
    this.#draw();
  }

  #draw(): void {
    const { listing, empty } = this.#scene;
    const frame = { title: this.#scene.title(), note: this.#notes.last, empty };
    this.#screen.draw(linesOf(this.#arranged(), listing, this.#state, frame, this.#page));
  }

  get #page(): Page {
    const { columns, rows } = this.#screen;
    return { columns, rows, paint: this.#session.output.paint };
  }

  #arranged(): readonly Row[] {
    return arrange(this.#frozen ?? this.#scene.rows(), this.#scene.listing, this.#state);
  }

  /** Whatever fails in a timer or at a key would end the process before the terminal is as it was. */
  #guard(action: () => void): void {
    try {
      action();
    } catch (error) {
      this.#fail(error);
    }
  }
}

/** What the program had to say while the screen was taken. */
class Notes {
  readonly #output: Output;
  readonly #giveBack: () => void;
  #notes: readonly string[] = [];

  constructor(output: Output) {
    this.#output = output;
    this.#giveBack = output.divertNotes((text) => {
      this.#notes = [...this.#notes, text].slice(-NOTES_MAX);
    });
  }

  get last(): string {
    return this.#notes.at(-1) ?? '';
  }

  end(): void {
    this.#giveBack();
    for (const note of this.#notes) this.#output.note(note);
  }
}
