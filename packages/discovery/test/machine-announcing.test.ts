import { MailslotError } from '@mailslot/core';
import { describe, expect, test } from 'vitest';

import { intervalMsOf } from '../src/presence/interval.ts';
import { FLAG, TYPE } from '../src/presence/message.ts';
import { decodeRecord } from '../src/presence/record.ts';
import { ANN, Other, type Sent, Solo } from './support/solo.ts';

const { FULL, WANT, OBSERVER } = FLAG;

function started(options: ConstructorParameters<typeof Solo>[0] = {}): Solo {
  const solo = new Solo(options);
  solo.feed({ type: 'start' });
  return solo;
}

const has = (flag: number) => (sent: Sent) => (sent.message.flags & flag) !== 0;

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

  test('asks again for two seconds as long as nobody answers, then no more', () => {
    const solo = started();
    const from = solo.now;
    solo.wait(60_000);
    expect(times(solo.takeSent().filter(has(WANT)), from)).toEqual([
      0, 30, 150, 250, 500, 1000, 2000,
    ]);
  });

  test('asks twice in any case, and no more once somebody known has answered', () => {
    const solo = started();
    const from = solo.now;
    const bob = new Other('Bob');
    solo.hear(bob.full(), bob.source);
    solo.wait(30);
    solo.hear(bob.full(), bob.source);
    solo.wait(60_000);
    expect(times(solo.takeSent().filter(has(WANT)), from)).toEqual([0, 30]);
  });

  test('asks again while the last question brought somebody new', () => {
    const solo = started();
    const from = solo.now;
    for (const [name, ms] of [
      ['Bob', 40],
      ['Eve', 120],
      ['Dan', 200],
    ] as const) {
      solo.wait(from + ms - solo.now);
      const other = new Other(name);
      solo.hear(other.full(), other.source);
    }
    solo.wait(10_000);
    // Bob and Eve came after the question at 30 ms, Dan after the one at 150 ms, nobody after the one at 250 ms.
    expect(times(solo.takeSent().filter(has(WANT)), from)).toEqual([0, 30, 150, 250]);
  });

  test('does not ask a large group again for that', () => {
    const solo = started();
    const from = solo.now;
    solo.wait(40);
    for (let at = 0; at < 31; at++) {
      const other = new Other(`peer ${at}`);
      solo.hear(other.full(), other.source);
    }
    solo.wait(151 - 40);
    const late = new Other('late');
    solo.hear(late.full(), late.source);
    solo.wait(10_000);
    expect(times(solo.takeSent().filter(has(WANT)), from)).toEqual([0, 30, 150]);
  });

  test('repeats the record after about 0.3 and 1 s', () => {
    // Beats are put off, so that nothing but the copies is in full.
    const solo = started({ intervalMsMin: 60_000 });
    const from = solo.now;
    const bob = new Other('Bob');
    solo.hear(bob.beat(OBSERVER), bob.source);
    solo.wait(10_000);
    const copies = solo.takeSent().filter((sent) => sent.message.flags === FULL);
    expect(copies).toHaveLength(2);
    const [second, third] = times(copies, from);
    expect(second).toBeGreaterThanOrEqual(240);
    expect(second).toBeLessThanOrEqual(360);
    expect(third).toBeGreaterThanOrEqual(800);
    expect(third).toBeLessThanOrEqual(1200);
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
    const solo = Solo.settled();
    for (let at = 0; at < 99; at++) {
      const other = new Other(`peer ${at}`);
      other.intervalCode = 60;
      solo.hear(other.full(), other.source);
    }
    solo.wait(60_000);
    const beats = solo.takeSent();
    for (const [at, beat] of beats.slice(1, -1).entries()) {
      const announcedMs = intervalMsOf(beat.message.intervalCode);
      const gapMs = beats[at + 2]!.at - beat.at;
      expect(announcedMs).toBeGreaterThan(2000);
      expect(gapMs).toBeLessThanOrEqual(1.25 * announcedMs);
      expect(gapMs).toBeGreaterThanOrEqual((0.75 * announcedMs) / 1.0906);
    }
  });

  test('never announces less than the interval it is in, however fast the group shrinks', () => {
    const solo = Solo.settled();
    const others = Array.from({ length: 200 }, (_, at) => new Other(`peer ${at}`));
    for (const other of others) solo.hear(other.full(), other.source);
    solo.wait(3000);
    for (const other of others) solo.hear(other.bye(), other.source);
    const [beat] = solo.takeSent().toReversed();
    const bob = new Other('Bob');
    solo.hear(bob.full(WANT), bob.source);
    solo.wait(10);
    const answer = solo.takeSent().find((sent) => sent.to !== undefined);
    expect(answer!.message.intervalCode).toBe(beat!.message.intervalCode);
  });

  test('numbers every datagram, whatever its kind and whoever it is for', () => {
    const solo = started();
    const bob = new Other('Bob');
    for (let round = 0; round < 20; round++) {
      solo.hear(bob.full(WANT), bob.source);
      solo.wait(300);
    }
    solo.feed({ type: 'close' });
    solo.wait(1000);
    const sequences = solo.takeSent().map((sent) => sent.message.sequence);
    expect(sequences).toEqual(sequences.map((_, at) => at + 1));
  });
});

describe('a changed record', () => {
  const changed = { ...ANN, info: { seats: 3 } };

  test('is announced at once with the next revision, and twice more', () => {
    const solo = Solo.settled({ intervalMsMin: 60_000 });
    const from = solo.now;
    solo.feed({ type: 'update', record: changed });
    solo.wait(1300);
    const sent = solo.takeSent();
    expect(sent).toHaveLength(3);
    expect(sent[0]!.at).toBe(from);
    for (const { message } of sent) {
      expect(message).toMatchObject({ flags: FULL, revision: 1 });
      expect(decodeRecord(message.body)).toEqual(changed);
    }
  });

  test('is announced no more than ten times a second, the last one for certain', () => {
    const solo = Solo.settled({ intervalMsMin: 60_000 });
    for (let seats = 0; seats < 100; seats++) {
      solo.feed({ type: 'update', record: { ...ANN, info: { seats } } });
      solo.wait(10);
    }
    // One at once, and ten in the second after it.
    expect(solo.takeSent().length).toBeLessThanOrEqual(11);
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
    expect(sent).toHaveLength(7);
    for (const { message } of sent) {
      expect(message).toMatchObject({ flags: OBSERVER | WANT, body: new Uint8Array() });
    }
    expect(solo.machine.nextWakeAt).toBe(Infinity);
  });

  test('answers nobody', () => {
    const solo = Solo.settled({ record: undefined });
    const bob = new Other('Bob');
    solo.hear(bob.full(WANT), bob.source);
    solo.wait(3000);
    expect(solo.takeSent()).toEqual([]);
  });

  test('has no record to change', () => {
    const solo = Solo.settled({ record: undefined });
    expect(() => solo.feed({ type: 'update', record: ANN })).toThrow(MailslotError);
  });
});
