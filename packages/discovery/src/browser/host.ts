/** Hosts and domains as users see them. */

import type { BrowseEntry, BrowseVersion } from './browse-list.ts';

/** A host on the list of a browser. */
export interface Host {
  /** At most 15 characters, upper case. */
  readonly name: string;
  readonly domain: string;
  /** Bits of `SERVER_TYPE`: 32 bits, unsigned. */
  readonly serverType: number;
  /** Of its operating system, as it says. */
  readonly version: BrowseVersion;
  /** For people, as it came: anyone can announce anything. */
  readonly comment: string;
}

/** A domain on the list of a browser. */
export interface Domain {
  readonly name: string;
  /** Its local master; '' if none is known. */
  readonly master: string;
}

export function hostOf(entry: BrowseEntry, domain: string): Host {
  const { name, serverType, version, comment } = entry;
  return Object.freeze({ name, domain, serverType, version, comment });
}

export function domainOf({ name, comment }: BrowseEntry): Domain {
  return Object.freeze({ name, master: comment });
}

/** All of some lists by name, each name once: the first that has it. */
export function merged<Named extends { readonly name: string }>(
  lists: readonly (readonly Named[])[],
): readonly Named[] {
  if (lists.length === 1) return lists[0]!;
  const all = new Map<string, Named>();
  for (const one of lists.flat()) if (!all.has(one.name)) all.set(one.name, one);
  return [...all.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
}
