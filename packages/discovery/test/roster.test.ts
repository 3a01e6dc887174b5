import type { Source } from '@mailslot/core/internal';
import { seededRandom } from '@mailslot/core/testing';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { INTERVAL_MS_MAX } from '../src/presence/interval.ts';
import { Peer } from '../src/presence/peer.ts';
import { drawPeerId, type PeerKey, peerKeyOf } from '../src/presence/peer-id.ts';
import { Roster } from '../src/presence/roster.ts';
import { NaiveRoster, type RosterView } from './support/naive-roster.ts';
import { sourceAt } from './support/sources.ts';

const described = { record: { name: 'Ann', endpoints: [], info: undefined }, revision: 0 };
const keys = Array.from({ length: 24 }, (_, seed) => peerKeyOf(drawPeerId(seededRandom(seed))));
const hosts = ['10.0.0.1:5', '10.0.0.2:5', '10.0.0.3:5'].map(sourceAt) as [Source, Source, Source];

function newPeer(key: PeerKey, host: 0 | 1 | 2 = 0): Peer {
  return new Peer(key, 1, described, hosts[host]);
}

function patienceMs(intervalMs: number): number {
  return 3 * intervalMs + 250;
}

function keysOf(peers: readonly Peer[]): PeerKey[] {
  return peers.map(({ key }) => key);
}

/** A roster in which everybody is proven, and holds as many as it says. */
function provenRoster(max: number): Roster {
  return new Roster({ max: max * 2, provenAtOnce: true });
}

type Step =
  | { readonly do: 'hear'; readonly key: PeerKey; readonly code: number; readonly host: 0 | 1 | 2 }
  | { readonly do: 'vouch'; readonly key: PeerKey; readonly code: number; readonly ageMs: number }
  | { readonly do: 'remove' | 'park' | 'unpark'; readonly key: PeerKey };

const key = fc.constantFrom(...keys);
/** Four intervals of a quarter of a second to three quarters, and one beyond the longest. */
const code = fc.constantFrom(8, 10, 12, 20, 255);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 9,
    arbitrary: fc.record({
      do: fc.constant('hear' as const),
      key,
      code,
      host: fc.constantFrom(0, 1, 2),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('vouch' as const), key, code, ageMs: fc.nat(5000) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constantFrom('remove', 'park', 'unpark'), key }),
  },
);

function viewOf(roster: Roster, now: number): RosterView {
  const overdue = roster.overdue(now, patienceMs);
  return {
    standings: Array.from(roster, ({ key, standing }) => [key, standing]),
    counts: [roster.provenCount, roster.vouchedCount, roster.strangerCount],
    members: roster.members,
    beats: roster.beatsPerMs.toFixed(10),
    overdue: keysOf(overdue).toSorted(),
    silences: overdue.map(({ heardAt }) => heardAt),
    nextOverdueAt: roster.nextOverdueAt(now, patienceMs),
  };
}

/** Takes a step with both rosters, and says whom each has let go. */
function stepBoth(
  real: Roster,
  naive: NaiveRoster,
  step: Step,
  now: number,
): [Peer | undefined, PeerKey | undefined] {
  const { key } = step;
  const peer = real.get(key);
  if (step.do === 'hear') {
    const { code, host } = step;
    return peer === undefined
      ? [
          real.add(newPeer(key, host), code, now, 'stranger'),
          naive.add(key, hosts[host], code, now, 'stranger'),
        ]
      : [real.refresh(peer, code, now), naive.refresh(key, code, now)];
  }
  if (step.do === 'vouch') {
    const { code, ageMs } = step;
    const heardAt = now - ageMs;
    if (peer === undefined) {
      return [
        real.add(newPeer(key), code, heardAt, 'vouched'),
        naive.add(key, undefined, code, heardAt, 'vouched'),
      ];
    }
    real.vouch(peer, code, heardAt);
    naive.vouch(key, code, heardAt);
  } else if (peer !== undefined) {
    real[step.do](peer);
    naive[step.do](key);
  }
  return [undefined, undefined];
}

describe('a roster', () => {
  test.for([
    { max: 20, provenAtOnce: false },
    { max: 12, provenAtOnce: false },
    { max: 12, provenAtOnce: true },
    { max: 1, provenAtOnce: false },
  ])('lists, proves, evicts and orders as one that looks at everybody: %o', (options) => {
    fc.assert(
      fc.property(fc.array(fc.tuple(step, fc.nat(400)), { maxLength: 150 }), (steps) => {
        const real = new Roster(options);
        const naive = new NaiveRoster(options);
        let now = 0;
        for (const [step, waitMs] of steps) {
          now += waitMs;
          const listed = real.get(step.key);
          const [evicted, naivelyEvicted] = stepBoth(real, naive, step, now);
          expect(evicted?.key).toBe(naivelyEvicted);
          // A newcomer pushes out a stranger; whoever is proven pushes out one that is vouched for.
          const victim = listed === undefined ? 'stranger' : 'vouched';
          const standing = step.do === 'hear' ? evicted?.standing : undefined;
          expect(standing ?? victim).toBe(victim);
          // A look puts in order what was not: let several steps pass now and then.
          const looks = waitMs % 4 === 0;
          const [view, naiveView] = looks ? [viewOf(real, now), naive.view(now, patienceMs)] : [];
          expect(view).toEqual(naiveView);
        }
        expect(viewOf(real, now)).toEqual(naive.view(now, patienceMs));
      }),
    );
  });

  test('takes an interval beyond the longest for the longest', () => {
    const roster = provenRoster(1);
    roster.add(newPeer(keys[0]!), 255, 0, 'stranger');
    expect(roster.get(keys[0]!)!.intervalMs).toBe(INTERVAL_MS_MAX);
    expect(roster.overdue(3 * INTERVAL_MS_MAX + 249, patienceMs)).toEqual([]);
    expect(roster.overdue(3 * INTERVAL_MS_MAX + 250, patienceMs)).toHaveLength(1);
  });
});

describe('silence', () => {
  test('is overdue exactly when the patience of the interval has passed, and stays so', () => {
    const roster = provenRoster(1);
    roster.add(newPeer(keys[0]!), 16, 1000, 'stranger');
    expect(roster.nextOverdueAt(1000, patienceMs)).toBe(2750);
    expect(roster.overdue(2749, patienceMs)).toEqual([]);
    expect(roster.overdue(2750, patienceMs)).toHaveLength(1);
    expect(roster.overdue(2751, patienceMs)).toHaveLength(1);
    expect(roster.nextOverdueAt(2750, patienceMs)).toBe(Infinity);
    expect(roster.size).toBe(1);
  });

  test('is reported longest first, over all intervals', () => {
    const roster = provenRoster(4);
    const [a, b, c, d] = keys as [PeerKey, PeerKey, PeerKey, PeerKey];
    roster.add(newPeer(a), 16, 30, 'stranger');
    roster.add(newPeer(b), 20, 10, 'stranger');
    roster.add(newPeer(c), 16, 40, 'stranger');
    roster.add(newPeer(d), 20, 20, 'stranger');
    expect(keysOf(roster.overdue(1e6, patienceMs))).toEqual([b, d, a, c]);
  });

  test('that others have told of comes in any order and is put in order', () => {
    const roster = new Roster({ max: 100, provenAtOnce: false });
    const heardAts = [500, 900, 100, 700, 300, 700];
    for (const [at, heardAt] of heardAts.entries()) {
      roster.add(newPeer(keys[at]!), 16, heardAt, 'vouched');
    }
    const order = roster.overdue(1e6, patienceMs).map(({ heardAt }) => heardAt);
    expect(order).toEqual(heardAts.toSorted((a, b) => a - b));
    expect(roster.nextOverdueAt(0, patienceMs)).toBe(100 + 1750);
  });

  test('that was told of and broken before the next look counts from the hearing', () => {
    const roster = new Roster({ max: 100, provenAtOnce: false });
    const [a, b, c] = keys.map((key) => newPeer(key)) as [Peer, Peer, Peer];
    roster.add(a, 16, 1000, 'vouched');
    roster.add(b, 16, 500, 'vouched');
    roster.add(c, 16, 400, 'vouched');
    roster.refresh(b, 16, 1100);
    roster.remove(c);
    expect(roster.overdue(1e6, patienceMs)).toEqual([a, b]);
    roster.vouch(a, 16, 1050);
    roster.park(a);
    roster.unpark(a);
    expect(roster.overdue(1e6, patienceMs)).toEqual([a, b]);
  });

  test('that was told of twice before the next look counts by the second interval', () => {
    const roster = new Roster({ max: 100, provenAtOnce: false });
    const [a, b, c] = keys.map((key) => newPeer(key)) as [Peer, Peer, Peer];
    roster.add(a, 16, 1000, 'vouched');
    roster.add(b, 24, 1000, 'vouched');
    roster.add(c, 16, 500, 'vouched');
    roster.vouch(c, 24, 600);
    expect(roster.overdue(600 + 3249, patienceMs)).toEqual([a]);
    expect(roster.overdue(600 + 3250, patienceMs)).toEqual([c, a]);
    roster.remove(c);
    expect(roster.overdue(1e6, patienceMs)).toEqual([a, b]);
  });

  test('is broken by later evidence only, from whomever it comes', () => {
    const roster = new Roster({ max: 100, provenAtOnce: false });
    const peer = newPeer(keys[0]!);
    roster.add(peer, 16, 1000, 'stranger');
    roster.vouch(peer, 8, 999);
    expect([peer.heardAt, peer.intervalCode]).toEqual([1000, 16]);
    roster.vouch(peer, 8, 1001);
    expect([peer.heardAt, peer.intervalCode]).toEqual([1001, 8]);
    expect(peer.standing).toBe('stranger');
  });

  test('is overlooked while a peer is parked, and goes on after that', () => {
    const roster = provenRoster(3);
    const [a, b] = keys.map((key) => newPeer(key)) as [Peer, Peer];
    roster.add(a, 16, 0, 'stranger');
    roster.add(b, 16, 100, 'stranger');
    roster.park(a);
    roster.park(a);
    expect(roster.overdue(1e6, patienceMs)).toEqual([b]);
    expect(roster.nextOverdueAt(0, patienceMs)).toBe(1850);
    expect(roster.size).toBe(2);
    expect(roster.beatsPerMs).toBeCloseTo(2 / 500, 10);
    roster.unpark(a);
    roster.unpark(a);
    expect(roster.overdue(1e6, patienceMs)).toEqual([a, b]);
    roster.park(a);
    roster.refresh(a, 16, 200);
    expect(roster.overdue(1e6, patienceMs)).toEqual([b, a]);
    roster.park(b);
    roster.remove(b);
    expect(roster.overdue(1e6, patienceMs)).toEqual([a]);
    expect(roster.beatsPerMs).toBeCloseTo(1 / 500, 10);
  });
});
