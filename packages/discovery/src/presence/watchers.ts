/** Who looks after whom: the peers with the highest hash of both ids (rendezvous hashing). Nobody need be told. */

import { WATCHERS } from './patience.ts';
import type { PeerKey } from './peer-id.ts';

/** Is `self` among the watchers of `subject`? Looks at few of the others as a rule, at all only if it is. */
export function isWatcher(self: PeerKey, subject: PeerKey, others: Iterable<PeerKey>): boolean {
  const own = affinity(self, subject);
  let before = 0;
  for (const other of others) {
    if (other === subject || affinity(other, subject) <= own) continue;
    if (++before === WATCHERS) return false;
  }
  return true;
}

/** The watchers of `subject` among all of a group. */
export function watchersOf(subject: PeerKey, group: Iterable<PeerKey>): PeerKey[] {
  return Array.from(group)
    .filter((key) => key !== subject)
    .map((key) => [affinity(key, subject), key] as const)
    .toSorted(([a], [b]) => b - a)
    .slice(0, WATCHERS)
    .map(([, key]) => key);
}

/** Alike for everybody, and without pattern: 32 bits of both ids, mixed as murmur3 ends. */
function affinity(watcher: PeerKey, subject: PeerKey): number {
  let mixed = bitsOf(watcher) ^ Math.imul(bitsOf(subject), 0x9e3779b1);
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

/** Octets 12 to 15 of an id: random, and not those that order lists. */
function bitsOf(key: PeerKey): number {
  return (
    (key.charCodeAt(12) << 24) |
    (key.charCodeAt(13) << 16) |
    (key.charCodeAt(14) << 8) |
    key.charCodeAt(15)
  );
}
