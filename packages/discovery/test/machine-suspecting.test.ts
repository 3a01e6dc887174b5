import type { Source } from '@mailslot/core/internal';
import { describe, expect, test } from 'vitest';

import { FLAG, TYPE } from '../src/presence/message.ts';
import { PATH_MISSES_MAX } from '../src/presence/peer.ts';
import { decodeProbe } from '../src/presence/probe.ts';
import { acquainted, crowd, familiar, type Other, type Sent, Solo } from './support/solo.ts';
import { sourceAt } from './support/sources.ts';

const { FULL, WANT, DIRECT } = FLAG;

const isProbe = ({ message }: Sent): boolean => message.type === TYPE.PROBE;

/** One that knows Bob, and has just heard him for the last time. */
function left(options: ConstructorParameters<typeof Solo>[0] = {}): { solo: Solo; bob: Other } {
  const solo = Solo.settled(options);
  const [bob] = familiar(solo, 'Bob');
  return { solo, bob: bob! };
}

/** How long it takes until Bob is given up. */
function timeToGiveUp(solo: Solo, withinMs = 60_000): number {
  const from = solo.now;
  while (solo.names.includes('Bob')) {
    if (solo.now - from > withinMs) throw new Error(`Not within ${withinMs} ms.`);
    solo.wait(5);
  }
  return solo.now - from;
}

describe('silence', () => {
  test('is borne for a late beat and the grace, then for four rounds of questions', () => {
    const { solo } = left();
    const tookMs = timeToGiveUp(solo);
    expect(tookMs).toBeGreaterThanOrEqual(875 + 4 * 125);
    expect(tookMs).toBeLessThanOrEqual(875 + 50 + 4 * 175 + 25);
    expect(solo.takeNews()).toEqual(['suspect Bob', 'down Bob: expired']);
  });

  test('is measured by the interval that the peer announced, if that is longer', () => {
    const solo = Solo.settled();
    const [bob] = familiar(solo, 'Bob');
    bob!.intervalCode = 32; // 2 s
    solo.hear(bob!.beat(), bob!.source);
    expect(timeToGiveUp(solo)).toBeGreaterThanOrEqual(2750 + 4 * 125);
  });

  test('is measured by our own interval, if that is longer', () => {
    const { solo } = left({ intervalMsMin: 2000 });
    expect(timeToGiveUp(solo)).toBeGreaterThanOrEqual(2750 + 4 * 125);
  });

  test('is ended by any message of the peer that is newer than all before', () => {
    const { solo, bob } = left();
    const messages = [
      () => bob.beat(),
      () => bob.full(),
      () => bob.beat(WANT),
      () => bob.probe('\0'.repeat(16), 0),
      () => bob.message({ type: TYPE.PROBE, flags: DIRECT }),
      () => bob.message({ type: TYPE.PULL, body: Uint8Array.of(0x32, 8, 0, 0, 0, 0, 0, 0, 0, 9) }),
    ];
    for (const message of messages) {
      solo.wait(800);
      solo.hear(message(), bob.source);
    }
    expect(solo.takeNews()).toEqual([]);
  });

  test('does not count while the process stood still', () => {
    const { solo, bob } = left();
    solo.clock.advance(60_000);
    solo.feed({ type: 'wake' });
    expect(solo.takeNews()).toEqual([]);
    solo.wait(300);
    expect(solo.names).toEqual(['Bob']);
    solo.hear(bob.beat(), bob.source);
    solo.wait(900);
    expect(solo.takeNews()).toEqual([]);
  });

  test('that ends while it is suspected is told, if the suspicion was', () => {
    const { solo, bob } = left();
    solo.wait(1200);
    expect(solo.takeNews()).toEqual(['suspect Bob']);
    solo.hear(bob.beat(), bob.source);
    expect(solo.takeNews()).toEqual(['clear Bob']);
  });

  test('that ends in the first round is not worth a word', () => {
    const { solo, bob } = left();
    solo.wait(980);
    solo.hear(bob.beat(), bob.source);
    expect(solo.takeNews()).toEqual([]);
  });

  test('of a peer that was given up is held against what it sent before, and not what it sends after', () => {
    const { solo, bob } = left();
    const before = bob.full();
    bob.lose(1);
    solo.hear(bob.beat(), bob.source);
    timeToGiveUp(solo);
    solo.take();
    solo.hear(before, bob.source);
    expect(solo.takeNews()).toEqual([]);
    solo.hear(bob.full(), bob.source);
    expect(solo.takeNews()).toEqual(['up Bob']);
  });

  test('of all who are known but for strangers ends with all of them gone, and no timers but our own', () => {
    const solo = Solo.settled();
    familiar(solo, ...Array.from({ length: 20 }, (_, at) => `peer ${at}`));
    solo.wait(60_000);
    expect(solo.machine.peers).toEqual([]);
    expect(solo.machine.sizes).toMatchObject({ suspects: 0, tombstones: 20 });
    expect(solo.machine.sizes.timers).toBeLessThan(10);
  });
});

describe('the questions after a silent peer', () => {
  test('go to all, twice in each round, and tell the newest number that was heard', () => {
    const { solo, bob } = left();
    timeToGiveUp(solo);
    const questions = solo.takeSent().filter((sent) => isProbe(sent) && sent.to === undefined);
    expect(questions).toHaveLength(2 * 4);
    for (const [at, { message }] of questions.entries()) {
      const round = Math.trunc(at / 2) + 1;
      expect(decodeProbe(message.body)).toEqual({
        key: bob.key,
        lastSequence: bob.sequence,
        round,
      });
    }
  });

  test('go to its place as well, in the first two rounds, from a port that is told if nobody is there', () => {
    const { solo, bob } = left();
    timeToGiveUp(solo);
    const knocks = solo.takeSent().filter(({ type }) => type === 'knock');
    expect(knocks).toHaveLength(2);
    for (const { to, message } of knocks) {
      expect(to).toEqual(bob.source);
      expect(message.type).toBe(TYPE.PROBE);
      expect(message.flags & DIRECT).toBe(DIRECT);
    }
  });

  test('never leave the link', () => {
    const solo = Solo.settled();
    const [bob] = familiar(solo, 'Bob');
    const afar: Source = { ...sourceAt('203.0.113.9:1'), trust: 'routed' };
    solo.hear(bob!.beat(), afar);
    timeToGiveUp(solo);
    expect(solo.takeSent().filter(({ type }) => type === 'knock')).toEqual([]);
  });

  test.each(['brokered', 'relayed'] as const)(
    'knock nowhere if it is %s: nobody would refuse for it',
    (trust) => {
      const { solo, bob } = left();
      const afar: Source = { ...bob.source, id: 'afar', trust };
      for (let beat = 0; beat < PATH_MISSES_MAX; beat++) solo.hear(bob.beat(), afar);
      timeToGiveUp(solo);
      const sent = solo.takeSent().filter(({ to }) => to !== undefined);
      const question = { type: 'unicast', to: afar, message: { type: TYPE.PROBE } };
      expect(sent).toMatchObject([question, question]);
    },
  );

  test('are fewer if its host says that nobody is there', () => {
    const { solo, bob } = left();
    solo.wait(980);
    solo.feed({ type: 'refused', source: bob.source });
    expect(timeToGiveUp(solo)).toBeLessThanOrEqual(2 * 175);
  });

  test('of a group show in its budget', () => {
    const solo = Solo.settled({ wakeupsPerSecond: 1_000_000 });
    crowd(solo, 60);
    solo.wait(1000);
    const before = solo.machine.stats.intervalMs;
    const [eve] = familiar(solo, 'Eve');
    for (let probe = 0; probe < 2000; probe++) {
      solo.hear(eve!.probe('\0'.repeat(16), 0), eve!.source);
      solo.wait(50);
    }
    expect(solo.machine.stats.intervalMs).toBeGreaterThan(1.3 * before);
    expect(solo.machine.stats.intervalMs).toBeLessThan(1.7 * before);
  });
});

describe('the measured loss', () => {
  test('counts what a peer sent to all and we did not hear', () => {
    const { solo, bob } = left();
    const before = solo.machine.stats.loss;
    for (let beat = 0; beat < 200; beat++) {
      bob.lose(beat % 4 === 0 ? 1 : 0);
      solo.hear(bob.beat(), bob.source);
      solo.wait(200);
    }
    expect(solo.machine.stats.loss).toBeGreaterThan(0.15);
    expect(solo.machine.stats.loss).toBeLessThan(0.25);
    expect(before).toBeLessThan(0.01);
  });

  test('does not count what it sent to single peers', () => {
    const { solo, bob } = left();
    for (let beat = 0; beat < 300; beat++) {
      for (let other = 0; other < 5; other++) bob.message({ flags: DIRECT });
      solo.hear(bob.beat(), bob.source);
      solo.hear(bob.message({ flags: DIRECT | FULL }), bob.source);
      solo.wait(200);
    }
    expect(solo.machine.stats.loss).toBeLessThan(0.003);
  });

  test('goes on when the count begins again at zero', () => {
    const { solo, bob } = left();
    bob.groupCount = 0xffff - 50;
    for (let beat = 0; beat < 300; beat++) {
      solo.hear(bob.beat(), bob.source);
      solo.wait(200);
    }
    expect(bob.groupCount).toBeLessThan(1000);
    // The first jump alone looked like an outage.
    expect(solo.machine.stats.loss).toBeLessThan(0.02);
  });
});

describe('isolation', () => {
  test('is told after as much silence of all as can be our own fault, and its end, too', () => {
    const solo = Solo.settled();
    const [bob] = familiar(solo, 'Bob', 'Eve', 'Dan');
    solo.wait(10_000 + 834 + 1000);
    const types = (): string[] => solo.take().map(({ type }) => type);
    expect(types()).toContain('isolated');
    solo.hear(bob!.beat(), bob!.source);
    const after = types();
    expect(after.filter((type) => type === 'online')).toHaveLength(1);
  });

  test('ends with joining again', () => {
    const solo = Solo.settled();
    const [bob] = familiar(solo, 'Bob', 'Eve', 'Dan');
    solo.wait(12_000);
    solo.take();
    solo.hear(bob!.beat(), bob!.source);
    expect(solo.takeSent()).toMatchObject([{ to: undefined, message: { flags: FULL | WANT } }]);
  });

  test('is nothing that one who was never with others knows', () => {
    const solo = Solo.settled();
    solo.wait(600_000);
    expect(solo.take().every(({ type }) => type === 'multicast')).toBe(true);
  });

  test('is not told while somebody is heard, however few', () => {
    const solo = Solo.settled();
    const [bob] = familiar(solo, 'Bob', 'Eve', 'Dan');
    for (let beat = 0; beat < 100; beat++) {
      solo.hear(bob!.beat(), bob!.source);
      solo.wait(500);
    }
    expect(solo.takeNews().filter((news) => news.startsWith('down'))).toHaveLength(2);
    expect(solo.names).toEqual(['Bob']);
  });
});

describe('a stranger that falls silent', () => {
  test('is gone soon, too', () => {
    const solo = Solo.settled();
    acquainted(solo);
    expect(timeToGiveUp(solo)).toBeLessThan(4000);
    expect(solo.takeNews().at(-1)).toBe('down Bob: expired');
  });
});
