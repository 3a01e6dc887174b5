import { Agenda, DecodeError, type Source } from '@mailslot/core/internal';
import { seededRandom } from '@mailslot/core/testing';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { Listing } from '../src/presence/listing.ts';
import {
  decodePull,
  encodeEntry,
  encodePage,
  type ListPage,
  type PageEntry,
  type Pull,
} from '../src/presence/page.ts';
import {
  FRUITLESS_ASKS_MAX,
  PIECES_MAX,
  Puller,
  TRANSFER_MS_MAX,
  type Wanted,
} from '../src/presence/puller.ts';
import { EVERYWHERE, positionOf } from '../src/presence/position.ts';
import type { Task } from '../src/presence/task-table.ts';
import { sourceAt } from './support/sources.ts';
import { throwsDecodeErrorAtMost } from './support/thrown.ts';
import { BODY_BYTES_MAX, drawKeys, entryOf } from './support/transfer.ts';

const ann = sourceAt('10.0.0.1:5000');
const bob = sourceAt('10.0.0.2:5000');
const COOKIE = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
const OTHER = Uint8Array.of(9, 9, 9, 9, 9, 9, 9, 9);
const DIGEST = { count: 1, high: 2, low: 3 };
const HALF = 0x8000_0000;
const LEFT = { first: 0, last: HALF - 1 };
const RIGHT = { first: HALF, last: EVERYWHERE.last };

interface Asked {
  readonly at: number;
  readonly to: string;
  readonly bytes: number;
  readonly pull: Pull;
}

/** A puller by itself, whose servers say what a test makes them say. */
class Bench {
  readonly agenda = new Agenda<Task>();
  readonly listing = new Listing();
  readonly puller: Puller;
  readonly asked: Asked[] = [];
  /** What it called, in order. */
  readonly calls: string[] = [];
  onAdopt: (now: number) => void = () => {};
  now = 1;

  constructor() {
    this.puller = new Puller({
      fingerprints: () => this.listing.fingerprints,
      bodyBytesMax: BODY_BYTES_MAX,
      agenda: this.agenda,
      send: ({ id: to }, body, at) => {
        this.asked.push({ at, to, bytes: body.length, pull: decodePull(body) });
        this.calls.push('ask');
      },
      adopt: (entries, { id }, now) => {
        this.calls.push(`adopt ${entries.length} of ${id}`);
        for (const { key, revision } of entries) this.listing.set(key, revision);
        this.onAdopt(now);
      },
      done: ({ count }, { id }) => this.calls.push(`done with ${id}: ${count}`),
      exhausted: (why, { id }) => this.calls.push(`${id} is ${why}`),
    });
  }

  static started(wanted: Wanted = 'everything'): Bench {
    const bench = new Bench();
    bench.puller.start(ann, wanted, bench.now);
    return bench;
  }

  /** A page of everything from Ann, but for the parts given. */
  page(parts: Partial<ListPage<PageEntry>>, from: Source = ann): boolean {
    const { entries = [], ...rest } = parts;
    const encoded = entries.map((entry) => encodeEntry(entry));
    const page = { cookie: COOKIE, range: EVERYWHERE, pagesToCome: 0, digest: DIGEST, ...rest };
    return this.puller.receive(encodePage({ ...page, entries: encoded }), from, this.now);
  }

  busy(cookie: Uint8Array): boolean {
    return this.puller.receive(encodePage({ cookie, range: undefined }), ann, this.now);
  }

  wait(ms: number): void {
    const until = this.now + ms;
    for (let due = this.agenda.takeDue(until); due; due = this.agenda.takeDue(until)) {
      this.now = due.at;
      due.item(due.at);
    }
    this.now = until;
  }

  /** What was asked last. */
  get last(): Asked {
    return this.asked.at(-1)!;
  }
}

describe('a puller', () => {
  test('asks for everything with a full message, as long as it has no cookie', () => {
    const { last } = Bench.started();
    expect(last.pull).toEqual({ cookie: undefined, fingerprints: undefined, ranges: [EVERYWHERE] });
    expect(last.bytes).toBe(BODY_BYTES_MAX);
  });

  test('sends the fingerprints of its own list if it wants differences', () => {
    const bench = new Bench();
    bench.listing.set(drawKeys(1, seededRandom(1))[0]!, 1);
    bench.puller.start(ann, 'differences', 1);
    expect(bench.last.pull.fingerprints).toEqual(bench.listing.fingerprints);
  });

  test('is done when all is covered, and adopts what came before it says so', () => {
    const bench = Bench.started();
    const entries = drawKeys(2, seededRandom(1)).map((key) => entryOf(key, 1));
    expect(bench.page({ range: LEFT, entries: [], pagesToCome: 1 })).toBe(true);
    const right = entries.filter(({ key }) => positionOf(key) >= HALF);
    expect(bench.page({ range: RIGHT, entries: right })).toBe(true);
    expect(bench.calls).toEqual([
      'ask',
      ...(right.length > 0 ? [`adopt ${right.length} of ${ann.id}`] : []),
      `done with ${ann.id}: 1`,
    ]);
    expect(bench.puller.server).toBeUndefined();
    expect(bench.agenda.size).toBe(0);
  });

  test('asks for what is missing, with its cookie, as soon as the last page has come', () => {
    const bench = Bench.started();
    bench.page({ range: { first: 10, last: 19 }, pagesToCome: 5 });
    bench.page({ range: { first: 40, last: 49 }, pagesToCome: 0 });
    expect(bench.asked).toHaveLength(2);
    expect(bench.last.pull).toEqual({
      cookie: COOKIE,
      fingerprints: undefined,
      ranges: [
        { first: 0, last: 9 },
        { first: 20, last: 39 },
        { first: 50, last: EVERYWHERE.last },
      ],
    });
    expect(bench.last.bytes).toBe(40);
  });

  test('asks for what is missing if no page has come for 20 ms', () => {
    const bench = Bench.started();
    bench.wait(15);
    bench.page({ range: LEFT, pagesToCome: 1 });
    bench.wait(19);
    expect(bench.asked).toHaveLength(1);
    bench.wait(1);
    expect(bench.last.pull.ranges).toEqual([RIGHT]);
  });

  test('gives up a server that is silent, after waiting for 20, 40, 80 and 160 ms', () => {
    const bench = Bench.started();
    bench.wait(1000);
    expect(bench.asked.map(({ at }) => at - 1)).toEqual([0, 20, 60, 140]);
    expect(bench.calls.at(-1)).toBe(`${ann.id} is silent`);
    expect(bench.puller.server).toBeUndefined();
  });

  test('is patient beyond a server, where nothing is lost, and asks another one sooner', () => {
    const bench = new Bench();
    bench.puller.start({ ...ann, trust: 'brokered' }, 'everything', bench.now);
    bench.wait(10_000);
    expect(bench.asked.map(({ at }) => at - 1)).toEqual([0, 1000]);
    expect(bench.calls.at(-1)).toBe(`${ann.id} is silent`);
  });

  test('has its patience back with every page that brings something new', () => {
    const bench = Bench.started();
    bench.wait(290);
    expect(bench.asked).toHaveLength(4);
    bench.page({ range: LEFT, pagesToCome: 1 });
    bench.wait(20);
    expect(bench.asked).toHaveLength(5);
    bench.wait(1000);
    expect(bench.asked).toHaveLength(8);
  });

  test('takes pages from nobody but the server it asked, nor what it has', () => {
    const bench = Bench.started();
    expect(bench.page({}, bob)).toBe(false);
    expect(bench.page({ range: LEFT, pagesToCome: 1 })).toBe(true);
    expect(bench.page({ range: LEFT, pagesToCome: 0 })).toBe(false);
    expect(bench.calls).toEqual(['ask']);
    bench.puller.stop();
    expect(bench.page({})).toBe(false);
  });

  test('asks a busy server again if that gives it a cookie, and another if it has shown it', () => {
    const bench = Bench.started();
    bench.busy(COOKIE);
    expect(bench.last.pull.cookie).toEqual(COOKIE);
    bench.busy(COOKIE);
    expect(bench.calls).toEqual(['ask', 'ask', `${ann.id} is busy`]);
  });

  test('does not ask for ever a server that gives it one cookie after the other', () => {
    const bench = Bench.started();
    for (let count = 0; count < 20; count++) bench.busy(count % 2 === 0 ? COOKIE : OTHER);
    expect(bench.asked).toHaveLength(FRUITLESS_ASKS_MAX);
    expect(bench.calls.at(-1)).toBe(`${ann.id} is silent`);
  });

  test('gives up a server whose list does not come to an end in 30 s', () => {
    const bench = Bench.started();
    for (let first = 0; bench.puller.server !== undefined; first++) {
      bench.page({ range: { first, last: first }, pagesToCome: 1 });
      bench.wait(10);
    }
    expect(bench.now).toBe(1 + TRANSFER_MS_MAX);
    expect(bench.calls.at(-1)).toBe(`${ann.id} is slow`);
  });

  test('remembers a bounded number of pieces', () => {
    const bench = Bench.started();
    const taken = Array.from({ length: 1000 }, (_, at) =>
      bench.page({ range: { first: 2 * at, last: 2 * at }, pagesToCome: 1 }),
    );
    expect(taken.filter(Boolean)).toHaveLength(PIECES_MAX);
  });

  test('shows the cookie that it got before to the same server, and to no other', () => {
    const bench = Bench.started();
    bench.page({});
    bench.puller.start(ann, 'everything', bench.now);
    expect(bench.last.pull.cookie).toEqual(COOKIE);
    expect(bench.last.bytes).toBe(20);
    bench.puller.start(bob, 'everything', bench.now);
    expect(bench.last.pull.cookie).toBeUndefined();
  });

  test('begins again when it is started, and forgets what it waited for', () => {
    const bench = Bench.started();
    bench.page({ range: LEFT, pagesToCome: 1 });
    bench.puller.start(bob, 'everything', bench.now);
    expect(bench.last).toMatchObject({ to: bob.id, pull: { ranges: [EVERYWHERE] } });
    expect(bench.agenda.size).toBe(1);
    expect(bench.page({})).toBe(false);
  });

  test('asks for nothing more after it was stopped, not even while adopting', () => {
    const bench = Bench.started();
    bench.onAdopt = () => bench.puller.stop();
    const key = drawKeys(1, seededRandom(1))[0]!;
    const here = { first: positionOf(key), last: positionOf(key) };
    bench.page({ range: here, entries: [entryOf(key, 1)] });
    bench.wait(1000);
    expect(bench.calls).toEqual(['ask', `adopt 1 of ${ann.id}`]);
  });

  test('throws a DecodeError for a malformed page, and nothing else whatever comes', () => {
    const bench = Bench.started();
    expect(() => bench.puller.receive(Uint8Array.of(1), ann, 1)).toThrow(DecodeError);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 1200 }), (body) =>
        throwsDecodeErrorAtMost(() => bench.puller.receive(body, ann, 1)),
      ),
    );
  });
});

describe('going on with another server', () => {
  test('asks it only for what the first one left, if everything is wanted', () => {
    const bench = Bench.started();
    bench.page({ range: LEFT, pagesToCome: 1 });
    bench.wait(1000);
    bench.puller.resume(bob, 'everything', bench.now);
    expect(bench.last).toMatchObject({ to: bob.id, pull: { ranges: [RIGHT] } });
    bench.page({ range: RIGHT }, bob);
    expect(bench.calls.at(-1)).toBe(`done with ${bob.id}: 1`);
  });

  test('begins again if differences are wanted, since it differs in other parts', () => {
    const bench = Bench.started('differences');
    bench.page({ range: LEFT, pagesToCome: 1 });
    bench.wait(1000);
    bench.puller.resume(bob, 'differences', bench.now);
    expect(bench.last.pull.ranges).toEqual([EVERYWHERE]);
  });
});

test('fingerprints are those of the list as the last page has changed it', () => {
  const bench = Bench.started('differences');
  const key = drawKeys(1, seededRandom(1))[0]!;
  const here = { first: positionOf(key), last: positionOf(key) };
  bench.page({ range: here, entries: [entryOf(key, 1)] });
  const changed = new Listing();
  changed.set(key, 1);
  expect(bench.last.pull.fingerprints).toEqual(changed.fingerprints);
});
