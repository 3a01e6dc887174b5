/** Peers as hosts of the classic network: what is announced of them, and when. Pure. */

import type { Peer } from '../../peer.ts';
import { type Announcement, BROWSER_VERSION, SIGNATURE } from '../frames/layouts.ts';
import { DEFAULT_SERVER_TYPE } from '../server-type.ts';
import { commentOf, netbiosNameOf } from './guise.ts';

/** Hosts that one bridge shows at once: half of what a browser of ours takes from one address. */
export const SHOWN_MAX = 128;

/** Between two announcements, whoever comes and goes: ten a second are nothing to a subnet, thousands are. */
export const SPACING_MS = 100;

/** How long after its last announcement a host that the list lacks is announced again: a list may be a little old. */
export const RECALL_MS = 60_000;

/** A peer as the classic network sees it. */
export interface ShownPeer {
  /** Its NetBIOS name. */
  readonly name: string;
  readonly peer: Peer;
}

export interface ShowcaseParts {
  readonly service: string;
  /** Between the announcements of a host; the last one repeats. */
  readonly intervalsMs: readonly number[];
}

interface Exhibit {
  readonly name: string;
  peer: Peer;
  comment: string;
  count: number;
  dueAt: number;
  announcedAt: number;
}

export class Showcase {
  readonly #parts: ShowcaseParts;
  /** By the ids of peers, and then by the names that they have here. */
  readonly #exhibits = new Map<string, Exhibit>();
  readonly #names = new Set<string>();
  /** Names that were announced and stand for nobody any more. */
  readonly #farewells = new Set<string>();
  #spokenAt = -Infinity;

  constructor(parts: ShowcaseParts) {
    this.#parts = parts;
  }

  /** Who is shown, by peer. */
  get shown(): readonly ShownPeer[] {
    return Array.from(this.#exhibits.values(), ({ name, peer }) => ({ name, peer }));
  }

  /** When the next announcement is to leave; `Infinity` if there is none. */
  get nextAt(): number {
    let dueAt = this.#farewells.size > 0 ? -Infinity : Infinity;
    for (const exhibit of this.#exhibits.values()) dueAt = Math.min(dueAt, exhibit.dueAt);
    return Math.max(dueAt, this.#spokenAt + SPACING_MS);
  }

  /** Shows these peers and no others. `taken` are the names of hosts that are really there: they always come first. */
  show(peers: readonly Peer[], taken: ReadonlySet<string>, now: number): void {
    const present = new Set(peers.map(({ id }) => id));
    for (const [id, { name }] of this.#exhibits) {
      // No goodbye for the name of a host that has it: it would take that one off the list.
      if (taken.has(name)) this.#remove(id);
      else if (!present.has(id)) this.#dismiss(id);
    }
    for (const name of this.#farewells) if (taken.has(name)) this.#farewells.delete(name);
    for (const peer of peers) {
      const exhibit = this.#exhibits.get(peer.id);
      if (exhibit === undefined) this.#add(peer, taken, now);
      else this.#refresh(exhibit, peer, now);
    }
  }

  /** The list of the classic network has these names now: those of ours that it lacks are announced again. */
  recall(listed: ReadonlySet<string>, now: number): void {
    for (const exhibit of this.#exhibits.values()) {
      const isOverdue = now - exhibit.announcedAt >= RECALL_MS;
      if (isOverdue && !listed.has(exhibit.name)) exhibit.dueAt = Math.min(exhibit.dueAt, now);
    }
  }

  /** The announcement that is due, if one is. */
  next(now: number): Announcement | undefined {
    if (now < this.nextAt) return undefined;
    this.#spokenAt = now;
    const [gone] = this.#farewells;
    if (gone !== undefined) return this.#goodbye(gone);
    const exhibits = Array.from(this.#exhibits.values());
    const exhibit = exhibits.reduce((a, b) => (b.dueAt < a.dueAt ? b : a));
    const { intervalsMs } = this.#parts;
    const periodMs = intervalsMs[Math.min(exhibit.count++, intervalsMs.length - 1)]!;
    exhibit.announcedAt = now;
    exhibit.dueAt = now + periodMs;
    return announcementOf(exhibit, periodMs, DEFAULT_SERVER_TYPE);
  }

  /** Ends the show: the goodbyes of all that are shown. */
  close(): readonly Announcement[] {
    for (const id of this.#exhibits.keys()) this.#dismiss(id);
    return Array.from(this.#farewells, (name) => this.#goodbye(name));
  }

  #add(peer: Peer, taken: ReadonlySet<string>, now: number): void {
    if (this.#exhibits.size + this.#farewells.size >= SHOWN_MAX) return;
    const used = { has: (name: string) => taken.has(name) || this.#names.has(name) };
    const name = netbiosNameOf(peer, used);
    if (name === undefined) return;
    this.#farewells.delete(name);
    this.#names.add(name);
    const comment = commentOf(this.#parts.service, peer);
    const fresh = { name, peer, comment, count: 0, dueAt: now, announcedAt: -Infinity };
    this.#exhibits.set(peer.id, fresh);
  }

  #refresh(exhibit: Exhibit, peer: Peer, now: number): void {
    exhibit.peer = peer;
    const comment = commentOf(this.#parts.service, peer);
    if (comment === exhibit.comment) return;
    exhibit.comment = comment;
    exhibit.dueAt = Math.min(exhibit.dueAt, now);
  }

  #dismiss(id: string): void {
    const { name, count } = this.#exhibits.get(id)!;
    this.#remove(id);
    if (count > 0) this.#farewells.add(name);
  }

  #remove(id: string): void {
    this.#names.delete(this.#exhibits.get(id)!.name);
    this.#exhibits.delete(id);
  }

  #goodbye(name: string): Announcement {
    this.#farewells.delete(name);
    return announcementOf({ name, comment: '' }, 0, 0);
  }
}

function announcementOf(
  { name, comment }: Pick<Exhibit, 'name' | 'comment'>,
  periodMs: number,
  serverType: number,
): Announcement {
  return {
    updateCount: 0,
    periodMs,
    name,
    osMajor: 6,
    osMinor: 1,
    serverType,
    browserMajor: BROWSER_VERSION.major,
    browserMinor: BROWSER_VERSION.minor,
    signature: SIGNATURE,
    comment,
  };
}
