import type { Source } from '@mailslot/core/internal';
import { seededRandom } from '@mailslot/core/testing';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { INTERVAL_MS_MAX, intervalMsOf } from '../src/presence/interval.ts';
import { drawPeerId, type PeerKey, peerKeyOf } from '../src/presence/peer-id.ts';
import { PATHS_MAX, Peer, Roster } from '../src/presence/roster.ts';
import { sourceAt } from './support/sources.ts';

const described = { record: { name: 'Ann', endpoints: [], info: undefined }, revision: 0 };
const here = sourceAt('10.0.0.1:5');
const keys = Array.from({ length: 12 }, (_, seed) => peerKeyOf(drawPeerId(seededRandom(seed))));

function newPeer(key: PeerKey): Peer {
  return new Peer(key, 1, described, here);
}

function timeToLiveMs(intervalMs: number): number {
  return 5 * intervalMs;
}

type Step =
  | { readonly do: 'hear'; readonly key: PeerKey; readonly code: number }
  | { readonly do: 'remove'; readonly key: PeerKey }
  | { readonly do: 'expire' };

/** Takes a step and says who left the roster by it. */
function stepRoster(roster: Roster, step: Step, now: number): PeerKey[] {
  if (step.do === 'expire') return keysOf(roster.expire(now, timeToLiveMs)).toSorted();
  if (step.do === 'hear') {
    const peer = roster.get(step.key);
    if (peer === undefined) return keysOf([roster.add(newPeer(step.key), step.code, now)]);
    roster.refresh(peer, step.code, now);
    return [];
  }
  const peer = roster.get(step.key);
  if (peer !== undefined) roster.remove(peer);
  return keysOf([peer]);
}

function keysOf(peers: readonly (Peer | undefined)[]): PeerKey[] {
  return peers.flatMap((peer) => (peer === undefined ? [] : [peer.key]));
}

/** A roster that looks at everybody, every time. */
class NaiveRoster {
  readonly #peers = new Map<PeerKey, { code: number; heardAt: number; order: number }>();
  readonly #max: number;
  #order = 0;

  constructor(max: number) {
    this.#max = max;
  }

  get keys(): PeerKey[] {
    return [...this.#peers.keys()];
  }

  step(step: Step, now: number): PeerKey[] {
    if (step.do === 'remove') return this.#leave([step.key].filter((key) => this.#peers.has(key)));
    if (step.do === 'expire') {
      const silent = [...this.#peers].filter(
        ([, { code, heardAt }]) => now - heardAt >= timeToLiveMs(intervalMsOf(code)),
      );
      return this.#leave(silent.map(([key]) => key)).toSorted();
    }
    const full = !this.#peers.has(step.key) && this.#peers.size === this.#max;
    const bySilence = [...this.#peers].toSorted(
      ([, a], [, b]) => a.heardAt - b.heardAt || a.code - b.code || a.order - b.order,
    );
    const left = this.#leave(full ? [bySilence[0]![0]] : []);
    this.#peers.set(step.key, { code: step.code, heardAt: now, order: this.#order++ });
    return left;
  }

  #leave(keys: PeerKey[]): PeerKey[] {
    for (const key of keys) this.#peers.delete(key);
    return keys;
  }
}

const key = fc.constantFrom(...keys);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('hear' as const), key, code: fc.nat(40) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('remove' as const), key }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('expire' as const) }) },
);

describe('a roster', () => {
  test('lists, evicts and expires as one that looks at everybody does', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(step, fc.nat(2000)), { maxLength: 120 }), (steps) => {
        const roster = new Roster(8);
        const naive = new NaiveRoster(8);
        let now = 0;
        for (const [step, waitMs] of steps) {
          now += waitMs;
          expect(stepRoster(roster, step, now)).toEqual(naive.step(step, now));
          expect(keysOf([...roster])).toEqual(naive.keys);
          expect(roster.size).toBe(naive.keys.length);
        }
      }),
    );
  });

  test('holds as many as its limit; one more evicts the one heard least recently', () => {
    const roster = new Roster(3);
    const [a, b, c, d] = keys.map(newPeer) as [Peer, Peer, Peer, Peer];
    for (const peer of [a, b, c]) expect(roster.add(peer, 16, 0)).toBeUndefined();
    roster.refresh(roster.get(a.key)!, 16, 1);
    expect(roster.get(b.key)).toBe(b);
    expect(roster.add(d, 16, 1)).toBe(b);
    expect(roster.size).toBe(3);
    expect(roster.expire(Infinity, timeToLiveMs)).not.toContain(b);
  });

  test('expires exactly when the time to live has passed', () => {
    const roster = new Roster(1);
    roster.add(newPeer(keys[0]!), 16, 1000);
    expect(roster.expire(3499, timeToLiveMs)).toEqual([]);
    expect(roster.expire(3500, timeToLiveMs)).toHaveLength(1);
    expect(roster.size).toBe(0);
  });

  test('takes an interval beyond the longest for the longest', () => {
    const roster = new Roster(1);
    roster.add(newPeer(keys[0]!), 255, 0);
    expect(roster.expire(5 * INTERVAL_MS_MAX - 1, timeToLiveMs)).toEqual([]);
    expect(roster.expire(5 * INTERVAL_MS_MAX, timeToLiveMs)).toHaveLength(1);
  });
});

function pathsOf(peer: Peer): string {
  return peer.paths.map((path) => path.id).join('');
}

type Five<Item> = [Item, Item, Item, Item, Item];

describe('the paths of a peer', () => {
  const [a, b, c, d, e] = ['a', 'b', 'c', 'd', 'e'].map(sourceAt) as Five<Source>;

  test('have the place of the newest evidence first', () => {
    const peer = new Peer(keys[0]!, 1, described, a);
    peer.heardFrom(b);
    expect(pathsOf(peer)).toBe('ba');
    peer.heardFrom(a);
    expect(pathsOf(peer)).toBe('ab');
    peer.heardFrom(sourceAt('a'));
    expect(pathsOf(peer)).toBe('ab');
  });

  test('note the place of a copy behind that', () => {
    const peer = new Peer(keys[0]!, 1, described, a);
    peer.copyFrom(b);
    peer.copyFrom(c);
    peer.copyFrom(b);
    expect(pathsOf(peer)).toBe('acb');
  });

  test('are four at most, the oldest forgotten', () => {
    const peer = new Peer(keys[0]!, 1, described, a);
    for (const source of [b, c, d]) peer.heardFrom(source);
    expect(peer.paths).toHaveLength(PATHS_MAX);
    peer.heardFrom(e);
    expect(pathsOf(peer)).toBe('edcb');
    expect(peer.isAt(a)).toBe(false);
    peer.copyFrom(a);
    expect(pathsOf(peer)).toBe('eadc');
  });
});
