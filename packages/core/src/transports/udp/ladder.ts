/**
 * Which rung it takes to reach everyone on an interface: multicast, and broadcast besides where multicast is filtered.
 * Unicast, the last rung, is for {@link Correspondents}. Pure: it judges by what was heard.
 */

import type { Way } from './frame.ts';
import type { UdpSource } from './sources.ts';

/** Nobody is heard by multicast for so long before broadcast is tried: ten beats of a small group at its default. */
export const DEAF_MS = 5_000;

/** On a new network it takes less: whoever is there answers a newcomer at once. */
const FIRST_DEAF_MS = 1_500;

/** How long a station that asks for broadcast is taken to need it: three of the longest intervals between beats. */
export const NEEDED_MS_MAX = 60_000;

/** A station heard by multicast for so long after its last call for broadcast has stopped calling. */
const CALL_OVER_MS = 2_000;

/** How broadcast is used on an interface: for others who need it, or because we do. */
export type Broadcasting = Extract<Way, 'broadcast' | 'needed'>;

/** An interface, as far as the ladder looks at it. */
export interface Footing {
  readonly name: string;
  /** Its last multicast did not leave: a firewall here forbids it. */
  readonly mute: boolean;
}

export class Ladder {
  /** Since when each interface has been in use. */
  #since: ReadonlyMap<string, number> = new Map();
  #broadcasting: ReadonlyMap<string, Broadcasting> = new Map();

  /** The interfaces to broadcast on as well, by name. The same map until something changes. */
  get broadcasting(): ReadonlyMap<string, Broadcasting> {
    return this.#broadcasting;
  }

  /** Judges anew: of each interface that has a broadcast address, by all stations that were heard. */
  look(footings: readonly Footing[], sources: Iterable<UdpSource>, now: number): void {
    this.#since = new Map(footings.map(({ name }) => [name, this.#since.get(name) ?? now]));
    const hearing = new Set<string>();
    const needing = new Set<string>();
    for (const source of sources) {
      // What this computer says itself comes back whatever the network does.
      if (source.trust === 'loopback') continue;
      const heardAt = source.heardAtBy('multicast');
      if (now - heardAt <= DEAF_MS) for (const name of source.interfaces) hearing.add(name);
      if (needsBroadcast(source, heardAt, now)) {
        for (const name of source.interfaces) needing.add(name);
      }
    }
    const broadcasting = new Map<string, Broadcasting>();
    for (const { name, mute } of footings) {
      const deaf = !hearing.has(name) && now - this.#since.get(name)! >= FIRST_DEAF_MS;
      if (deaf) broadcasting.set(name, 'needed');
      else if (mute || needing.has(name)) broadcasting.set(name, 'broadcast');
    }
    if (!same(broadcasting, this.#broadcasting)) this.#broadcasting = broadcasting;
  }
}

function needsBroadcast(source: UdpSource, heardAt: number, now: number): boolean {
  const calledAt = source.heardAtBy('needed');
  return now - calledAt <= NEEDED_MS_MAX && heardAt - calledAt <= CALL_OVER_MS;
}

function same<Key, Value>(one: ReadonlyMap<Key, Value>, other: ReadonlyMap<Key, Value>): boolean {
  if (one.size !== other.size) return false;
  for (const [key, value] of one) if (other.get(key) !== value) return false;
  return true;
}
