/**
 * All that happened at a table, as two logs: each side writes its own and no other, so that there is never anything to
 * agree on. Every entry says how much of the other log its writer had read. From that both sides make one and the same
 * order, in which nothing comes before what it answers.
 */

import type { Side } from './board.ts';
import { type Act, allows, type Match, NEW_MATCH, other, play, withSide } from './match.ts';

export interface Entry {
  /** How many entries of the other side its writer had read. */
  readonly seen: number;
  readonly act: Act;
}

export type Journal = readonly [readonly Entry[], readonly Entry[]];

export const EMPTY_JOURNAL: Journal = [[], []];

/** A hundred rounds and much talk; a stranger that goes on and on fills no memory. */
export const ENTRIES_MAX = 4096;

/** What a side did, in the order that both sides see. */
export interface Deed {
  readonly side: Side;
  readonly act: Act;
}

/** The journal with one more entry of a side; undefined if the rules forbid it, or the table's paper is full. */
export function append(journal: Journal, side: Side, entry: Entry): Journal | undefined {
  const log = journal[side];
  const seenBefore = log.at(-1)?.seen ?? 0;
  if (log.length >= ENTRIES_MAX) return undefined;
  if (entry.seen < seenBefore || entry.seen > journal[other(side)].length) return undefined;
  if (!allows(matchOf(journal), side, entry.act)) return undefined;
  return withSide(journal, side, [...log, entry]);
}

/** One order of both logs. Where neither knew of the other, the host comes first. */
export function deeds([hosts, guests]: Journal): readonly Deed[] {
  const order: Deed[] = [];
  for (let host = 0, guest = 0; host < hosts.length || guest < guests.length;) {
    const entry = hosts[host];
    if (entry !== undefined && (entry.seen <= guest || guest === guests.length)) {
      order.push({ side: 0, act: entry.act });
      host++;
    } else {
      order.push({ side: 1, act: guests[guest]!.act });
      guest++;
    }
  }
  return order;
}

/**
 * How the match stands. It does not depend on the order of what happened at the same time: only one side may move, and
 * the rest commutes.
 */
export function matchOf(journal: Journal): Match {
  return deeds(journal).reduce((match, { side, act }) => play(match, side, act), NEW_MATCH);
}
