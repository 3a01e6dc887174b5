import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { ANSWERS_MAX, ASKS_MAX, HELD_BYES_MAX } from '../src/presence/constants.ts';
import { REFUSED_MAX } from '../src/presence/gate.ts';
import { BACKLOG_MAX } from '../src/presence/machine.ts';
import { FLAG, TYPE } from '../src/presence/message.ts';
import { headers } from './support/arbitraries.ts';
import { PROVEN_INTERVAL_MS_MAX } from '../src/presence/roster.ts';
import { REALM } from './support/presence-net.ts';
import { acquainted, familiar, messageWith, Other, type Sent, Solo } from './support/solo.ts';
import { sourceAt } from './support/sources.ts';

const { FULL, WANT, SETTLED, OBSERVER, DIRECT } = FLAG;
const elsewhere = sourceAt('elsewhere:1');

describe('a peer that introduces itself', () => {
  test('is listed with its record and where it was heard', () => {
    const solo = Solo.settled();
    const bob = new Other('Bob');
    solo.hear(bob.full(), bob.source);
    expect(solo.takeNews()).toEqual(['up Bob']);
    const view = { id: bob.id, record: bob.record, paths: [bob.source], publicKey: undefined };
    expect(solo.machine.peers).toEqual([view]);
    expect(solo.machine.peer(bob.id)).toEqual(view);
  });

  test('is listed again under the id of its next life', () => {
    const solo = Solo.settled();
    acquainted(solo);
    const again = new Other('Bob again');
    again.record = { ...again.record, name: 'Bob' };
    solo.hear(again.full(), again.source);
    expect(solo.names).toEqual(['Bob', 'Bob']);
  });

  test('pushes out nobody who is known for a while, but the stranger heard least recently', () => {
    // A fifth is for strangers: four of twenty.
    const solo = Solo.settled({ peersMax: 20 });
    const friends = familiar(solo, 'A', 'B', 'C', 'D');
    const [bob, , eve, dan] = ['Bob', 'Cid', 'Eve', 'Dan'].map((name) => acquaint(solo, name));
    for (const peer of [bob!, eve!, dan!]) solo.hear(peer.beat(), peer.source);
    solo.take();
    acquaint(solo, 'Fay');
    expect(solo.takeNews()).toEqual(['down Cid: evicted', 'up Fay']);
    for (let stranger = 0; stranger < 40; stranger++) acquaint(solo, `stranger ${stranger}`);
    expect(solo.names.filter((name) => name.length === 1)).toHaveLength(friends.length);
    expect(solo.machine.sizes).toMatchObject({ peers: 8, strangers: 4 });
  });

  test('is not listed if its record is malformed, and neither is anything else of it believed', () => {
    const solo = Solo.settled();
    const bob = new Other('Bob');
    const body = Uint8Array.of(0x03, 1, 0x7b);
    solo.hear(bob.message({ flags: FULL | WANT, body }), bob.source);
    solo.wait(100);
    expect(unicasts(solo)).toEqual([]);
    expect(solo.machine.stats.drops).toEqual({ malformed: 1 });
  });
});

describe('a peer that changes its record', () => {
  test('is updated by its next announcement in full', () => {
    const solo = Solo.settled();
    const bob = acquainted(solo);
    bob.revision = 1;
    bob.record = { ...bob.record, info: [2] };
    solo.hear(bob.full(), bob.source);
    solo.hear(bob.full(), bob.source);
    expect(solo.takeNews()).toEqual(['update Bob']);
    expect(solo.machine.peer(bob.id)?.record.info).toEqual([2]);
  });

  test('is asked for it if only its beat was heard', () => {
    const solo = Solo.settled();
    const bob = acquainted(solo);
    bob.revision = 1;
    solo.hear(bob.beat(), bob.source);
    const from = solo.now;
    solo.wait(750);
    solo.hear(bob.beat(), bob.source);
    solo.wait(750);
    const [question, ...more] = unicasts(solo);
    expect(more).toEqual([]);
    expect(question).toMatchObject({
      to: bob.source,
      message: { flags: WANT | DIRECT | SETTLED },
    });
    expect(question!.at - from).toBeGreaterThanOrEqual(500);
  });

  test('stays as it was if the new record is malformed, which does not count as a sign of life', () => {
    const solo = Solo.settled();
    const [bob] = familiar(solo, 'Bob');
    solo.wait(800);
    const body = Uint8Array.of(0x01, 1, 0xff);
    solo.hear(bob!.message({ flags: FULL, revision: 1, body }), bob!.source);
    expect(solo.names).toEqual(['Bob']);
    solo.wait(850);
    expect(solo.takeNews()).toEqual(['suspect Bob', 'down Bob: expired']);
  });

  test('keeps the same record, as an object, while its revision is the same', () => {
    const solo = Solo.settled();
    const bob = acquainted(solo);
    const before = solo.machine.peer(bob.id)!.record;
    solo.hear(bob.full(), bob.source);
    expect(solo.machine.peer(bob.id)!.record).toBe(before);
  });
});

describe('a stranger’s beat', () => {
  test('lists nobody; its sender is asked after half to one and a half seconds', () => {
    const solo = Solo.settled();
    const bob = new Other('Bob');
    solo.hear(bob.beat(), bob.source);
    const from = solo.now;
    expect(solo.machine.peers).toEqual([]);
    solo.wait(1500);
    const questions = unicasts(solo);
    expect(questions).toMatchObject([
      { to: bob.source, message: { flags: WANT | DIRECT | SETTLED } },
    ]);
    expect(questions[0]!.at - from).toBeGreaterThanOrEqual(500);
  });

  test('leads to one question, not to one for each beat', () => {
    const solo = Solo.settled();
    const bob = new Other('Bob');
    for (let beat = 0; beat < 5; beat++) solo.hear(bob.beat(), bob.source);
    solo.wait(1500);
    expect(unicasts(solo)).toHaveLength(1);
  });

  test('leads to none if the record comes by itself', () => {
    const solo = Solo.settled();
    const bob = new Other('Bob');
    solo.hear(bob.beat(), bob.source);
    solo.hear(bob.full(), bob.source);
    solo.wait(750);
    solo.hear(bob.full(), bob.source);
    solo.wait(750);
    expect(unicasts(solo)).toEqual([]);
  });

  test('is one too many when as many are to be asked as can be', () => {
    const solo = Solo.settled();
    for (let at = 0; at < ASKS_MAX; at++) {
      const other = new Other(`peer ${at}`);
      solo.hear(other.beat(), other.source);
    }
    expect(solo.machine.stats.drops.limit).toBeUndefined();
    const bob = new Other('Bob');
    solo.hear(bob.beat(), bob.source);
    expect(solo.machine.stats.drops.limit).toBe(1);
    solo.wait(1500);
    expect(unicasts(solo)).toHaveLength(ASKS_MAX);
  });
});

describe('a question', () => {
  test('has 32 bytes when one peer is asked: no more than a beat that draws it to a forged address', () => {
    const solo = Solo.settled();
    const bob = new Other('Bob');
    solo.hear(bob.beat(), bob.source);
    solo.wait(1500);
    const question = solo.take().find((effect) => effect.type === 'unicast');
    expect(question!.bytes).toHaveLength(bob.beat().length);
  });

  test('of an observer to one peer says that it only looks on', () => {
    const solo = Solo.settled({ record: undefined });
    const bob = new Other('Bob');
    solo.hear(bob.beat(), bob.source);
    solo.wait(1500);
    expect(unicasts(solo)).toMatchObject([
      { to: bob.source, message: { flags: OBSERVER | WANT | DIRECT | SETTLED } },
    ]);
  });

  test('is answered in full, to where it came from, at once and without another question', () => {
    const solo = Solo.settled();
    const bob = new Other('Bob');
    solo.hear(bob.full(WANT), bob.source);
    expect(solo.takeSent()).toMatchObject([
      {
        type: 'unicast',
        to: bob.source,
        at: solo.now,
        message: { flags: FULL | DIRECT | SETTLED },
      },
    ]);
  });

  test('of an observer is answered, and the observer not listed', () => {
    const solo = Solo.settled();
    const bob = new Other('Bob');
    solo.hear(bob.beat(OBSERVER | WANT), bob.source);
    expect(unicasts(solo)).toHaveLength(1);
    expect(solo.machine.peers).toEqual([]);
  });

  test('is answered once in 20 ms for each place, and again after that', () => {
    const solo = Solo.settled();
    const bob = new Other('Bob');
    for (let question = 0; question < 10; question++) solo.hear(bob.full(WANT), bob.source);
    expect(unicasts(solo)).toHaveLength(1);
    expect(solo.machine.stats.drops.limit).toBe(9);
    solo.wait(20);
    solo.hear(bob.full(WANT), bob.source);
    expect(unicasts(solo)).toHaveLength(1);
  });

  test('that was overtaken is answered, one that is heard again is not', () => {
    const solo = Solo.settled();
    const bob = acquainted(solo);
    const question = bob.full(WANT);
    solo.hear(bob.beat(), bob.source);
    solo.hear(question, bob.source);
    expect(unicasts(solo)).toHaveLength(1);
    solo.wait(30);
    solo.hear(question, bob.source);
    expect(unicasts(solo)).toEqual([]);
  });

  test('is one too many when as many are being answered as can be', () => {
    const solo = Solo.settled();
    for (let at = 0; at < ANSWERS_MAX; at++) {
      const asker = new Other(`asker ${at}`);
      solo.hear(asker.beat(OBSERVER | WANT), asker.source);
    }
    expect(solo.machine.stats.drops.limit).toBeUndefined();
    const bob = new Other('Bob');
    solo.hear(bob.beat(OBSERVER | WANT), bob.source);
    expect(solo.machine.stats.drops.limit).toBe(1);
    expect(unicasts(solo)).toHaveLength(ANSWERS_MAX);
  });
});

describe('evidence', () => {
  test('heard again and again adds a path and nothing else', () => {
    const solo = Solo.settled();
    const [bob] = familiar(solo, 'Bob');
    for (const paths of [[bob!.source], [bob!.source, elsewhere]]) {
      const beat = bob!.beat();
      solo.hear(beat, bob!.source);
      solo.hear(beat, elsewhere);
      expect(solo.machine.peer(bob!.id)?.paths).toEqual(paths);
    }
    expect(solo.machine.stats.drops).toEqual({ duplicate: 2 });
    solo.wait(800);
    solo.wait(850);
    expect(solo.takeNews()).toEqual(['suspect Bob', 'down Bob: expired']);
  });

  test('that was overtaken is no sign of life, but heard', () => {
    const goneAt = [0, 2].map((copies) => {
      const solo = Solo.settled();
      const [bob] = familiar(solo, 'Bob');
      const [first, second] = [bob!.beat(), bob!.beat()];
      solo.hear(second, bob!.source);
      solo.wait(800);
      for (let copy = 0; copy < copies; copy++) solo.hear(first, bob!.source);
      solo.wait(10_000);
      expect(solo.machine.stats.drops).toEqual(copies === 0 ? {} : { late: 1, duplicate: 1 });
      return solo.take().find(({ type }) => type === 'down')!.at;
    });
    // As a sign of life it would have put that off.
    expect(goneAt[1]).toBeLessThanOrEqual(goneAt[0]!);
  });

  test('of a proven peer waits for the next step, and counts from when it came', () => {
    const solo = Solo.settled();
    const [bob] = familiar(solo, 'Bob');
    const received = solo.machine.stats.received;
    for (let beats = 0; beats < BACKLOG_MAX; beats++) solo.hear(bob!.beat(), bob!.source);
    expect(solo.machine.stats.received).toBe(received);
    solo.hear(bob!.beat(), bob!.source);
    expect(solo.machine.stats.received).toBe(received + BACKLOG_MAX + 1);
    solo.hear(bob!.beat(), bob!.source);
    const heardAt = solo.now;
    solo.wait(10_000);
    expect(solo.take().find(({ type }) => type === 'down')!.at - heardAt).toBeLessThan(3000);
  });

  test('from far back is dropped', () => {
    const solo = Solo.settled();
    const bob = acquainted(solo);
    const old = bob.beat();
    bob.sequence += 100;
    solo.hear(bob.beat(), bob.source);
    solo.hear(old, elsewhere);
    expect(solo.machine.stats.drops).toEqual({ older: 1 });
    expect(solo.machine.peer(bob.id)?.paths).toEqual([bob.source]);
  });

  test('from a new place moves that place to the front', () => {
    const solo = Solo.settled();
    const bob = acquainted(solo);
    solo.hear(bob.beat(), elsewhere);
    expect(solo.machine.peer(bob.id)?.paths).toEqual([elsewhere, bob.source]);
  });
});

describe('a goodbye', () => {
  test('from where the peer was heard is obeyed at once, and its copies do nothing', () => {
    const solo = Solo.settled();
    const bob = acquainted(solo);
    for (let copy = 0; copy < 3; copy++) solo.hear(bob.bye(), bob.source);
    expect(solo.takeNews()).toEqual(['down Bob: goodbye']);
  });

  test('holds against everything sent before it, and yields to what is sent after', () => {
    const solo = Solo.settled();
    const bob = acquainted(solo);
    const before = [bob.full(), bob.beat()];
    const byes = [bob.bye(), bob.bye()];
    for (const bytes of [...byes, ...before]) solo.hear(bytes, bob.source);
    solo.wait(2000);
    expect(solo.takeNews()).toEqual(['down Bob: goodbye']);
    expect(solo.machine.stats.drops).toEqual({ older: 2 });
    solo.hear(bob.full(), bob.source);
    expect(solo.takeNews()).toEqual(['up Bob']);
  });

  test('of a stranger does nothing', () => {
    const solo = Solo.settled();
    const bob = new Other('Bob');
    solo.hear(bob.bye(), bob.source);
    solo.hear(bob.full(), bob.source);
    expect(solo.takeNews()).toEqual(['up Bob']);
  });

  test('that is older than what was heard since is ignored', () => {
    const solo = Solo.settled();
    const bob = acquainted(solo);
    const bye = bob.bye();
    solo.hear(bob.beat(), bob.source);
    solo.hear(bye, bob.source);
    expect(solo.takeNews()).toEqual([]);
  });

  test('from elsewhere waits a second', () => {
    const solo = Solo.settled();
    const bob = acquainted(solo);
    solo.hear(bob.bye(), elsewhere);
    solo.wait(999);
    expect(solo.takeNews()).toEqual([]);
    solo.wait(2);
    expect(solo.takeNews()).toEqual(['down Bob: goodbye']);
  });

  test('from elsewhere is forgotten when its victim is heard, whatever number it bore', () => {
    const solo = Solo.settled();
    const bob = acquainted(solo);
    const forged = bob.message({ type: TYPE.BYE, sequence: bob.sequence + 1_000_000 });
    for (let copy = 0; copy < 3; copy++) solo.hear(forged, elsewhere);
    solo.wait(500);
    solo.hear(bob.beat(), bob.source);
    solo.wait(850);
    expect(solo.takeNews()).toEqual([]);
    expect(solo.machine.evidence(bob.key)).toBe(bob.sequence);
  });

  test('is held for as many as can be, and for no more', () => {
    const solo = Solo.settled();
    const others = Array.from({ length: HELD_BYES_MAX + 1 }, (_, at) =>
      acquaint(solo, `peer ${at}`),
    );
    solo.take();
    for (const [at, other] of others.entries()) {
      solo.hear(other.bye(), sourceAt(`elsewhere ${at % 10}:1`));
    }
    expect(solo.machine.stats.drops).toEqual({ limit: 1 });
    solo.wait(1001);
    expect(solo.takeNews().filter((news) => news.endsWith(': goodbye'))).toHaveLength(
      HELD_BYES_MAX,
    );
  });
});

describe('whoever speaks in our name', () => {
  test('is outrun at once, in full', () => {
    const solo = Solo.settled();
    solo.hear(forged(solo, 1_000_000), elsewhere);
    expect(solo.takeSent()).toMatchObject([
      { at: solo.now, to: undefined, message: { flags: FULL | SETTLED, sequence: 1_000_001 } },
    ]);
  });

  test('is contradicted if it says goodbye, whatever number it takes', () => {
    const solo = Solo.settled();
    solo.hear(forged(solo, 1, TYPE.BYE), elsewhere);
    expect(solo.takeSent()).toMatchObject([{ at: solo.now, message: { flags: FULL | SETTLED } }]);
  });

  test('is ourselves if the number is one of ours', () => {
    const solo = Solo.settled();
    solo.hear(forged(solo, 1), elsewhere);
    expect(solo.take()).toEqual([]);
    expect(solo.machine.stats.drops).toEqual({ echo: 1 });
  });

  test('makes us answer ten times a second at most, with a copy each', () => {
    const solo = Solo.settled({ intervalMsMin: 60_000 });
    for (let at = 1; at <= 1000; at++) {
      solo.hear(forged(solo, 1000 * at), sourceAt(`elsewhere ${at % 20}:1`));
      solo.wait(1);
    }
    solo.wait(100);
    const answers = solo.takeSent();
    expect(answers.length).toBeLessThanOrEqual(2 * 12);
    expect(answers.at(-1)!.message.sequence).toBeGreaterThan(1_000_000);
  });
});

describe('strangers to our secret', () => {
  test('are told apart by their places, up to a limit', () => {
    const solo = Solo.settled();
    const secured = messageWith({ flags: 0x10, trailer: new Uint8Array(16) });
    for (let at = 0; at <= REFUSED_MAX; at++) {
      for (let copy = 0; copy < 2; copy++)
        solo.hear(secured, sourceAt(`10.1.${at >>> 8}.${at & 0xff}:1`));
      expect(solo.machine.stats.strangers).toBe(Math.min(at + 1, REFUSED_MAX));
    }
    expect(solo.machine.stats.drops.security).toBe(2 * (REFUSED_MAX + 1));
  });
});

describe('a stranger', () => {
  test('of long intervals is proven after four seconds of them, as one of two seconds is', () => {
    const solo = Solo.settled();
    const bob = new Other('Bob');
    bob.intervalCode = 72; // 60 s
    const strangersAfter = (ms: number): number => {
      solo.wait(ms);
      solo.hear(bob.full(), bob.source);
      return solo.machine.sizes.strangers;
    };
    expect(strangersAfter(0)).toBe(1);
    expect(strangersAfter(PROVEN_INTERVAL_MS_MAX)).toBe(1);
    expect(strangersAfter(PROVEN_INTERVAL_MS_MAX - 10)).toBe(1);
    expect(strangersAfter(20)).toBe(0);
  });
});

describe('what is not for us', () => {
  test('is counted by its reason and changes nothing', () => {
    const solo = Solo.settled();
    const bob = new Other('Bob');
    const version2 = bob.full();
    version2[0] = 0x20;
    for (const bytes of [
      Uint8Array.of(1, 2, 3),
      version2,
      bob.message({ flags: FULL, realm: REALM ^ 1 }),
      bob.message({ flags: FULL | 0x10, trailer: new Uint8Array(16) }),
      bob.message({ type: TYPE.PAGE, body: Uint8Array.of(0x21, 8, ...new Uint8Array(8)) }),
      bob.message({ type: TYPE.PULL }),
      bob.message({ type: 99 }),
    ]) {
      solo.hear(bytes, bob.source);
    }
    expect(solo.machine.stats).toMatchObject({
      received: 7,
      drops: { malformed: 2, version: 1, realm: 1, security: 1, unasked: 1, unknown: 1 },
    });
    expect(solo.take()).toEqual([]);
  });

  test('never makes the machine throw, whatever it is', () => {
    const solo = Solo.settled({ peersMax: 20 });
    const bodies = fc.uint8Array({ maxLength: 60 });
    const datagrams = fc.oneof(
      fc.uint8Array({ maxLength: 1300 }),
      fc
        .tuple(headers, bodies)
        .map(([header, body]) =>
          new Other('x').message({ ...header, realm: REALM, type: header.type % 6, body }),
        ),
    );
    fc.assert(
      fc.property(datagrams, fc.nat(50), (bytes, ms) => {
        solo.hear(bytes, elsewhere);
        solo.wait(ms);
        solo.take();
      }),
      { numRuns: 2000 },
    );
    expect(solo.machine.peers.length).toBeLessThanOrEqual(20);
  });
});

/** What the machine sent to single peers, knocks aside. */
function unicasts(solo: Solo): Sent[] {
  return solo.takeSent().filter(({ type }) => type === 'unicast');
}

/** A message with the machine's own id. */
function forged(solo: Solo, sequence: number, type: number = TYPE.ANNOUNCE): Uint8Array {
  return messageWith({ id: solo.key, type, sequence });
}

/** As {@link acquainted}, but the news stay. */
function acquaint(solo: Solo, name: string): Other {
  const other = new Other(name);
  solo.hear(other.full(), other.source);
  return other;
}
