/**
 * Hosts, or domains, by name: whoever announces itself is listed, until it says goodbye or is silent for three of its
 * periods.
 *
 * Nothing here is proven: anyone can announce anything. So a name belongs to the address that it was heard from as long
 * as that speaks, one address has a limited number of names, and those that were heard only once push out each other only.
 */

import type { Agenda, Entry } from '@mailslot/core/internal';
import { LRUCache } from 'lru-cache';

import type { Task } from './alarm.ts';
import type { BrowseEntry } from './browse-list.ts';

/** Names held that were heard more than once: more than any list that Windows could send (64 KiB). */
export const KNOWN_MAX = 4096;

/** Names held that were heard only once. */
export const NEWCOMERS_MAX = 1024;

/** Names that one address may have: a bridge shows the hosts of a whole other network. */
export const NAMES_PER_ADDRESS_MAX = 256;

/** A name expires when nothing was heard for so many of its periods: [MS-BRWS] 3.3.6. */
export const EXPIRY_PERIODS = 3;

/** Longer periods count as this, the longest that Windows has; a forged one would stay for weeks. */
export const PERIOD_MS_MAX: number = 15 * 60_000;

/** Shorter ones as this. Samba writes 0 in goodbyes only. */
const PERIOD_MS_MIN = 100;

/** A name is anyone's who announces it, once its owner has missed this many of its periods. */
const OWNED_PERIODS = 1.5;

/** What an announcement says. */
export interface Announced extends BrowseEntry {
  readonly address: string;
  readonly periodMs: number;
}

interface Listed {
  readonly announced: Announced;
  readonly firstHeardAt: number;
  readonly heardAt: number;
  readonly expiry: Entry<Task>;
}

export interface RosterParts {
  readonly agenda: Agenda<Task>;
  /** Is a goodbye taken, and a name handed on, only if it comes from the address of the host? */
  readonly verifySources: boolean;
  /** The list is another than it was. */
  readonly changed: () => void;
}

export class Roster {
  readonly #parts: RosterParts;
  readonly #known: LRUCache<string, Listed>;
  readonly #newcomers: LRUCache<string, Listed>;
  readonly #namesOf = new Map<string, number>();

  constructor(parts: RosterParts) {
    this.#parts = parts;
    this.#known = this.#cache(KNOWN_MAX);
    this.#newcomers = this.#cache(NEWCOMERS_MAX);
  }

  get size(): number {
    return this.#known.size + this.#newcomers.size;
  }

  /** All that are listed, in no order. */
  *entries(): IterableIterator<Announced> {
    for (const { announced } of this.#known.values()) yield announced;
    for (const { announced } of this.#newcomers.values()) yield announced;
  }

  get(name: string): Announced | undefined {
    return this.#peek(name)?.announced;
  }

  /** Lists a name, or notes that it was heard again. */
  hear(announced: Announced, now: number): void {
    const { name, address } = announced;
    const listed = this.#peek(name);
    if (listed === undefined) {
      this.#add(announced, now);
    } else if (this.#isOwner(listed, address, now)) {
      this.#refresh(listed, announced, now);
    }
  }

  /** Takes a name off the list whose host says goodbye. */
  leave(name: string, address: string): void {
    const listed = this.#peek(name);
    if (listed === undefined) return;
    if (this.#parts.verifySources && listed.announced.address !== address) return;
    this.#remove(name);
  }

  clear(): void {
    if (this.size === 0) return;
    this.#known.clear();
    this.#newcomers.clear();
    this.#parts.changed();
  }

  #peek(name: string): Listed | undefined {
    return this.#known.peek(name) ?? this.#newcomers.peek(name);
  }

  #add(announced: Announced, now: number): void {
    if ((this.#namesOf.get(announced.address) ?? 0) >= NAMES_PER_ADDRESS_MAX) return;
    this.#put(this.#newcomers, announced, now, now);
    this.#parts.changed();
  }

  #refresh(listed: Listed, announced: Announced, now: number): void {
    const { firstHeardAt } = listed;
    const stays = this.#known.has(announced.name) || hasStayed(announced, firstHeardAt, now);
    this.#delete(announced.name);
    this.#put(stays ? this.#known : this.#newcomers, announced, firstHeardAt, now);
    if (!saysTheSame(listed.announced, announced)) this.#parts.changed();
  }

  #put(
    cache: LRUCache<string, Listed>,
    announced: Announced,
    firstHeardAt: number,
    now: number,
  ): void {
    const { name, address } = announced;
    const expiresAt = now + EXPIRY_PERIODS * periodOf(announced);
    const expiry = this.#parts.agenda.add(expiresAt, () => this.#remove(name));
    this.#namesOf.set(address, (this.#namesOf.get(address) ?? 0) + 1);
    cache.set(name, { announced, firstHeardAt, heardAt: now, expiry });
  }

  #isOwner({ announced, heardAt }: Listed, address: string, now: number): boolean {
    if (!this.#parts.verifySources || announced.address === address) return true;
    return now - heardAt > OWNED_PERIODS * periodOf(announced);
  }

  #remove(name: string): void {
    this.#delete(name);
    this.#parts.changed();
  }

  #delete(name: string): void {
    this.#known.delete(name);
    this.#newcomers.delete(name);
  }

  /** Whoever leaves a cache, for whatever reason, gives back what it holds elsewhere. */
  #cache(max: number): LRUCache<string, Listed> {
    return new LRUCache({
      max,
      dispose: ({ announced: { address }, expiry }) => {
        this.#parts.agenda.cancel(expiry);
        const names = this.#namesOf.get(address)! - 1;
        if (names === 0) this.#namesOf.delete(address);
        else this.#namesOf.set(address, names);
      },
    });
  }
}

/** Was it heard again when it was to be, and not only twice in a burst? */
function hasStayed(announced: Announced, firstHeardAt: number, now: number): boolean {
  return now - firstHeardAt >= periodOf(announced) / 2;
}

function periodOf({ periodMs }: Announced): number {
  // A period of 0 says nothing: the longest is what keeps a living host listed.
  if (periodMs === 0) return PERIOD_MS_MAX;
  return Math.min(Math.max(periodMs, PERIOD_MS_MIN), PERIOD_MS_MAX);
}

function saysTheSame(a: Announced, b: Announced): boolean {
  return (
    a.serverType === b.serverType &&
    a.comment === b.comment &&
    a.version.major === b.version.major &&
    a.version.minor === b.version.minor
  );
}
