import type { Source } from '@mailslot/core/internal';
import { describe, expect, test } from 'vitest';

import { intervalCodeOf, intervalMsOf } from '../src/presence/interval.ts';
import { Peer } from '../src/presence/peer.ts';
import {
  PROVEN_DATAGRAMS,
  PROVEN_INTERVAL_MS_MAX,
  PROVEN_INTERVALS,
  Roster,
  STRANGE_MEMBERS_MIN,
} from '../src/presence/roster.ts';
import { limitsOf } from '../src/presence/source-limits.ts';
import { sourceAt } from './support/sources.ts';

const CODE = 16;
const INTERVAL_MS = intervalMsOf(CODE);
const described = { record: { name: 'Ann', endpoints: [], info: undefined }, revision: 0 };

let serial = 0;

function hostAt(host: number): Source {
  return sourceAt(`10.0.${host >>> 8}.${host & 0xff}:1`);
}

function newPeer(source: Source | undefined): Peer {
  return new Peer(`peer ${serial++}`, 1, described, source);
}

/** A roster and what happens to it. */
class Scene {
  readonly roster: Roster;
  now = 0;

  constructor(max: number, provenAtOnce = false) {
    this.roster = new Roster({ max, provenAtOnce });
  }

  /** A stranger is heard. Returns who had to go. */
  meet(source: Source): { peer: Peer; evicted: Peer | undefined } {
    const peer = newPeer(source);
    return { peer, evicted: this.roster.add(peer, CODE, this.now++, 'stranger') };
  }

  meetMany(count: number, sourceOf: (at: number) => Source): Peer[] {
    return Array.from({ length: count }, (_, at) => this.meet(sourceOf(at)).peer);
  }

  adopt(): { peer: Peer; evicted: Peer | undefined } {
    const peer = newPeer(undefined);
    return { peer, evicted: this.roster.add(peer, CODE, this.now, 'vouched') };
  }

  hear(peer: Peer): Peer | undefined {
    return this.roster.refresh(peer, CODE, this.now++);
  }

  /** Hears a peer until it must be proven. Returns who had to go. */
  prove(peer: Peer): Peer | undefined {
    this.hear(peer);
    this.now += PROVEN_INTERVALS * INTERVAL_MS;
    const evicted = this.hear(peer);
    return evicted ?? this.hear(peer);
  }

  get counts(): [proven: number, vouched: number, strangers: number] {
    const { provenCount, vouchedCount, strangerCount } = this.roster;
    return [provenCount, vouchedCount, strangerCount];
  }
}

describe('a stranger', () => {
  test('is proven by its third datagram, two of its intervals after the first', () => {
    expect([PROVEN_DATAGRAMS, PROVEN_INTERVALS]).toEqual([3, 2]);
    const { roster } = new Scene(100);
    const peer = newPeer(hostAt(1));
    roster.add(peer, CODE, 0, 'stranger');
    roster.refresh(peer, CODE, 10);
    roster.refresh(peer, CODE, 20);
    roster.refresh(peer, CODE, 2 * INTERVAL_MS - 1);
    expect(peer.standing).toBe('stranger');
    roster.refresh(peer, CODE, 2 * INTERVAL_MS);
    expect(peer.standing).toBe('proven');
    const rare = newPeer(hostAt(1));
    roster.add(rare, CODE, 0, 'stranger');
    roster.refresh(rare, CODE, 2 * INTERVAL_MS);
    expect(rare.standing).toBe('stranger');
    roster.refresh(rare, CODE, 2 * INTERVAL_MS);
    expect(rare.standing).toBe('proven');
  });

  test('with a long interval is proven as if that were two seconds', () => {
    const { roster } = new Scene(100);
    const peer = newPeer(hostAt(1));
    const slow = intervalCodeOf(60_000);
    roster.add(peer, slow, 0, 'stranger');
    roster.refresh(peer, slow, 10);
    roster.refresh(peer, slow, PROVEN_INTERVALS * PROVEN_INTERVAL_MS_MAX - 1);
    expect(peer.standing).toBe('stranger');
    roster.refresh(peer, slow, PROVEN_INTERVALS * PROVEN_INTERVAL_MS_MAX);
    expect(peer.standing).toBe('proven');
  });

  test('is proven at once where nobody speaks without the secret', () => {
    const scene = new Scene(100, true);
    expect(scene.meet(hostAt(1)).peer.standing).toBe('proven');
    const { peer } = scene.adopt();
    expect(peer.standing).toBe('vouched');
    scene.hear(peer);
    expect(peer.standing).toBe('proven');
  });

  test('has room with 63 others of its host; one more pushes out the longest silent of that host', () => {
    const scene = new Scene(1000);
    const { idsMax } = limitsOf(hostAt(1));
    expect(idsMax).toBe(64);
    const older = scene.meet(hostAt(2)).peer;
    const [first, second] = scene.meetMany(64, () => hostAt(1)) as [Peer, Peer];
    expect(scene.roster.strangerCount).toBe(65);
    scene.hear(first);
    expect(scene.meet(hostAt(1)).evicted).toBe(second);
    expect(scene.meet(hostAt(2)).evicted).toBeUndefined();
    expect(scene.roster.get(older.key)).toBe(older);
  });

  test('leaves room on its host when it is proven or gone', () => {
    const scene = new Scene(1000);
    const [first, second] = scene.meetMany(64, () => hostAt(1)) as [Peer, Peer];
    scene.prove(first);
    scene.roster.remove(second);
    expect(scene.meet(hostAt(1)).evicted).toBeUndefined();
    expect(scene.meet(hostAt(1)).evicted).toBeUndefined();
    expect(scene.meet(hostAt(1)).evicted).toBeDefined();
  });

  test('of one host is proven among 64 at once, then one a second', () => {
    const scene = new Scene(1000);
    const peers = scene.meetMany(64, () => hostAt(1));
    for (const peer of peers) scene.hear(peer);
    scene.now += PROVEN_INTERVALS * INTERVAL_MS;
    for (const peer of peers) scene.hear(peer);
    expect(scene.roster.provenCount).toBe(64);
    const [next, last] = scene.meetMany(2, () => hostAt(1)) as [Peer, Peer];
    scene.prove(next);
    scene.hear(last);
    scene.hear(last);
    expect([next.standing, last.standing]).toEqual(['proven', 'stranger']);
    scene.now += 1000;
    scene.hear(last);
    expect(last.standing).toBe('proven');
    const other = scene.meet(hostAt(2)).peer;
    scene.prove(other);
    expect(other.standing).toBe('proven');
  });

  test('has a fifth of the room; one more pushes out the longest silent of the host with most', () => {
    const scene = new Scene(50);
    const lonely = scene.meetMany(4, (at) => hostAt(10 + at));
    const [first, second] = scene.meetMany(4, () => hostAt(1)) as [Peer, Peer];
    scene.meetMany(2, () => hostAt(2));
    expect(scene.roster.strangerCount).toBe(10);
    scene.hear(first);
    expect(scene.meet(hostAt(3)).evicted).toBe(second);
    for (const peer of lonely) expect(scene.roster.get(peer.key)).toBe(peer);
    expect(scene.roster.size).toBe(10);
  });

  test('that is heard outlasts those of other hosts that are not', () => {
    const scene = new Scene(50);
    const { peer } = scene.meet(hostAt(1));
    for (let host = 2; host < 500; host++) {
      if (host % 8 === 0) scene.hear(peer);
      scene.meet(hostAt(host));
    }
    expect(scene.roster.get(peer.key)).toBe(peer);
    for (let host = 500; host < 510; host++) scene.meet(hostAt(host));
    expect(scene.roster.get(peer.key)).toBeUndefined();
  });

  test.for([
    ['on this computer', { trust: 'loopback', address: '127.0.0.1' }],
    ['of this user', { trust: 'local', address: undefined }],
    ['behind a broker that nobody named', { trust: 'on-link', address: undefined }],
  ] as const)('has room with 2 000 others %s', ([, whereabouts]) => {
    const scene = new Scene(16_384);
    const source = { ...hostAt(1), ...whereabouts };
    scene.meetMany(2000, () => source);
    expect(scene.roster.strangerCount).toBe(2000);
    scene.meetMany(4000, () => source);
    // Half of the room at most: others have their part.
    expect(scene.roster.strangerCount).toBe(2048);
  });

  test('of an address that the user named has room with 511 others', () => {
    const scene = new Scene(16_384);
    scene.meetMany(600, () => ({ ...hostAt(1), trust: 'seed' }));
    expect(scene.roster.strangerCount).toBe(512);
  });

  test('from beyond the link shares its limit with all others beyond it', () => {
    const scene = new Scene(1000);
    scene.meetMany(100, (at) => ({ ...hostAt(at), trust: 'routed' }));
    expect(scene.roster.strangerCount).toBe(64);
  });

  test('never pushes out a peer that is proven or vouched for', () => {
    const scene = new Scene(50);
    for (const peer of scene.meetMany(10, hostAt)) scene.prove(peer);
    for (let at = 0; at < 10; at++) scene.adopt();
    expect(scene.counts).toEqual([10, 10, 0]);
    for (let at = 0; at < 1000; at++) {
      expect(scene.meet(hostAt(at)).evicted?.standing ?? 'stranger').toBe('stranger');
    }
    expect(scene.counts).toEqual([10, 10, 10]);
  });
});

describe('the room of those who are known', () => {
  test('is four fifths; one more that is vouched for is not listed', () => {
    const scene = new Scene(10);
    for (let at = 0; at < 8; at++) expect(scene.adopt().evicted).toBeUndefined();
    const { peer, evicted } = scene.adopt();
    expect(evicted).toBe(peer);
    expect(scene.roster.get(peer.key)).toBeUndefined();
    expect(scene.counts).toEqual([0, 8, 0]);
  });

  test('is made for a stranger that is proven: the vouched one that we heard nothing of for longest goes', () => {
    const scene = new Scene(10);
    const [first, second] = Array.from({ length: 8 }, () => scene.adopt().peer) as [Peer, Peer];
    scene.hear(first);
    const { peer } = scene.meet(hostAt(1));
    expect(scene.prove(peer)).toBe(second);
    expect(second.standing).toBe('vouched');
    expect(peer.standing).toBe('proven');
    expect(scene.counts).toEqual([1, 7, 0]);
  });

  test('is not made where all are proven: a stranger stays one until somebody goes', () => {
    for (const provenAtOnce of [false, true]) {
      const scene = new Scene(10, provenAtOnce);
      const proven = Array.from({ length: 8 }, () => {
        const { peer } = scene.meet(hostAt(1));
        scene.prove(peer);
        return peer;
      });
      const { peer } = scene.meet(hostAt(2));
      expect(scene.prove(peer)).toBeUndefined();
      expect(peer.standing).toBe('stranger');
      expect(scene.counts).toEqual([8, 0, 1]);
      scene.roster.remove(proven[0]!);
      scene.hear(peer);
      expect(peer.standing).toBe('proven');
    }
  });

  test('holds a vouched peer that is proven in its own place, though it be full', () => {
    const scene = new Scene(10);
    const [peer] = Array.from({ length: 8 }, () => scene.adopt().peer) as [Peer];
    expect(scene.prove(peer)).toBeUndefined();
    expect(scene.counts).toEqual([1, 7, 0]);
  });
});

describe('members', () => {
  test('are all, as long as the strangers are 64 or no more than the others', () => {
    const scene = new Scene(10_000);
    scene.meetMany(STRANGE_MEMBERS_MIN, hostAt);
    expect(scene.roster.members).toBe(64);
    scene.meetMany(1, () => hostAt(200));
    expect(scene.roster.members).toBe(64);
    for (let at = 0; at < 100; at++) scene.adopt();
    expect(scene.roster.members).toBe(165);
    scene.meetMany(36, (at) => hostAt(300 + at));
    expect(scene.roster.members).toBe(200);
    scene.meetMany(1000, (at) => hostAt(400 + at));
    expect(scene.roster.members).toBe(200);
  });
});

test('a peer that was heard by nobody but others is hearsay until it is heard', () => {
  const scene = new Scene(100);
  const { peer } = scene.adopt();
  expect(peer.isHearsay).toBe(true);
  scene.hear(peer);
  expect(peer.isHearsay).toBe(false);
  expect(scene.meet(hostAt(1)).peer.isHearsay).toBe(false);
});
