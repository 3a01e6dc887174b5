/** Lists that were fetched from other browsers. Each is good until three fetches have failed. */

import type { Agenda } from '@mailslot/core/internal';

import { Alarm, type Task } from './alarm.ts';
import type { BrowseEntry } from './browse-list.ts';
import type { PulledLists } from './effects.ts';
import { EXPIRY_PERIODS } from './roster.ts';

/** Browsers whose lists are held: masters of as many subnets. */
export const COPIES_MAX = 64;

interface Copy {
  lists: PulledLists;
  readonly expiry: Alarm;
}

export class Copies {
  readonly #agenda: Agenda<Task>;
  readonly #lifetimeMs: number;
  readonly #changed: () => void;
  readonly #copies = new Map<string, Copy>();

  constructor(agenda: Agenda<Task>, pullMs: number, changed: () => void) {
    this.#agenda = agenda;
    this.#lifetimeMs = EXPIRY_PERIODS * pullMs;
    this.#changed = changed;
  }

  /** Holds the lists of a browser, instead of those it gave before. Nothing happens if there are too many. */
  put(from: string, lists: PulledLists, now: number): void {
    let copy = this.#copies.get(from);
    if (copy === undefined) {
      if (this.#copies.size >= COPIES_MAX) return;
      const expiry = new Alarm(this.#agenda, () => this.drop(from));
      this.#copies.set(from, (copy = { lists, expiry }));
    }
    copy.lists = lists;
    copy.expiry.set(now + this.#lifetimeMs);
    this.#changed();
  }

  drop(from: string): void {
    const copy = this.#copies.get(from);
    if (copy === undefined) return;
    copy.expiry.cancel();
    this.#copies.delete(from);
    this.#changed();
  }

  /** Holds none but that of one browser. */
  dropOthers(than?: string): void {
    for (const from of this.#copies.keys()) if (from !== than) this.drop(from);
  }

  *servers(): IterableIterator<BrowseEntry> {
    for (const { lists } of this.#copies.values()) yield* lists.servers;
  }

  *domains(): IterableIterator<BrowseEntry> {
    for (const { lists } of this.#copies.values()) yield* lists.domains;
  }
}
