/** How a machine gets the list of others, hands out its own, and keeps both the same. */

import { describe, expect, test } from 'vitest';

import { ANSWER_PEERS } from '../src/presence/constants.ts';
import type { Digest } from '../src/presence/digest.ts';
import { FLAG, TYPE } from '../src/presence/message.ts';
import {
  decodePage,
  decodePull,
  encodePull,
  ENTRY_FLAG,
  type ListPage,
  type PageEntry,
} from '../src/presence/page.ts';
import { EVERYWHERE } from '../src/presence/position.ts';
import { digestIn } from '../src/presence/record.ts';
import { acquainted, crowd, digestOf, familiar, Other, type Sent, Solo } from './support/solo.ts';
import { sourceAt } from './support/sources.ts';

const { FULL, WANT, SETTLED, DIRECT, OBSERVER } = FLAG;

/** Everywhere is somewhere: a place is the name of a source. */
const places = {
  placeOf: ({ id }: { id: string }): Uint8Array => new TextEncoder().encode(id),
  sourceOf: (place: Uint8Array) => sourceAt(new TextDecoder().decode(place)),
};

const placeOf = (name: string): Uint8Array => new TextEncoder().encode(`${name}:1`);

/** When the answers of ten peers are due. */
const ANSWERS_DUE_MS = 15 + 10 * 0.4;

const isPull = ({ message }: Sent): boolean => message.type === TYPE.PULL;
const isFull = ({ type, message }: Sent): boolean =>
  type === 'multicast' && (message.flags & FULL) !== 0;

function newcomer(): Solo {
  const solo = new Solo({ places, intervalMsMin: 60_000 });
  solo.feed({ type: 'start' });
  solo.take();
  return solo;
}

/** A list that is not ours. */
function otherDigest(count = 3): Digest {
  return { count, high: 1, low: 2 };
}

/** Somebody shows that it holds the whole list. */
function show(solo: Solo, other: Other, digest: Digest, flags = 0): void {
  other.digest = digest;
  solo.hear(other.full(SETTLED | flags), other.source);
}

function pulls(solo: Solo): Sent[] {
  return solo.takeSent().filter(isPull);
}

describe('a newcomer that is shown another list', () => {
  test('waits for the answers of a small group, then asks for everything', () => {
    const solo = newcomer();
    const bob = new Other('Bob');
    const from = solo.now;
    show(solo, bob, otherDigest(10), DIRECT);
    solo.wait(ANSWERS_DUE_MS - 1);
    expect(pulls(solo)).toEqual([]);
    solo.wait(2);
    const [pull] = pulls(solo);
    expect(pull!.at - from).toBeCloseTo(ANSWERS_DUE_MS);
    expect(pull!.to).toEqual(bob.source);
    expect(decodePull(pull!.message.body)).toEqual({
      cookie: undefined,
      fingerprints: undefined,
      ranges: [EVERYWHERE],
    });
  });

  test('asks at once in a large group, where only a few show themselves', () => {
    const solo = newcomer();
    show(solo, new Other('Bob'), otherDigest(ANSWER_PEERS + 1));
    solo.wait(0);
    expect(pulls(solo)).toHaveLength(1);
  });

  test('asks nobody if the answers have made the lists equal meanwhile', () => {
    const solo = newcomer();
    const [bob, eve] = [new Other('Bob'), new Other('Eve')];
    show(solo, bob, digestOf(solo, bob, eve), DIRECT);
    solo.hear(eve.full(DIRECT), eve.source);
    solo.wait(100);
    expect(pulls(solo)).toEqual([]);
  });

  test('does not ask one that is new itself', () => {
    const solo = newcomer();
    const bob = new Other('Bob');
    bob.digest = otherDigest();
    solo.hear(bob.full(), bob.source);
    solo.wait(1500);
    expect(pulls(solo)).toEqual([]);
  });

  test('holds the whole list once it has got one, and asks who is there no more', () => {
    const solo = newcomer();
    const [bob, eve] = [new Other('Bob'), new Other('Eve')];
    show(solo, bob, digestOf(solo, bob, eve), DIRECT);
    solo.wait(ANSWERS_DUE_MS);
    solo.hear(bob.page(eve.entry()), bob.source);
    expect(solo.names).toEqual(['Bob', 'Eve']);
    solo.take();
    solo.wait(1900);
    const sent = solo.takeSent();
    expect(sent.length).toBeGreaterThan(0);
    for (const { message } of sent) expect(message.flags & (SETTLED | WANT)).toBe(SETTLED);
  });

  test('asks another that has shown itself since, if the first does not answer', () => {
    const solo = newcomer();
    const [bob, eve] = [new Other('Bob'), new Other('Eve')];
    show(solo, bob, otherDigest(100));
    solo.wait(1);
    show(solo, eve, otherDigest(100));
    solo.wait(2000);
    const asked = pulls(solo).map(({ to }) => to!.id);
    expect(asked.slice(0, 4)).toEqual([bob, bob, bob, bob].map(({ source }) => source.id));
    expect(asked.slice(4, 8)).toEqual([eve, eve, eve, eve].map(({ source }) => source.id));
    expect(asked).toHaveLength(8);
  });
});

function asked(): { solo: Solo; bob: Other; eve: Other } {
  const solo = newcomer();
  const [bob, eve] = [new Other('Bob'), new Other('Eve')];
  show(solo, bob, digestOf(solo, bob, eve), DIRECT);
  solo.wait(ANSWERS_DUE_MS);
  solo.take();
  return { solo, bob, eve };
}

/** Eve lists what she is told of by Bob, and what is known of it then. */
function told(entry: Partial<PageEntry>): { solo: Solo; bob: Other; eve: Other } {
  const scene = asked();
  scene.eve.sequence = 50;
  scene.solo.hear(scene.bob.page(scene.eve.entry(entry)), scene.bob.source);
  return scene;
}

describe('a page', () => {
  test('that nobody asked for is dropped', () => {
    const solo = Solo.settled({ places });
    const [bob] = familiar(solo, 'Bob');
    bob!.digest = otherDigest();
    solo.hear(bob!.page(new Other('Eve').entry()), bob!.source);
    expect(solo.names).toEqual(['Bob']);
    expect(solo.machine.stats.drops).toEqual({ unasked: 1 });
  });

  test('of somebody else than was asked is dropped', () => {
    const { solo, eve } = asked();
    const mallory = new Other('Mallory');
    mallory.digest = otherDigest();
    solo.hear(mallory.page(eve.entry()), mallory.source);
    expect(solo.names).toEqual(['Bob']);
  });

  test('that was heard before is dropped', () => {
    const { solo, bob, eve } = asked();
    const page = bob.page(eve.entry());
    solo.hear(page, bob.source);
    solo.take();
    solo.hear(page, bob.source);
    expect(solo.machine.stats.drops).toEqual({ duplicate: 1 });
  });

  test('lists whom it tells of, where that one was heard', () => {
    const { solo, eve } = told({ place: placeOf('Eve') });
    expect(solo.takeNews()).toEqual(['up Eve']);
    expect(solo.machine.peer(eve.id)).toMatchObject({
      record: eve.record,
      paths: [{ id: eve.source.id }],
    });
  });

  test('lists nobody whom it does not describe', () => {
    const { solo } = told({ record: undefined });
    expect(solo.names).toEqual(['Bob']);
  });

  test('lists a stranger as one, and only if it comes from somewhere', () => {
    const stranger = { flags: ENTRY_FLAG.STRANGER };
    expect(told(stranger).solo.names).toEqual(['Bob']);
    const { solo } = told({ ...stranger, place: placeOf('Eve') });
    expect(solo.names).toEqual(['Bob', 'Eve']);
    expect(solo.machine.sizes.strangers).toBe(2);
  });

  test('leaves the first datagram of a peer to count, whatever its number', () => {
    for (const sequence of [3, 49, 50, 51, 5000]) {
      const { solo, eve } = told({ place: placeOf('Elsewhere') });
      solo.take();
      eve.sequence = sequence - 1;
      solo.hear(eve.beat(), eve.source);
      expect(solo.machine.evidence(eve.key)).toBe(sequence);
      expect(solo.takeNews()).toEqual(['update Eve']);
      expect(solo.machine.peer(eve.id)?.paths[0]).toEqual(eve.source);
      // The next one has to be newer.
      eve.sequence = sequence - 1;
      solo.hear(eve.beat(), eve.source);
      expect(solo.machine.stats.drops).toEqual({ duplicate: 1 });
    }
  });

  test('does not say how much is lost on our way to a peer', () => {
    const { solo, eve } = told({});
    const before = solo.machine.stats.loss;
    eve.groupCount = 30_000;
    solo.hear(eve.beat(), eve.source);
    expect(solo.machine.stats.loss).toBe(before);
  });

  test('does not say so either where the peer first speaks to us alone', () => {
    const { solo, eve } = told({});
    const before = solo.machine.stats.loss;
    eve.groupCount = 5;
    solo.hear(eve.beat(FLAG.DIRECT), eve.source);
    solo.hear(eve.beat(), eve.source);
    expect(solo.machine.stats.loss).toBeLessThan(before);
  });

  test('brings back nobody who went with a number as new', () => {
    const { solo, bob, eve } = asked();
    eve.sequence = 50;
    solo.hear(eve.full(), eve.source);
    solo.hear(eve.bye(), eve.source);
    solo.take();
    for (const sequence of [10, 51, 52]) {
      expect(solo.names).toEqual(['Bob']);
      solo.hear(bob.page(eve.entry({ sequence })), bob.source);
    }
    expect(solo.names).toEqual(['Bob']);
  });

  test('brings back one that was heard after it went, with a newer number', () => {
    const { solo, bob, eve } = asked();
    solo.hear(eve.full(), eve.source);
    solo.hear(eve.bye(), eve.source);
    solo.wait(300);
    solo.take();
    show(solo, bob, otherDigest());
    solo.wait(50);
    solo.hear(bob.page(eve.entry({ sequence: 60, ageMs: 0 })), bob.source);
    expect(solo.names).toEqual(['Bob', 'Eve']);
  });

  test('brings back nobody who was heard for the last time before it went', () => {
    const { solo, bob, eve } = asked();
    solo.hear(eve.full(), eve.source);
    solo.hear(eve.bye(), eve.source);
    solo.wait(300);
    show(solo, bob, otherDigest());
    solo.wait(50);
    solo.hear(bob.page(eve.entry({ sequence: 60, ageMs: 400 })), bob.source);
    expect(solo.names).toEqual(['Bob']);
  });

  test('gives a peer that was silent for long time for one beat, before it is asked after', () => {
    const { solo, eve } = told({ ageMs: 60_000, intervalCode: 16, place: placeOf('Eve') });
    // One that tells of itself every minute is patient with others: our own interval counts.
    const { intervalMs } = solo.machine.stats;
    solo.wait(1.25 * intervalMs);
    expect(solo.takeNews().filter((news) => news.includes('Eve'))).toEqual(['up Eve']);
    expect(solo.machine.peer(eve.id)).toBeDefined();
  });

  test('brings the newer record of a peer that is listed, and nothing else of it', () => {
    const { solo, bob, eve } = asked();
    solo.hear(eve.full(), eve.source);
    solo.take();
    const record = { ...eve.record, info: [2] };
    solo.hear(bob.page(eve.entry({ revision: 1, record, sequence: 99 })), bob.source);
    expect(solo.takeNews()).toEqual(['update Eve']);
    expect(solo.machine.peer(eve.id)).toMatchObject({ record, paths: [eve.source] });
    expect(solo.machine.evidence(eve.key)).toBe(eve.sequence);
  });

  test('brings no record with an older number, nor one of the same revision', () => {
    for (const parts of [{ revision: 1, sequence: 0 }, { sequence: 99 }]) {
      const { solo, bob, eve } = asked();
      solo.hear(eve.full(), eve.source);
      solo.take();
      const record = { ...eve.record, info: [2] };
      solo.hear(bob.page(eve.entry({ ...parts, record })), bob.source);
      expect(solo.takeNews()).toEqual([]);
    }
  });

  test('lists nobody under our own id', () => {
    const { solo, bob } = asked();
    const { key } = solo;
    solo.hear(bob.page(new Other('Ghost').entry({ key })), bob.source);
    expect(solo.names).toEqual(['Bob']);
  });
});

/** One of many, and the others. */
function large(): { solo: Solo; bob: Other; others: Other[] } {
  const solo = Solo.settled({ wakeupsPerSecond: 1_000_000 });
  const others = crowd(solo, ANSWER_PEERS);
  solo.take();
  return { solo, bob: others[0]!, others };
}

describe('a large group', () => {
  test('is answered for by one that shows itself to all within 40 ms', () => {
    const { solo } = large();
    const from = solo.now;
    const newcomer = new Other('newcomer');
    solo.hear(newcomer.full(WANT), newcomer.source);
    solo.wait(40);
    const [answer, ...more] = solo.takeSent().filter(isFull);
    expect(more).toEqual([]);
    expect(answer!.at - from).toBeLessThanOrEqual(40);
    expect(answer!.message.flags).toBe(FULL | SETTLED);
    expect(digestIn(answer!.message.body)?.count).toBe(ANSWER_PEERS + 2);
  });

  test('is not answered for by us once a settled peer has shown itself', () => {
    for (const [flags, expected] of [
      [SETTLED, 0],
      [SETTLED | DIRECT, 1],
      [0, 1],
    ] as const) {
      const { solo, bob } = large();
      const newcomer = new Other('newcomer');
      solo.hear(newcomer.full(WANT), newcomer.source);
      bob.digest = otherDigest();
      solo.hear(bob.full(flags), bob.source);
      solo.wait(41);
      expect(solo.takeSent().filter(isFull)).toHaveLength(expected);
    }
  });

  test('answers a question that went to one of it alone as that one', () => {
    const { solo, bob } = large();
    solo.hear(bob.beat(WANT | DIRECT), bob.source);
    const answers = solo.takeSent().filter(({ type }) => type === 'unicast');
    expect(answers).toMatchObject([{ to: bob.source }]);
    expect(answers[0]!.message.flags & FULL).toBe(FULL);
  });

  test('does not answer all at once a question that only says that it went to one', () => {
    const { solo } = large();
    const mallory = new Other('Mallory');
    solo.hear(mallory.beat(OBSERVER | WANT | DIRECT), mallory.source);
    solo.wait(1);
    expect(solo.takeSent().filter(({ type }) => type === 'unicast')).toEqual([]);
  });
});

/** What a machine answers to a PULL, cookie and all. */
function answer(solo: Solo, asker: Other): ListPage<PageEntry> {
  const pull = (cookie: Uint8Array | undefined): Uint8Array => {
    const body = encodePull({ cookie, fingerprints: undefined, ranges: [EVERYWHERE] });
    return asker.message({ type: TYPE.PULL, flags: DIRECT, body });
  };
  solo.take();
  solo.hear(pull(undefined), asker.source);
  const [first] = solo.takeSent();
  const { cookie } = decodePage(first!.message.body);
  solo.hear(pull(cookie), asker.source);
  const [second] = solo.takeSent();
  const page = decodePage(second!.message.body);
  if (page.range === undefined) throw new Error('It has no time.');
  return page;
}

describe('a peer that is asked for its list', () => {
  test('tells of all it lists, itself included, as it knows them', () => {
    const solo = Solo.settled({ places });
    const [bob] = familiar(solo, 'Bob');
    const eve = acquainted(solo, 'Eve');
    solo.wait(240);
    const { entries, digest } = answer(solo, new Other('asker'));
    expect(digest).toEqual(digestOf(solo, bob!, eve));
    const byKey = new Map(entries.map((entry) => [entry.key, entry]));
    expect(byKey.size).toBe(3);
    expect(byKey.get(solo.key)).toMatchObject({ ageMs: 0, flags: 0, place: undefined });
    expect(byKey.get(bob!.key)).toMatchObject({
      sequence: bob!.sequence,
      ageMs: 300,
      flags: 0,
      place: placeOf('Bob'),
      record: bob!.record,
    });
    expect(byKey.get(eve.key)).toMatchObject({ flags: ENTRY_FLAG.STRANGER });
  });

  test('gives whoever has not shown its cookie no more than it has sent', () => {
    const solo = Solo.settled();
    const asker = new Other('asker');
    const body = encodePull({ cookie: undefined, fingerprints: undefined, ranges: [EVERYWHERE] });
    solo.hear(asker.message({ type: TYPE.PULL, flags: DIRECT, body }), asker.source);
    const [busy] = solo.takeSent();
    expect(decodePage(busy!.message.body).range).toBeUndefined();
    expect(busy!.message.body.length).toBeLessThanOrEqual(3 * body.length);
  });

  test('leaves out itself if it only looks on', () => {
    const solo = Solo.settled({ record: undefined });
    const [bob] = familiar(solo, 'Bob');
    const { entries } = answer(solo, new Other('asker'));
    expect(entries.map(({ key }) => key)).toEqual([bob!.key]);
  });
});

describe('a digest', () => {
  test('goes with every full announcement, and is that of the list', () => {
    const solo = Solo.settled();
    const [bob, eve] = familiar(solo, 'Bob', 'Eve');
    for (let beat = 0; beat < 40; beat++) {
      solo.wait(200);
      for (const other of [bob!, eve!]) solo.hear(other.beat(), other.source);
    }
    const full = solo.takeSent().filter(isFull);
    expect(full.length).toBeGreaterThan(1);
    for (const { message } of full) {
      expect(digestIn(message.body)).toEqual(digestOf(solo, bob!, eve!));
    }
  });

  test('follows our own record and those of others', () => {
    const solo = Solo.settled();
    const [bob] = familiar(solo, 'Bob');
    bob!.revision = 7;
    solo.hear(bob!.full(), bob!.source);
    solo.feed({ type: 'update', record: { name: 'Ann', endpoints: [], info: 5 } });
    const full = solo.takeSent().find(isFull);
    expect(digestIn(full!.message.body)).toEqual(digestOf({ key: solo.key, revision: 1 }, bob!));
  });
});

describe('lists that differ', () => {
  const NAMES = ['Bob', 'Cid', 'Dan', 'Eve', 'Fay'];

  function settled(): { solo: Solo; others: Other[]; alike: Digest } {
    const solo = Solo.settled({ places });
    const others = familiar(solo, ...NAMES);
    return { solo, others, alike: digestOf(solo, ...others) };
  }

  /** The pulls that follow when these show another list, one after the other, while all live. */
  function pullsAfter(
    scene: ReturnType<typeof settled>,
    shown: readonly (Other | 'alike')[],
  ): Sent[] {
    const { solo, others, alike } = scene;
    for (const one of shown) {
      if (one === 'alike') show(solo, others[4]!, alike);
      else show(solo, one, otherDigest());
    }
    for (let beat = 0; beat < 6; beat++) {
      solo.wait(200);
      for (const other of others) solo.hear(other.beat(SETTLED), other.source);
    }
    return pulls(solo);
  }

  test('are compared with one of three that differ, within a second, part by part', () => {
    const scene = settled();
    const [bob, cid, dan] = scene.others;
    const from = scene.solo.now;
    const [pull] = pullsAfter(scene, [bob!, cid!, dan!]);
    expect(pull!.to).toEqual(dan!.source);
    expect(pull!.at - from).toBeLessThanOrEqual(1000);
    expect(decodePull(pull!.message.body).fingerprints).toBeDefined();
  });

  test('are not, if fewer differ, or always the same one', () => {
    const scene = settled();
    const [bob, cid] = scene.others;
    expect(pullsAfter(scene, [bob!, cid!, bob!, cid!, bob!])).toEqual([]);
  });

  test('are not, if somebody agrees in between', () => {
    const scene = settled();
    const [bob, cid, dan] = scene.others;
    expect(pullsAfter(scene, [bob!, cid!, 'alike', dan!])).toEqual([]);
  });

  test('are compared with all others where there are fewer than three', () => {
    const solo = Solo.settled({ places });
    const [bob] = familiar(solo, 'Bob');
    show(solo, bob!, otherDigest());
    solo.wait(700);
    solo.hear(bob!.beat(), bob!.source);
    solo.wait(400);
    expect(pulls(solo).length).toBeGreaterThan(0);
  });

  test('are compared no more often than every few seconds', () => {
    const { solo, others } = settled();
    const starts: number[] = [];
    for (let turn = 0; turn < 300; turn++) {
      for (const other of others) show(solo, other, otherDigest());
      solo.wait(200);
      starts.push(...pulls(solo).map(({ at }) => at));
    }
    // A server that does not answer is asked four times within a second, and then another.
    const comparisons = starts.filter((at, index) => at - (starts[index - 1] ?? -Infinity) > 1000);
    expect(comparisons.length).toBeGreaterThan(5);
    for (const [at, start] of comparisons.slice(1).entries()) {
      expect(start - comparisons[at]!).toBeGreaterThan(1500);
    }
    expect(comparisons.length).toBeLessThan(60_000 / 3000);
  });

  test('bring nobody but strangers by the word of strangers, however many differ', () => {
    const { solo } = settled();
    const strangers = Array.from({ length: 3 }, (_, at) => new Other(`stranger ${at}`));
    for (const stranger of strangers) show(solo, stranger, otherDigest());
    let server: Other | undefined;
    for (let ms = 0; ms < 1000 && server === undefined; ms += 5) {
      solo.wait(5);
      const [pull] = pulls(solo);
      server = strangers.find(({ source }) => source.id === pull?.to?.id);
    }
    const invented = Array.from({ length: 5 }, (_, at) => new Other(`invented ${at}`));
    const entries = invented.map((one) => one.entry({ place: placeOf(one.record.name) }));
    solo.hear(server!.page(...entries), server!.source);
    expect(solo.names).toContain('invented 0');
    expect(solo.machine.sizes.strangers).toBe(strangers.length + invented.length);
  });
});
