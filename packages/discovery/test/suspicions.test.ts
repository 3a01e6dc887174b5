import { Agenda } from '@mailslot/core/internal';
import { seededRandom } from '@mailslot/core/testing';
import { describe, expect, test } from 'vitest';

import { Peer, Probation } from '../src/presence/peer.ts';
import { Suspicions, SUSPICIONS_MAX } from '../src/presence/suspicions.ts';
import type { Task } from '../src/presence/task-table.ts';
import { sourceAt } from './support/sources.ts';

const ROUND_MS = 125;
/** A round and the random time after it. */
const ROUND_MS_MAX = ROUND_MS + 50;

type Done = 'ask' | 'knock' | 'suspect' | 'clear' | 'dead' | 'excused';

/** Suspicions on an agenda that is all the time there is, and what they led to. */
class Court {
  readonly agenda = new Agenda<Task>();
  readonly done: {
    readonly what: Done;
    readonly of: string;
    readonly round?: number;
    readonly at: number;
  }[] = [];
  readonly suspicions: Suspicions;
  roundsNeeded = 4;
  beatDueMs = 0;
  deaf = false;
  now = 0;

  constructor(seed = 1) {
    const note = (what: Done) => (subject: Peer) => this.#note(what, subject.key);
    const ask = (what: Done) => (subject: Peer, round: number) =>
      this.#note(what, subject.key, round);
    this.suspicions = new Suspicions({
      agenda: this.agenda,
      random: seededRandom(seed),
      roundMs: ROUND_MS,
      roundsNeeded: () => this.roundsNeeded,
      beatDueMs: () => this.beatDueMs,
      askers: () => 4,
      isDeaf: () => this.deaf,
      ask: ask('ask'),
      knock: ask('knock'),
      onSuspect: note('suspect'),
      onClear: note('clear'),
      onDead: note('dead'),
      onRefusalDisproved: (key) => this.#note('excused', key),
    });
  }

  /** Lets time pass; each task runs when it is due, or at the end if the process sleeps. */
  run(ms: number, asleep = false): void {
    const until = this.now + ms;
    if (asleep) this.now = until;
    for (let due = this.agenda.takeDue(until); due; due = this.agenda.takeDue(until)) {
      this.now = asleep ? until : due.at;
      due.item(this.now);
    }
    this.now = until;
  }

  /** When something was done, in whole milliseconds. */
  times(what: Done): number[] {
    return this.done.filter((one) => one.what === what).map(({ at }) => Math.round(at));
  }

  words(): string[] {
    return this.done.map(({ what, round }) => (round === undefined ? what : `${what} ${round}`));
  }

  #note(what: Done, of: string, round?: number): void {
    this.done.push({ what, of, at: this.now, ...(round !== undefined && { round }) });
  }
}

function peerAt(place: string): Peer {
  const described = { record: { name: place, endpoints: [], info: undefined }, revision: 0 };
  return new Peer(place, 7, described, sourceAt(`${place}:1`));
}

function strangerAt(place: string): Peer {
  const peer = peerAt(place);
  peer.probation = new Probation(peer, place);
  return peer;
}

const bob = peerAt('bob');

/** One who suspects Bob, from now on. */
function suspecting(seed = 1): Court {
  const court = new Court(seed);
  court.suspicions.begin(bob, 4, 0, 0);
  return court;
}

describe('a suspected peer', () => {
  test('is asked for in rounds, twice in each, and by itself in the first two, and is dead after the last', () => {
    const court = suspecting();
    court.run(10_000);
    expect(court.words().join(', ')).toBe(
      'knock 1, ask 1, ask 1, suspect, knock 2, ask 2, ask 2, ask 3, ask 3, ask 4, ask 4, dead',
    );
    expect(court.suspicions.size).toBe(0);
    expect(court.agenda.size).toBe(0);
  });

  test('has a round of time to answer, and up to 50 ms more, in each', () => {
    for (let seed = 1; seed <= 50; seed++) {
      const court = suspecting(seed);
      court.run(10_000);
      const [dead] = court.times('dead');
      expect(dead).toBeGreaterThanOrEqual(4 * ROUND_MS);
      expect(dead).toBeLessThanOrEqual(4 * ROUND_MS_MAX);
      const [first, copy] = court.times('ask');
      expect(copy! - first!).toBe(30);
    }
  });

  test('is asked for within the time it is begun with', () => {
    const starts = Array.from({ length: 50 }, (_, seed) => {
      const court = new Court(seed + 1);
      court.suspicions.begin(bob, 30, 250, 0);
      court.run(260);
      return court.times('ask')[0]!;
    });
    expect(Math.max(...starts)).toBeLessThanOrEqual(250);
    expect(Math.min(...starts)).toBeLessThan(150);
  });

  test('needs as many rounds as are needed by then, however many it was before', () => {
    const court = suspecting();
    court.run(2 * ROUND_MS);
    court.roundsNeeded = 13;
    court.run(10_000);
    expect(court.times('ask')).toHaveLength(2 * 13);
  });

  test('is asked for once more when a beat of it is overdue, if the rounds were over before', () => {
    const court = suspecting();
    court.beatDueMs = 3000;
    court.run(10_000);
    const asked = court.times('ask');
    expect(asked).toHaveLength(2 * 5);
    expect(asked[7]).toBeLessThan(1000);
    expect(asked[8]).toBe(3000);
    expect(court.times('dead')[0]).toBeGreaterThanOrEqual(3000 + ROUND_MS);
    expect(court.times('dead')[0]).toBeLessThanOrEqual(3000 + ROUND_MS_MAX);
  });

  test('that was begun with is not begun with again', () => {
    const court = suspecting();
    court.run(200);
    expect(court.suspicions.begin(bob, 4, 0, court.now)).toBe(true);
    court.run(10_000);
    expect(court.times('dead')).toHaveLength(1);
    expect(court.times('ask')).toHaveLength(2 * 4);
  });
});

describe('a suspected stranger', () => {
  test('is asked by knocks alone, in every round: there may be thousands, and invented ones', () => {
    const court = new Court();
    court.suspicions.begin(strangerAt('eve'), 4, 0, 0);
    expect(court.suspicions.strangers).toBe(1);
    court.run(10_000);
    expect(court.words().join(', ')).toBe('knock 1, suspect, knock 2, knock 3, knock 4, dead');
    expect(court.suspicions.strangers).toBe(0);
  });
});

describe('a sign of life', () => {
  test('ends it all without a word if it comes in the first round', () => {
    const court = suspecting();
    court.run(100);
    court.suspicions.clear(bob.key);
    court.run(10_000);
    expect(court.words()).toEqual(['knock 1', 'ask 1', 'ask 1']);
    expect(court.agenda.size).toBe(0);
  });

  test('is told as such once the suspicion was told', () => {
    const court = suspecting();
    court.run(300);
    court.suspicions.clear(bob.key);
    expect(court.words().slice(-1)).toEqual(['clear']);
    court.suspicions.clear(bob.key);
    court.run(10_000);
    expect(court.times('clear')).toHaveLength(1);
    expect(court.times('dead')).toEqual([]);
  });

  test('begins the rounds anew with the next suspicion', () => {
    const court = suspecting();
    court.run(3 * ROUND_MS_MAX);
    court.suspicions.clear(bob.key);
    court.suspicions.begin(bob, 4, 0, court.now);
    const from = court.now;
    court.run(10_000);
    expect(court.times('dead')[0]! - from).toBeGreaterThanOrEqual(4 * ROUND_MS);
  });

  test('is nothing to a peer that is not suspected', () => {
    const court = new Court();
    court.suspicions.clear(bob.key);
    expect(court.done).toEqual([]);
  });
});

describe('a peer that has left the list', () => {
  test('is not asked for any more, and nothing is told', () => {
    const court = suspecting();
    court.run(300);
    const before = court.words();
    court.suspicions.forget(bob.key);
    court.run(10_000);
    expect(court.words()).toEqual(before);
    expect(court.agenda.size).toBe(0);
  });
});

describe('a question of somebody else', () => {
  test('is as good as our own: we knock, and do not ask', () => {
    const court = new Court();
    expect(court.suspicions.join(bob, 0)).toBe(true);
    court.run(ROUND_MS - 1);
    expect(court.words()).toEqual(['knock 1']);
  });

  test('that comes before ours spares us ours', () => {
    const court = new Court(3);
    court.suspicions.begin(bob, 4, 50, 0);
    court.suspicions.join(bob, 0);
    court.run(ROUND_MS - 1);
    expect(court.times('ask')).toEqual([]);
  });

  test('within 60 ms of the last one belongs to the same round', () => {
    const court = new Court();
    for (const at of [0, 30, 59]) {
      court.run(at - court.now);
      court.suspicions.join(bob, at);
    }
    expect(court.words()).toEqual(['knock 1']);
    court.run(1);
    court.suspicions.join(bob, 60);
    expect(court.words()).toEqual(['knock 1', 'knock 2']);
  });

  test('moves us one round ahead, and never faster than every 60 ms, however many ask', () => {
    const court = new Court();
    for (let at = 0; at < 230; at += 5) {
      court.run(at - court.now);
      court.suspicions.join(bob, at);
    }
    // Four rounds began, at 0, 60, 120 and 180 ms.
    expect(court.times('knock')).toEqual([0, 60]);
    expect(court.times('dead')).toEqual([]);
    // The last round has its time in full.
    court.run(10_000);
    expect(court.times('dead')[0]).toBeGreaterThanOrEqual(180 + ROUND_MS);
  });

  test('does not make its word ours: without questions the rounds end by our own', () => {
    const court = new Court();
    court.suspicions.join(bob, 0);
    court.run(10_000);
    expect(court.times('ask')).toHaveLength(2 * 3);
    expect(court.times('dead')).toHaveLength(1);
  });
});

describe('a refusal by its host', () => {
  test('makes two rounds enough', () => {
    const court = suspecting();
    court.run(5);
    court.suspicions.refused(sourceAt('bob:1'));
    court.run(10_000);
    expect(court.words().join(', ')).toBe(
      'knock 1, ask 1, ask 1, suspect, knock 2, ask 2, ask 2, dead',
    );
  });

  test('makes us wait for no beat', () => {
    const court = suspecting();
    court.beatDueMs = 3000;
    court.suspicions.refused(sourceAt('bob:1'));
    court.run(10_000);
    expect(court.times('dead')[0]).toBeLessThanOrEqual(2 * ROUND_MS_MAX);
  });

  test('is never enough by itself', () => {
    const court = suspecting();
    court.run(1);
    for (let refusal = 0; refusal < 10; refusal++) court.suspicions.refused(sourceAt('bob:1'));
    court.run(2 * ROUND_MS - 2);
    expect(court.times('dead')).toEqual([]);
  });

  test('is disproved by a sign of life, and that is told', () => {
    const court = suspecting();
    court.suspicions.refused(sourceAt('bob:1'));
    court.run(50);
    court.suspicions.clear(bob.key);
    expect(court.words()).toContain('excused');
  });

  test('of another place is nothing to it', () => {
    const court = suspecting();
    court.suspicions.refused(sourceAt('bob:2'));
    court.run(10_000);
    expect(court.times('ask')).toHaveLength(2 * 4);
  });
});

describe('while we are deaf', () => {
  test('nobody is asked for', () => {
    const court = new Court();
    court.deaf = true;
    court.suspicions.begin(bob, 4, 0, 0);
    court.run(5000);
    expect(court.done).toEqual([]);
    court.deaf = false;
    court.run(5000);
    expect(court.times('dead')).toHaveLength(1);
  });

  test('no round ends', () => {
    const court = suspecting();
    court.run(3 * ROUND_MS);
    court.deaf = true;
    const before = court.words();
    court.run(20_000);
    expect(court.words()).toEqual(before);
  });
});

describe('a process that wakes late', () => {
  test('looks into its socket before it judges', () => {
    const court = suspecting();
    court.roundsNeeded = 1;
    court.run(60);
    court.run(5000, true);
    expect(court.times('dead')).toEqual([]);
    court.run(49);
    expect(court.times('dead')).toEqual([]);
    court.run(2);
    expect(court.times('dead')).toHaveLength(1);
  });

  test('finds an answer there, and tells nothing', () => {
    const court = suspecting();
    court.roundsNeeded = 1;
    court.run(60);
    court.run(5000, true);
    court.suspicions.clear(bob.key);
    court.run(5000);
    expect(court.times('suspect')).toEqual([]);
    expect(court.times('dead')).toEqual([]);
  });
});

describe('more suspects than can be asked for', () => {
  test('wait for their turn', () => {
    const court = new Court();
    const peers = Array.from({ length: SUSPICIONS_MAX }, (_, at) => peerAt(`peer ${at}`));
    for (const peer of peers) expect(court.suspicions.begin(peer, 4, 0, 0)).toBe(true);
    expect(court.suspicions.begin(bob, 4, 0, 0)).toBe(false);
    expect(court.suspicions.join(bob, 0)).toBe(false);
    court.suspicions.clear(peers[0]!.key);
    expect(court.suspicions.begin(bob, 4, 0, 0)).toBe(true);
    expect(court.suspicions.size).toBe(SUSPICIONS_MAX);
  });

  test('have tasks for each of them and no more', () => {
    const court = new Court();
    for (let at = 0; at < SUSPICIONS_MAX; at++) court.suspicions.begin(peerAt(`${at}`), 4, 0, 0);
    court.run(10);
    expect(court.agenda.size).toBeLessThanOrEqual(2 * SUSPICIONS_MAX);
    court.run(10_000);
    expect(court.times('dead')).toHaveLength(SUSPICIONS_MAX);
    expect(court.agenda.size).toBe(0);
  });
});
