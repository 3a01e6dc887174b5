/**
 * One side's copy of the journal, kept equal to the other's over a network that loses, repeats and reorders. Entries are
 * numbered by their place in the log of their writer; each letter says how many of the reader's it acknowledges; and
 * what is not acknowledged is sent again. Pure: letters and time in, letters and the next time out.
 */

import type { Side } from './board.ts';
import { append, type Entry, type Journal } from './journal.ts';
import { type Act, other } from './match.ts';

export interface Letter {
  /** The number of the first of these entries. */
  readonly from: number;
  readonly entries: readonly Entry[];
  /** How many entries of the reader the writer has. */
  readonly acknowledged: number;
}

/** A round trip on a poor Wi-Fi, and the pause of a busy program. */
export const RETRY_MS_MIN = 200;

/** An absent player costs half a letter a second, and one who comes back is up to date after two seconds. */
export const RETRY_MS_MAX = 2000;

/** So that a letter, signed, is one datagram: it is lost whole or not at all, and not with any of its fragments. */
const ENTRIES_CHARACTERS_MAX = 700;

export class Replica {
  readonly side: Side;
  /** Set once the other side wrote what the rules forbid. Nothing after it is read. */
  refused = false;
  #journal: Journal;
  /** How many of our entries the other side has. */
  #acknowledged = 0;
  #owesAcknowledgement = true;
  #retryMs = RETRY_MS_MIN;
  #retryAt = -Infinity;

  /** Begins by telling all, since nobody knows what the other side has. */
  constructor(side: Side, journal: Journal) {
    this.side = side;
    this.#journal = journal;
  }

  get journal(): Journal {
    return this.#journal;
  }

  /** Entries of ours that the other side has not acknowledged. */
  get unacknowledged(): number {
    return this.#mine.length - this.#acknowledged;
  }

  /** When a letter is due if nothing happens before. */
  get wakeAt(): number {
    if (this.#owesAcknowledgement) return -Infinity;
    return this.unacknowledged > 0 ? this.#retryAt : Infinity;
  }

  /** Writes an entry of our own, or returns false if the rules forbid it. */
  write(act: Act): boolean {
    const entry = { seen: this.#theirs.length, act };
    const journal = append(this.#journal, this.side, entry);
    if (journal === undefined) return false;
    this.#journal = journal;
    this.#hurry();
    return true;
  }

  /** Returns whether it brought anything new. */
  read({ from, entries, acknowledged }: Letter): boolean {
    // What we have not written nobody has read.
    if (acknowledged > this.#mine.length) return false;
    if (acknowledged > this.#acknowledged) {
      this.#acknowledged = acknowledged;
      this.#hurry();
    }
    if (entries.length === 0) return false;
    this.#owesAcknowledgement = true;
    const known = this.#theirs.length;
    // Letters before this one are missing; they come again, and so does this one.
    if (from > known) return false;
    for (const entry of entries.slice(known - from)) this.#take(entry);
    return this.#theirs.length > known;
  }

  /** The other side has begun a new life, and may have forgotten the end of the last. */
  greet(): void {
    this.#acknowledged = 0;
    this.#owesAcknowledgement = true;
    this.#hurry();
  }

  /** What is to be sent now, if anything is. */
  letterDue(now: number): Letter | undefined {
    if (now < this.wakeAt) return undefined;
    this.#owesAcknowledgement = false;
    const letter = {
      from: this.#acknowledged,
      entries: batch(this.#mine, this.#acknowledged),
      acknowledged: this.#theirs.length,
    };
    this.#retryAt = now + this.#retryMs;
    this.#retryMs = Math.min(2 * this.#retryMs, RETRY_MS_MAX);
    return letter;
  }

  get #mine(): readonly Entry[] {
    return this.#journal[this.side];
  }

  get #theirs(): readonly Entry[] {
    return this.#journal[other(this.side)];
  }

  #take(entry: Entry): void {
    if (this.refused) return;
    const journal = append(this.#journal, other(this.side), entry);
    if (journal === undefined) this.refused = true;
    else this.#journal = journal;
  }

  #hurry(): void {
    this.#retryMs = RETRY_MS_MIN;
    this.#retryAt = -Infinity;
  }
}

/** As many entries as a letter may hold, and at least one. */
function batch(log: readonly Entry[], from: number): readonly Entry[] {
  let characters = 0;
  let end = from;
  for (; end < log.length; end++) {
    characters += JSON.stringify(log[end]).length;
    if (characters > ENTRIES_CHARACTERS_MAX && end > from) break;
  }
  return log.slice(from, end);
}
