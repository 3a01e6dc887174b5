import { Agenda } from '@mailslot/core/internal';
import { seededRandom } from '@mailslot/core/testing';
import { describe, expect, test } from 'vitest';

import { intervalCodeOf, intervalMsOf } from '../src/presence/interval.ts';
import { fallbackBeats, patienceMs } from '../src/presence/patience.ts';
import { Peer } from '../src/presence/peer.ts';
import type { PeerKey } from '../src/presence/peer-id.ts';
import { Roster } from '../src/presence/roster.ts';
import type { Task } from '../src/presence/task-table.ts';
import { presets } from '../src/presence/tuning.ts';
import { KNOCKED_MAX, Vigil } from '../src/presence/vigil.ts';
import { isWatcher } from '../src/presence/watchers.ts';
import { sourceAt } from './support/sources.ts';
import { drawKeys } from './support/transfer.ts';

const described = { record: { name: 'Ann', endpoints: [], info: undefined }, revision: 0 };
const [self, ...keys] = drawKeys(40, seededRandom(1));
/** Another one that is not in the way. */
const NOBODY = '\0'.repeat(16);

type Done = 'ask' | 'knock' | 'look' | 'suspect' | 'clear' | 'dead' | 'isolated' | 'online';

/** A vigil over peers that beat as long as they live. */
class Watch {
  readonly agenda = new Agenda<Task>();
  readonly done: { readonly what: Done; readonly of: PeerKey; readonly at: number }[] = [];
  readonly roster: Roster;
  readonly vigil: Vigil;
  readonly #peers = new Map<PeerKey, Peer>();
  readonly #silent = new Set<PeerKey>();
  intervalMs = 500;
  successor: PeerKey | undefined = undefined;
  deaf = false;
  now = 1;

  /** `provenAtOnce`: false for strangers. */
  constructor(provenAtOnce = true) {
    this.roster = new Roster({ max: 16_384, provenAtOnce });
    const note = (what: Done) => (peer: Peer) => this.#note(what, peer.key);
    this.vigil = new Vigil({
      self: self!,
      roster: this.roster,
      agenda: this.agenda,
      random: seededRandom(1),
      tuning: presets.lan(),
      intervalMs: () => this.intervalMs,
      ask: note('ask'),
      knock: (peer, round) => this.#note(round === 0 ? 'look' : 'knock', peer.key),
      successor: () => this.successor,
      onSuspect: note('suspect'),
      onClear: note('clear'),
      onDead: (peer) => {
        this.#note('dead', peer.key);
        this.roster.remove(peer);
        this.vigil.forget(peer.key);
      },
      onIsolated: (isolated) => this.#note(isolated ? 'isolated' : 'online', NOBODY),
    });
    this.vigil.advance(this.now, this.now);
  }

  /** Lists peers that beat now, and then once in every interval. */
  list(...keys: PeerKey[]): Peer[] {
    const peers = keys.map((key, at) => {
      const peer = new Peer(key, 1, described, sourceAt(`${at}:1`));
      this.roster.add(peer, this.#code, this.vigil.now, 'stranger');
      this.#peers.set(key, peer);
      this.#beatLater(peer, ((at + 0.5) * this.intervalMs) / keys.length);
      return peer;
    });
    this.vigil.heard(this.now);
    this.vigil.watch(this.now);
    return peers;
  }

  silence(...keys: PeerKey[]): void {
    for (const key of keys) this.#silent.add(key);
  }

  hear(peer: Peer): void {
    this.vigil.heard(this.now);
    peer.accept(peer.newest + 1);
    this.roster.refresh(peer, this.#code, this.vigil.now);
    this.vigil.clear(peer.key);
  }

  run(ms: number): void {
    const until = this.now + ms;
    for (let due = this.agenda.takeDue(until); due; due = this.agenda.takeDue(until)) {
      this.now = due.at;
      this.vigil.advance(this.now, this.now);
      due.item(this.now);
    }
    this.now = until;
    this.vigil.advance(this.now, this.now);
  }

  /** When something was done about a peer, from a moment on. */
  times(what: Done, key: PeerKey = NOBODY, from = 0): number[] {
    const done = this.done.filter((one) => one.what === what && one.of === key);
    return done.map(({ at }) => Math.round(at - from));
  }

  get #code(): number {
    return intervalCodeOf(this.intervalMs);
  }

  #beatLater(peer: Peer, delayMs: number): void {
    this.agenda.add(this.now + delayMs, () => {
      if (this.#silent.has(peer.key) || this.roster.get(peer.key) !== peer) return;
      if (!this.deaf) this.hear(peer);
      this.#beatLater(peer, this.intervalMs);
    });
  }

  #note(what: Done, of: PeerKey): void {
    this.done.push({ what, of, at: this.now });
  }
}

/** Of all, those that we watch, and one of the others. */
const watched = keys.filter((key) =>
  isWatcher(
    self!,
    key,
    keys.filter((other) => other !== key),
  ),
);
const unwatched = keys.find((key) => !watched.includes(key))!;

describe('a peer that falls silent', () => {
  test('is asked for by its watchers once a late beat and the grace have passed', () => {
    const watch = new Watch();
    watch.list(...keys);
    watch.run(3000);
    const from = watch.now;
    watch.silence(watched[0]!);
    watch.run(1600);
    const [asked] = watch.times('ask', watched[0], from);
    // The last beat was up to 500 ms before it fell silent.
    expect(asked).toBeGreaterThanOrEqual(875 - 500);
    expect(asked).toBeLessThanOrEqual(875 + 50 + 20);
  });

  test('is asked for by any other only if no watcher has done so for some beats', () => {
    const watch = new Watch();
    watch.list(...keys);
    watch.run(3000);
    const from = watch.now;
    watch.silence(unwatched);
    watch.run(5000);
    const fallback = patienceMs(fallbackBeats(watch.vigil.loss, keys.length), 500, 500, 250);
    const [asked] = watch.times('ask', unwatched, from);
    expect(asked).toBeGreaterThanOrEqual(fallback - 500);
    // The next look is a second away at most.
    expect(asked).toBeLessThanOrEqual(fallback + 1000 + 250);
  });

  test('is told as suspect, then given up, and nobody else is', () => {
    const watch = new Watch();
    watch.list(...keys);
    watch.run(3000);
    watch.silence(watched[0]!);
    watch.run(5000);
    const told = watch.done.filter(({ what }) => what === 'suspect' || what === 'dead');
    expect(told.map(({ what, of }) => [what, of])).toEqual([
      ['suspect', watched[0]],
      ['dead', watched[0]],
    ]);
    expect(watch.vigil.suspects).toBe(0);
  });

  test('and speaks again is cleared, and watched as before', () => {
    const watch = new Watch();
    const peers = watch.list(...keys);
    const peer = peers.find(({ key }) => key === watched[0])!;
    watch.run(3000);
    watch.hear(peer);
    watch.silence(peer.key);
    watch.run(1125);
    watch.hear(peer);
    expect(watch.times('clear', peer.key)).toHaveLength(1);
    watch.run(5000);
    expect(watch.times('suspect', peer.key)).toHaveLength(2);
    expect(watch.times('dead', peer.key)).toHaveLength(1);
  });

  test('has longer where much is lost', () => {
    const watch = new Watch();
    watch.list(...keys);
    for (let datagram = 0; datagram < 200; datagram++)
      watch.vigil.count(datagram % 4 === 0 ? 1 : 0);
    watch.run(3000);
    const from = watch.now;
    watch.silence(watched[0]!);
    watch.run(10_000);
    expect(watch.times('ask', watched[0], from)[0]).toBeGreaterThan(3 * 625 + 250 - 500);
    // Thirteen rounds or so, instead of four.
    const [suspect] = watch.times('suspect', watched[0]);
    const [dead] = watch.times('dead', watched[0]);
    expect(dead! - suspect!).toBeGreaterThan(8 * 125);
  });
});

describe('a question of somebody else', () => {
  test('after a peer that is overdue for us, too, is as good as ours', () => {
    const watch = new Watch();
    const peers = watch.list(...keys);
    const peer = peers.find(({ key }) => key === unwatched)!;
    watch.run(3000);
    watch.silence(peer.key);
    watch.run(1000);
    expect(watch.vigil.suspects).toBe(0);
    watch.vigil.asked(peer, watch.now);
    expect(watch.vigil.suspects).toBe(1);
    expect(watch.times('knock', peer.key)).toHaveLength(1);
    expect(watch.times('ask', peer.key)).toEqual([]);
  });

  test('after a peer that was heard in time is not joined: its answer is waited for', () => {
    const watch = new Watch();
    const peers = watch.list(...keys);
    watch.run(3000);
    const peer = peers.find(({ key }) => key === unwatched)!;
    watch.hear(peer);
    watch.vigil.asked(peer, watch.now);
    watch.run(50);
    watch.hear(peer);
    watch.run(1000);
    expect(watch.times('knock', peer.key)).toEqual([]);
    expect(watch.times('ask', peer.key)).toEqual([]);
  });

  test('that we hear no answer to makes us look three times, then ask ourselves', () => {
    const watch = new Watch();
    const peers = watch.list(...keys);
    watch.run(3000);
    const peer = peers.find(({ key }) => key === unwatched)!;
    watch.hear(peer);
    watch.silence(peer.key);
    const from = watch.now;
    watch.vigil.asked(peer, from);
    watch.run(89);
    expect(watch.done.filter(({ of }) => of === peer.key)).toEqual([]);
    watch.run(400);
    expect(watch.times('knock', peer.key, from).slice(0, 3)).toEqual([90, 180, 270]);
    expect(watch.times('ask', peer.key, from)[0]).toBeGreaterThanOrEqual(360);
    expect(watch.times('ask', peer.key, from)[0]).toBeLessThanOrEqual(360 + 50);
    watch.run(2000);
    expect(watch.times('dead', peer.key)).toHaveLength(1);
  });
});

describe('while nobody at all is heard', () => {
  test('nobody is suspected, for ten seconds', () => {
    const watch = new Watch();
    watch.list(...keys);
    watch.run(3000);
    watch.deaf = true;
    watch.run(10_000);
    expect(watch.done).toEqual([]);
    watch.deaf = false;
    watch.run(10_000);
    expect(watch.done).toEqual([]);
  });

  test('for longer, we say that we are isolated, then ask after all', () => {
    const watch = new Watch();
    watch.list(...keys);
    watch.run(3000);
    watch.silence(...keys);
    const from = watch.now;
    watch.run(12_000);
    const [isolated, ...more] = watch.times('isolated', NOBODY, from);
    expect(more).toEqual([]);
    expect(isolated).toBeGreaterThanOrEqual(10_000);
    // The next look is a second away at most.
    expect(isolated).toBeLessThanOrEqual(10_000 + 500 + 250 + 1000);
    watch.run(20_000);
    expect(watch.done.filter(({ what }) => what === 'dead')).toHaveLength(keys.length);
  });

  test('a single voice ends isolation, and that is told once', () => {
    const watch = new Watch();
    const [peer] = watch.list(...keys);
    watch.run(3000);
    watch.silence(...keys);
    watch.run(12_000);
    watch.hear(peer!);
    watch.hear(peer!);
    expect(watch.times('online')).toHaveLength(1);
  });

  test('a single other one is given up after a second of doubt', () => {
    const watch = new Watch();
    watch.list(keys[0]!);
    watch.run(3000);
    watch.silence(keys[0]!);
    const from = watch.now;
    watch.run(10_000);
    expect(watch.times('dead', keys[0], from)[0]).toBeLessThan(2500);
  });
});

/** Among many that seldom beat, next to one that we do not watch. */
function rare(): { watch: Watch; peer: Peer } {
  const watch = new Watch();
  watch.intervalMs = 8000;
  const peers = watch.list(...keys);
  const peer = peers.find(({ key }) => key === unwatched)!;
  watch.successor = peer.key;
  return { watch, peer };
}

describe('where beats are rare', () => {
  test('the next one in the list is looked after every two seconds', () => {
    const { watch, peer } = rare();
    watch.run(20_000);
    const times = watch.times('look', peer.key);
    expect(times.length).toBeGreaterThanOrEqual(6);
    for (const [at, time] of times.slice(1).entries()) {
      expect(time - times[at]!).toBeGreaterThanOrEqual(2000);
      expect(time - times[at]!).toBeLessThanOrEqual(3000);
    }
  });

  test('nobody is looked after where beats come as often', () => {
    const watch = new Watch();
    watch.intervalMs = 2000;
    watch.list(...keys);
    watch.successor = keys[0]!;
    watch.run(20_000);
    expect(watch.times('look', keys[0])).toEqual([]);
  });

  test('a refusal makes us ask, and give up whoever leaves that unanswered', () => {
    const { watch, peer } = rare();
    watch.run(5000);
    watch.silence(peer.key);
    const from = watch.now;
    watch.vigil.refused(peer.path!, from);
    watch.run(1000);
    expect(watch.times('dead', peer.key, from)[0]).toBeLessThanOrEqual(3 * 175);
  });

  test('a refusal leaves a peer two questions to answer, each asked twice: its firewall may refuse', () => {
    const { watch, peer } = rare();
    watch.run(5000);
    watch.silence(peer.key);
    watch.vigil.refused(peer.path!, watch.now);
    watch.run(1000);
    expect(watch.times('ask', peer.key)).toHaveLength(2 * 2);
  });

  test('a refusal by the host of a peer that lives convinces nobody, nor does the next', () => {
    const { watch, peer } = rare();
    watch.run(5000);
    watch.vigil.refused(peer.path!, watch.now);
    watch.run(20);
    watch.hear(peer);
    const looks = watch.times('look', peer.key).length;
    watch.vigil.refused(peer.path!, watch.now);
    watch.run(20_000);
    expect(watch.times('dead', peer.key)).toEqual([]);
    expect(watch.times('look', peer.key)).toHaveLength(looks);
  });

  test('a refusal that nobody has asked for does nothing', () => {
    const { watch } = rare();
    watch.run(5000);
    watch.vigil.refused(sourceAt('7:1'), watch.now);
    expect(watch.vigil.suspects).toBe(0);
  });

  test('so many that were looked after are remembered, and no more', () => {
    const watch = new Watch();
    watch.intervalMs = 8000;
    const many = drawKeys(KNOCKED_MAX + 1, seededRandom(9));
    const peers = watch.list(...many);
    for (const peer of peers) {
      watch.successor = peer.key;
      watch.run(2000);
      watch.hear(peer);
    }
    const [first] = peers;
    watch.vigil.refused(first!.path!, watch.now);
    const forgotten = watch.vigil.suspects;
    watch.vigil.refused(peers[5]!.path!, watch.now);
    expect([forgotten, watch.vigil.suspects]).toEqual([0, 1]);
  });
});

describe('strangers that fall silent', () => {
  test('are asked for, eight at a time, and the others go without a question', () => {
    const watch = new Watch(false);
    const strangers = drawKeys(60, seededRandom(5));
    watch.list(...strangers);
    watch.silence(...strangers);
    watch.run(600);
    // Somebody is heard, or we would doubt ourselves.
    const [friend] = watch.list(keys[0]!);
    for (let beat = 0; beat < 60; beat++) {
      watch.run(200);
      if (friend !== undefined) watch.hear(friend);
      expect(watch.vigil.suspects).toBeLessThanOrEqual(8);
    }
    const dead = watch.done.filter(({ what }) => what === 'dead');
    expect(dead).toHaveLength(strangers.length);
    const asked = new Set(watch.done.filter(({ what }) => what === 'knock').map(({ of }) => of));
    expect(asked.size).toBeGreaterThanOrEqual(8);
    expect(asked.size).toBeLessThan(strangers.length / 2);
    expect(watch.done.filter(({ what }) => what === 'ask')).toEqual([]);
  });
});

describe('the leeway of a peer that others tell of', () => {
  test('leaves it one beat before it is asked for', () => {
    const watch = new Watch();
    watch.list(...keys);
    for (let datagram = 0; datagram < 200; datagram++)
      watch.vigil.count(datagram % 4 === 0 ? 1 : 0);
    const leewayMs = watch.vigil.leewayMs(500);
    expect(leewayMs).toBeGreaterThan(0);
    expect(watch.vigil.isPatient(leewayMs + 874, 500)).toBe(true);
    expect(watch.vigil.isPatient(leewayMs + 875, 500)).toBe(false);
  });

  test('is none where one beat is all the patience there is', () => {
    const watch = new Watch();
    expect(watch.vigil.leewayMs(500)).toBe(0);
    expect(watch.vigil.isPatient(874, intervalMsOf(16))).toBe(true);
  });
});
