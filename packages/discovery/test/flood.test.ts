import type { Random } from '@mailslot/core';
import type { Source } from '@mailslot/core/internal';
import { seededRandom } from '@mailslot/core/testing';
import { describe, expect, test } from 'vitest';

import { Admission } from '../src/presence/admission.ts';
import { Peer } from '../src/presence/peer.ts';
import { Roster, STRANGE_MEMBERS_MIN, STRANGERS_SHARE } from '../src/presence/roster.ts';
import { sourceAt } from './support/sources.ts';

/** Half a second. */
const CODE = 16;
const BEAT_MS = 500;
const PATIENCE_MS = 1600;
const FLOOD_PER_MS = 20;
const JOIN_MS = 5000;
/** When a newcomer speaks, besides its beats. */
const JOIN_OFFSETS_MS = new Set([0, 30, 150, 300, 500, 1000]);
const PEERS_MAX = 16_384;
const described = { record: { name: 'Ann', endpoints: [], info: undefined }, revision: 0 };

interface Speaker {
  readonly key: string;
  readonly source: Source;
}

interface Flood {
  readonly from: string;
  readonly speaker: (at: number) => Speaker;
  readonly seconds: number;
  /** When a newcomer has been heard at the latest. */
  readonly heardMs: number;
  /** The most invented peers that are ever proven. */
  readonly provenMax: number;
}

/** The attacker's addresses are not those of the others. */
const FLOODS: readonly Flood[] = [
  {
    from: 'one host',
    seconds: 60,
    speaker: (at) => ({ key: `${at}`, source: sourceAt('10.9.9.9:1') }),
    heardMs: 0,
    provenMax: 0,
  },
  {
    from: 'one host, as peers that come back',
    seconds: 15,
    speaker: (at) => ({ key: `${at % 50}`, source: sourceAt('10.9.9.9:1') }),
    heardMs: 0,
    provenMax: 64,
  },
  {
    from: 'one host, as peers that come back and go',
    seconds: 15,
    speaker: (at) => {
      const turn = Math.trunc(at / (2000 * FLOOD_PER_MS));
      return { key: `${turn} ${at % 50}`, source: sourceAt('10.9.9.9:1') };
    },
    heardMs: 0,
    provenMax: 64 + 15,
  },
  {
    from: 'every address of a subnet',
    seconds: 15,
    speaker: (at) => ({ key: `${at}`, source: sourceAt(`10.9.9.${at % 254}:1`) }),
    heardMs: 150,
    provenMax: 0,
  },
  {
    from: 'addresses without end',
    seconds: 60,
    speaker: (at) => ({ key: `${at}`, source: sourceAt(`fe80--${at}:1`) }),
    heardMs: 30,
    provenMax: 0,
  },
  {
    from: 'addresses without end, twice each',
    seconds: 20,
    speaker: (at) => ({ key: `${at}`, source: sourceAt(`fe80--${at >>> 1}:1`) }),
    heardMs: 10_000,
    provenMax: 0,
  },
];

/** Whom a peer lists, and whom it lets speak; the rest of it is left out. */
class Listener {
  readonly roster = new Roster({ max: PEERS_MAX, provenAtOnce: false });
  readonly #admission = new Admission();

  hear({ key, source }: Speaker, now: number): boolean {
    const peer = this.roster.get(key);
    if (!this.#admission.admit(source, peer, now)) return false;
    if (peer === undefined) {
      this.roster.add(new Peer(key, 1, described, source), CODE, now, 'stranger');
    } else {
      this.roster.refresh(peer, CODE, now);
    }
    return true;
  }

  /** Gives up the silent, and says who of them was proven. */
  sweep(now: number): string[] {
    const silent = this.roster.overdue(now, () => PATIENCE_MS);
    for (const peer of silent) this.roster.remove(peer);
    return silent.filter((peer) => peer.standing === 'proven').map(({ key }) => key);
  }
}

/** Everybody who speaks within a millisecond, at any time in it: a regular flood would be in step with the limits. */
function withinMs(
  now: number,
  flood: readonly Speaker[],
  others: readonly Speaker[],
  random: Random,
): [Speaker, at: number][] {
  const speakers = [...flood];
  for (const other of others) speakers.splice(random.next() * speakers.length, 0, other);
  return speakers.map((speaker, at) => [speaker, now + (at + random.next()) / speakers.length]);
}

describe('20 000 datagrams a second of invented peers', { timeout: 60_000 }, () => {
  test.for(FLOODS)(
    'from $from, harm none of 30 proven peers, and do not silence a newcomer',
    ({ speaker, seconds, heardMs, provenMax }) => {
      const listener = new Listener();
      const { roster } = listener;
      const random = seededRandom(1);
      const friends = Array.from({ length: 30 }, (_, at) => ({
        key: `friend ${at}`,
        source: sourceAt(`10.1.0.${at}:1`),
      }));
      const newcomer = { key: 'newcomer', source: sourceAt('10.2.0.1:1') };
      for (let now = -2000; now < 0; now += BEAT_MS) {
        for (const friend of friends) listener.hear(friend, now);
      }
      let heardAt: number | undefined;
      let invented = 0;
      for (let now = 0; now < seconds * 1000; now++) {
        const others: Speaker[] = friends.filter((_, at) => (now + at * 17) % BEAT_MS === 0);
        const joinedMs = now - JOIN_MS;
        const isBeat = joinedMs > 0 && joinedMs % BEAT_MS === 0;
        if (isBeat || JOIN_OFFSETS_MS.has(joinedMs)) others.push(newcomer);
        const flood = Array.from({ length: FLOOD_PER_MS }, () => speaker(invented++));
        for (const [from, at] of withinMs(now, flood, others, random)) {
          const heard = listener.hear(from, at);
          if (from === newcomer && heard) heardAt ??= joinedMs;
          if (!heard && from !== newcomer && others.includes(from))
            throw new Error(`${from.key} was not heard.`);
        }
        if (now % 200 > 0) continue;
        expect(listener.sweep(now).filter((key) => key.startsWith('friend'))).toEqual([]);
        expect(roster.provenCount).toBeLessThanOrEqual(31 + provenMax);
        expect(roster.strangerCount).toBeLessThanOrEqual(PEERS_MAX * STRANGERS_SHARE);
        const membersMax = Math.max(
          2 * roster.provenCount,
          roster.provenCount + STRANGE_MEMBERS_MIN,
        );
        expect(roster.members).toBeLessThanOrEqual(membersMax);
      }
      for (const { key } of [...friends, newcomer])
        expect(roster.get(key)?.standing).toBe('proven');
      expect(heardAt).toBeLessThanOrEqual(heardMs);
    },
  );
});
