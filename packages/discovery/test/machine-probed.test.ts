/** What a machine does when others ask after it, or after somebody else. */

import { describe, expect, test } from 'vitest';

import { FLAG, TYPE } from '../src/presence/message.ts';
import { decodeProbe } from '../src/presence/probe.ts';
import { SEQUENCE_JUMP_MAX } from '../src/presence/sequence-window.ts';
import { familiar, messageWith, Other, type Sent, Solo } from './support/solo.ts';
import { sourceAt } from './support/sources.ts';

const { FULL, DIRECT, SETTLED } = FLAG;

/** One whose own beats are out of the way, and somebody it knows. */
function known(): { solo: Solo; bob: Other } {
  const solo = Solo.settled({ intervalMsMin: 60_000 });
  const [bob] = familiar(solo, 'Bob');
  solo.take();
  return { solo, bob: bob! };
}

function toAll(sent: readonly Sent[]): Sent[] {
  return sent.filter(({ type }) => type === 'multicast');
}

describe('a peer that is asked after', () => {
  test('says to all that it lives, within 10 ms and again 35 ms later', () => {
    const { solo, bob } = known();
    const from = solo.now;
    solo.hear(bob.probe(solo.key, 1), bob.source);
    solo.wait(1000);
    const answers = toAll(solo.takeSent());
    expect(answers).toHaveLength(2);
    const [first, second] = answers;
    expect(first!.at - from).toBeLessThanOrEqual(10);
    expect(second!.at - first!.at).toBeCloseTo(35);
    for (const { message } of answers) {
      expect(message).toMatchObject({ type: TYPE.ANNOUNCE, flags: SETTLED, body: { length: 0 } });
    }
  });

  test('tells the asker alone as well, at once, where it was heard before', () => {
    const { solo, bob } = known();
    // A knock comes from a port that nobody listens on.
    const question = bob.message({
      type: TYPE.PROBE,
      flags: DIRECT,
      body: bob.probe(solo.key, 1).subarray(32),
    });
    solo.hear(question, sourceAt('Bob:60000'));
    const [answer] = solo.takeSent();
    expect(answer).toMatchObject({ type: 'unicast', to: bob.source, at: solo.now });
    expect(answer!.message.flags & (FULL | DIRECT)).toBe(DIRECT);
    expect(solo.machine.peer(bob.id)?.paths).toEqual([bob.source]);
  });

  test('answers whoever it does not know to all alone', () => {
    const { solo } = known();
    const eve = new Other('Eve');
    solo.hear(eve.probe(solo.key, 1), eve.source);
    solo.wait(1000);
    const sent = solo.takeSent().filter(({ to }) => to?.id === eve.source.id);
    expect(sent).toEqual([]);
  });

  test('answers questions that come within 75 ms as one', () => {
    const { solo } = known();
    for (let at = 0; at < 70; at += 5) {
      const asker = new Other(`asker ${at}`);
      solo.hear(asker.probe(solo.key, 1), asker.source);
      solo.wait(5);
    }
    solo.wait(100);
    expect(toAll(solo.takeSent())).toHaveLength(2);
  });

  test('answers thirteen questions a second at most, twice each, however many come', () => {
    const { solo, bob } = known();
    for (let at = 0; at < 1000; at++) {
      solo.hear(bob.probe(solo.key, 1), bob.source);
      solo.wait(1);
    }
    solo.wait(100);
    const answers = toAll(solo.takeSent());
    expect(answers.length).toBeLessThanOrEqual(2 * 14);
    expect(answers.length).toBeGreaterThan(2 * 11);
  });

  test('says so with a number that is newer than the one the asker has', () => {
    const { solo, bob } = known();
    solo.hear(bob.probe(solo.key, 5000), bob.source);
    solo.wait(100);
    for (const { message } of toAll(solo.takeSent())) {
      expect(message.sequence).toBeGreaterThan(5000);
    }
  });

  test('outruns no number that is further ahead than it may go', () => {
    const { solo, bob } = known();
    solo.hear(bob.probe(solo.key, 2 ** 31), bob.source);
    solo.wait(100);
    for (const { message } of toAll(solo.takeSent())) {
      expect(message.sequence).toBeLessThan(SEQUENCE_JUMP_MAX);
    }
  });

  test('moves no further than that with each answer, however many ask with what numbers', () => {
    const { solo } = known();
    let last = 0;
    for (let question = 1; question <= 50; question++) {
      for (const ahead of [SEQUENCE_JUMP_MAX, 2 * SEQUENCE_JUMP_MAX, 3 * SEQUENCE_JUMP_MAX]) {
        const asker = new Other(`asker ${question} ${ahead}`);
        solo.hear(asker.probe(solo.key, (last + ahead) >>> 0), asker.source);
      }
      solo.wait(80);
      for (const { message } of toAll(solo.takeSent())) {
        expect(message.sequence - last).toBeLessThanOrEqual(SEQUENCE_JUMP_MAX + 20);
        last = message.sequence;
      }
    }
  });

  test('does not answer a mere knock', () => {
    const { solo, bob } = known();
    solo.hear(bob.message({ type: TYPE.PROBE, flags: DIRECT }), sourceAt('Bob:60000'));
    solo.wait(500);
    expect(toAll(solo.takeSent())).toEqual([]);
  });

  test('answers nobody any more once it leaves', () => {
    const { solo, bob } = known();
    solo.feed({ type: 'close' });
    solo.wait(1000);
    solo.take();
    solo.hear(bob.probe(solo.key, 1), bob.source);
    solo.wait(1000);
    expect(solo.take()).toEqual([]);
  });

  test('takes a malformed question for none', () => {
    const { solo, bob } = known();
    solo.hear(bob.message({ type: TYPE.PROBE, body: Uint8Array.of(0x20, 21, 0xff) }), bob.source);
    expect(solo.machine.stats.drops.malformed).toBe(1);
  });
});

describe('a question after somebody else', () => {
  test('is none of our business if that one is not listed', () => {
    const { solo, bob } = known();
    solo.hear(bob.probe(new Other('Eve').key, 1), bob.source);
    solo.wait(500);
    expect(solo.takeSent().filter(({ message }) => message.type === TYPE.PROBE)).toEqual([]);
  });

  test('that we have just heard makes us look for an answer, and no more once it comes', () => {
    const solo = Solo.settled();
    const [bob, eve] = familiar(solo, 'Bob', 'Eve');
    solo.hear(bob!.probe(eve!.key, eve!.sequence), bob!.source);
    solo.wait(50);
    solo.hear(eve!.beat(), eve!.source);
    solo.wait(500);
    expect(solo.takeSent().filter(({ message }) => message.type === TYPE.PROBE)).toEqual([]);
  });

  test('that leaves it unanswered makes us ask as well, with what we know', () => {
    const solo = Solo.settled();
    const [bob, eve] = familiar(solo, 'Bob', 'Eve');
    solo.hear(bob!.probe(eve!.key, eve!.sequence), bob!.source);
    solo.wait(500);
    const question = toAll(solo.takeSent()).find(({ message }) => message.type === TYPE.PROBE);
    expect(decodeProbe(question!.message.body)).toMatchObject({
      key: eve!.key,
      lastSequence: eve!.sequence,
    });
  });

  test('is not counted if a stranger asks that nobody lists', () => {
    const solo = Solo.settled();
    const [eve] = familiar(solo, 'Eve');
    const mallory = new Other('Mallory');
    solo.hear(mallory.probe(eve!.key, eve!.sequence), mallory.source);
    solo.wait(500);
    expect(solo.takeSent().filter(({ message }) => message.type === TYPE.PROBE)).toEqual([]);
  });

  test('is a sign of life of the one that asks', () => {
    const solo = Solo.settled();
    const [bob] = familiar(solo, 'Bob');
    for (let question = 0; question < 5; question++) {
      solo.wait(700);
      solo.hear(bob!.probe(new Other('Eve').key, 1), bob!.source);
    }
    expect(solo.takeNews()).toEqual([]);
  });

  test('makes nobody give up a peer whose answers we hear, however many ask', () => {
    const solo = Solo.settled();
    const others = familiar(solo, 'Bob', 'Cid', 'Dan', 'Eve');
    const eve = others[3]!;
    for (let question = 0; question < 200; question++) {
      for (const other of others.slice(0, 3)) {
        solo.hear(other.probe(eve.key, eve.sequence + 1000), other.source);
      }
      if (question % 3 === 0) solo.hear(eve.beat(), eve.source);
      solo.wait(100);
    }
    expect(solo.takeNews()).toEqual([]);
  });
});

test('a question in our own name that we did not ask is contradicted', () => {
  const { solo, bob } = known();
  const forged = messageWith({
    id: solo.key,
    type: TYPE.PROBE,
    sequence: 1000,
    body: bob.probe(bob.key, 0).subarray(32),
  });
  solo.hear(forged, sourceAt('elsewhere:1'));
  expect(toAll(solo.takeSent())).toMatchObject([{ message: { sequence: 1001 } }]);
});
