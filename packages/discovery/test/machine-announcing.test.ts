import { MailslotError } from '@mailslot/core';
import { seededRandom } from '@mailslot/core/testing';
import { describe, expect, test } from 'vitest';

import { intervalMsOf } from '../src/presence/interval.ts';
import { FLAG, TYPE } from '../src/presence/message.ts';
import { decodeRecord } from '../src/presence/record.ts';
import { ANN, crowd, digestOf, familiar, Other, type Sent, Solo } from './support/solo.ts';

const { FULL, WANT, SETTLED, OBSERVER, DIRECT } = FLAG;

function started(options: ConstructorParameters<typeof Solo>[0] = {}): Solo {
  const solo = new Solo(options);
  solo.feed({ type: 'start' });
  return solo;
}

/** Without regard for processors: the budget alone makes intervals longer. */
const sleepless = { wakeupsPerSecond: 1_000_000 };

const has = (flag: number) => (sent: Sent) => (sent.message.flags & flag) !== 0;

const isBeat = ({ to, message: { type } }: Sent): boolean =>
  to === undefined && type === TYPE.ANNOUNCE;

/** When something was sent, from a moment on, in whole milliseconds. */
function times(sent: readonly Sent[], from: number): number[] {
  return sent.map(({ at }) => Math.round(at - from));
}

describe('joining', () => {
  test('says who it is and asks who is there, at once', () => {
    const [first, ...more] = started().takeSent();
    expect(more).toEqual([]);
    expect(first).toMatchObject({
      to: undefined,
      message: { type: TYPE.ANNOUNCE, flags: FULL | WANT, sequence: 1, revision: 0 },
    });
    expect(decodeRecord(first!.message.body)).toEqual(ANN);
  });

  test('asks again in its copies and between them, as long as nobody shows it the whole list', () => {
    const solo = started();
    const from = solo.now;
    solo.wait(60_000);
    const asked = times(solo.takeSent().filter(has(WANT)), from);
    expect(asked).toHaveLength(6);
    for (const [at, [least, most]] of [
      [0, 0],
      [24, 36],
      [150, 150],
      [240, 360],
      [500, 500],
      [800, 1200],
    ].entries()) {
      expect(asked[at]).toBeGreaterThanOrEqual(least!);
      expect(asked[at]).toBeLessThanOrEqual(most!);
    }
  });

  test('asks no more once somebody has the same list, but repeats who it is', () => {
    // Beats are put off, so that nothing but the copies is sent.
    const solo = started({ intervalMsMin: 60_000 });
    const from = solo.now;
    const bob = new Other('Bob');
    solo.wait(5);
    bob.digest = digestOf(solo, bob);
    solo.hear(bob.full(), bob.source);
    solo.wait(10_000);
    const sent = solo.takeSent();
    expect(times(sent.filter(has(WANT)), from)).toEqual([0]);
    const copies = sent.filter((one) => one.to === undefined).slice(1);
    expect(copies.map(({ message }) => message.flags)).toEqual([
      FULL | SETTLED,
      FULL | SETTLED,
      FULL | SETTLED,
    ]);
  });

  test('says everything once where nothing is lost, and asks twice more as long as it need', () => {
    const solo = started({ intervalMsMin: 60_000, ways: [{ brokered: true }] });
    const from = solo.now;
    solo.wait(1900);
    expect(times(solo.takeSent(), from)).toEqual([0, 500, 1000]);
    solo.wait(8000);
    solo.feed({ type: 'update', record: { ...ANN, name: 'Anna' } });
    solo.wait(5000);
    expect(solo.takeSent()).toHaveLength(1);
    solo.feed({ type: 'close' });
    solo.wait(1000);
    expect(solo.takeSent()).toMatchObject([{ message: { type: TYPE.BYE } }]);
  });

  test('goes on asking if the lists that others show differ', () => {
    const solo = started({ intervalMsMin: 60_000 });
    const bob = new Other('Bob');
    bob.digest = { ...digestOf(solo, bob), low: 1 };
    solo.hear(bob.full(), bob.source);
    solo.wait(1900);
    expect(solo.takeSent().filter(has(WANT))).toHaveLength(6);
  });

  test('holds the whole list, as far as it knows, after two seconds with nobody who has another', () => {
    const solo = started({ intervalMsMin: 1000 });
    const from = solo.now;
    solo.wait(20_000);
    const first = solo.takeSent().find(has(SETTLED));
    expect(first!.at - from).toBeGreaterThanOrEqual(2000);
    expect(first!.at - from).toBeLessThan(4000);
  });

  test('happens again when the network has come back', () => {
    const solo = Solo.settled();
    solo.feed({ type: 'rejoin' });
    expect(solo.takeSent()).toMatchObject([{ message: { flags: FULL | WANT } }]);
  });

  test('happens again after waking more than ten seconds too late, but not before', () => {
    const solo = Solo.settled();
    solo.clock.advance(solo.machine.nextWakeAt - solo.now + 10_000);
    solo.feed({ type: 'wake' });
    expect(solo.takeSent().some(has(WANT))).toBe(false);
    solo.clock.advance(solo.machine.nextWakeAt - solo.now + 10_001);
    solo.feed({ type: 'wake' });
    expect(solo.takeSent().some(has(WANT))).toBe(true);
  });
});

describe('beating', () => {
  test('comes every half second, a quarter early to a quarter late, by turns of chance in full', () => {
    const solo = Solo.settled();
    solo.wait(500_000);
    const beats = solo.takeSent();
    const gaps = beats.slice(1).map((beat, at) => beat.at - beats[at]!.at);
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(375);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(625);
    const full = beats.filter(has(FULL)).length / beats.length;
    expect(full).toBeGreaterThan(0.2);
    expect(full).toBeLessThan(0.3);
    expect(beats.every((beat) => beat.message.intervalCode === 16)).toBe(true);
  });

  test('slows down with the group, and each beat announces the interval that the next one follows at', () => {
    const solo = Solo.settled(sleepless);
    crowd(solo, 99);
    solo.wait(60_000);
    const beats = solo.takeSent().filter(isBeat);
    for (const [at, beat] of beats.slice(1, -1).entries()) {
      const announcedMs = intervalMsOf(beat.message.intervalCode);
      const gapMs = beats[at + 2]!.at - beat.at;
      expect(announcedMs).toBeGreaterThan(2000);
      expect(gapMs).toBeLessThanOrEqual(1.25 * announcedMs);
      expect(gapMs).toBeGreaterThanOrEqual((0.75 * announcedMs) / 1.0906);
    }
  });

  test('waits longer for its next beat if the group has grown since the last', () => {
    const solo = Solo.settled({ ...sleepless, intervalMsMin: 1000 });
    solo.wait(5000);
    const lastAt = solo.takeSent().findLast(isBeat)!.at;
    const others = Array.from({ length: 60 }, (_, at) => new Other(`peer ${at}`));
    for (const other of others) solo.hear(other.full(), other.source);
    solo.wait(10_000);
    const next = solo.takeSent().find(isBeat)!;
    // 61 peers of 160 octets a beat take 1735 ms each.
    expect(next.at - lastAt).toBeGreaterThanOrEqual(0.75 * 1700);
  });

  test('hurries in proportion when the group shrinks, and says so', () => {
    const solo = Solo.settled(sleepless);
    const others = crowd(solo, 200);
    solo.wait(15_000);
    solo.hear(others[0]!.beat(), others[0]!.source);
    const last = solo.takeSent().findLast(isBeat)!;
    for (const other of others) solo.hear(other.bye(), other.source);
    const from = solo.now;
    solo.wait(30_000);
    const next = solo.takeSent().find(isBeat);
    expect(intervalMsOf(last.message.intervalCode)).toBeGreaterThan(4000);
    expect(next!.at - from).toBeLessThanOrEqual(1.25 * 500);
    expect(next!.message.intervalCode).toBe(16);
  });

  test('never comes later than announced while the group shrinks, whoever goes when', () => {
    const solo = Solo.settled(sleepless);
    const others = crowd(solo, 150);
    const random = seededRandom(3);
    solo.wait(20_000);
    for (const other of others) {
      solo.hear(other.bye(), other.source);
      solo.wait(random.next() * 800);
    }
    const beats = solo.takeSent().filter(isBeat);
    expect(beats.length).toBeGreaterThan(20);
    for (const [at, beat] of beats.slice(0, -1).entries()) {
      const gapMs = beats[at + 1]!.at - beat.at;
      expect(gapMs).toBeLessThanOrEqual(1.25 * intervalMsOf(beat.message.intervalCode));
    }
  });

  test('numbers every datagram, whatever its kind and whoever it is for, and counts those to all', () => {
    const solo = started();
    const bob = new Other('Bob');
    for (let round = 0; round < 20; round++) {
      solo.hear(bob.full(WANT), bob.source);
      solo.wait(300);
    }
    solo.feed({ type: 'close' });
    solo.wait(1000);
    const sent = solo.takeSent();
    expect(sent.map(({ message }) => message.sequence)).toEqual(sent.map((_, at) => at + 1));
    let toAll = 0;
    for (const { to, message } of sent) {
      if (to === undefined) toAll++;
      expect(message.groupCount).toBe(toAll);
      expect((message.flags & DIRECT) !== 0).toBe(to !== undefined);
    }
    expect(sent.length).toBeGreaterThan(toAll);
  });
});

describe('a changed record', () => {
  const changed = { ...ANN, info: { seats: 3 } };

  test('is announced at once with the next revision, and three times more', () => {
    const solo = Solo.settled({ intervalMsMin: 60_000 });
    const from = solo.now;
    solo.feed({ type: 'update', record: changed });
    solo.wait(1300);
    const sent = solo.takeSent();
    expect(sent).toHaveLength(4);
    expect(sent[0]!.at).toBe(from);
    for (const { message } of sent) {
      expect(message).toMatchObject({ flags: FULL | SETTLED, revision: 1 });
      expect(decodeRecord(message.body)).toEqual(changed);
    }
  });

  test('is announced no more than ten times a second, with a copy each, and the last one for certain', () => {
    const solo = Solo.settled({ intervalMsMin: 60_000 });
    for (let seats = 0; seats < 100; seats++) {
      solo.feed({ type: 'update', record: { ...ANN, info: { seats } } });
      solo.wait(10);
    }
    // One at once, ten in the second after it.
    expect(solo.takeSent().length).toBeLessThanOrEqual(2 * 11);
    solo.wait(2000);
    const last = solo.takeSent().at(-1)!;
    expect(decodeRecord(last.message.body).info).toEqual({ seats: 99 });
    expect(last.message.revision).toBe(100);
  });

  test('that is too large is refused, and the old one stays', () => {
    const solo = Solo.settled();
    const large = { ...ANN, info: 'x'.repeat(1000) };
    expect(() => solo.feed({ type: 'update', record: large })).toThrow(MailslotError);
    solo.wait(5000);
    const sent = solo.takeSent();
    expect(sent.every(({ message }) => message.revision === 0)).toBe(true);
    expect(() => new Solo({ record: large })).toThrow(MailslotError);
  });
});

describe('leaving', () => {
  test('says goodbye three times, is then closed, and never wakes again', () => {
    const solo = Solo.settled();
    const bob = new Other('Bob');
    solo.hear(bob.full(WANT), bob.source);
    solo.take();
    const from = solo.now;
    solo.feed({ type: 'close' });
    solo.wait(60_000);
    const effects = solo.take();
    expect(effects.map((effect) => [effect.type, Math.round(effect.at - from)])).toEqual([
      ['multicast', 0],
      ['multicast', 100],
      ['multicast', 300],
      ['closed', 300],
    ]);
    expect(solo.machine.nextWakeAt).toBe(Infinity);
  });

  test('sends goodbyes of 32 bytes', () => {
    const solo = Solo.settled();
    solo.feed({ type: 'close' });
    const [bye] = solo.take();
    expect(bye).toMatchObject({ type: 'multicast', bytes: { length: 32 } });
  });

  test('is over at once for an observer and for one that never joined', () => {
    for (const solo of [Solo.settled({ record: undefined }), new Solo()]) {
      solo.feed({ type: 'close' });
      expect(solo.take()).toEqual([{ type: 'closed', at: solo.now }]);
    }
  });

  test('hears and says nothing more, and happens once', () => {
    const solo = Solo.settled();
    solo.feed({ type: 'close' });
    solo.wait(1000);
    solo.take();
    const bob = new Other('Bob');
    solo.hear(bob.full(WANT), bob.source);
    solo.feed({ type: 'close' });
    solo.feed({ type: 'start' });
    solo.wait(10_000);
    expect(solo.take()).toEqual([]);
  });
});

describe('an observer', () => {
  test('asks like a newcomer, says that it only looks on, and never beats', () => {
    const solo = started({ record: undefined });
    solo.wait(60_000);
    const sent = solo.takeSent();
    expect(sent).toHaveLength(6);
    for (const { message } of sent) {
      expect(message).toMatchObject({ flags: OBSERVER | WANT, body: new Uint8Array() });
    }
  });

  test('answers neither questions nor probes', () => {
    const solo = Solo.settled({ record: undefined });
    const [bob] = familiar(solo, 'Bob');
    solo.hear(bob!.full(WANT), bob!.source);
    solo.hear(bob!.probe(solo.key, 0), bob!.source);
    solo.wait(700);
    expect(solo.takeSent().filter(has(FULL))).toEqual([]);
  });

  test('has no record to change', () => {
    const solo = Solo.settled({ record: undefined });
    expect(() => solo.feed({ type: 'update', record: ANN })).toThrow(MailslotError);
  });
});
