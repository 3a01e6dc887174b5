import { Agenda, DecodeError, type Source } from '@mailslot/core/internal';
import { seededRandom } from '@mailslot/core/testing';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { Listing } from '../src/presence/listing.ts';
import {
  type BusyPage,
  decodePage,
  encodePull,
  type ListPage,
  type PageEntry,
  type Pull,
} from '../src/presence/page.ts';
import {
  AMPLIFICATION_MAX,
  ANSWER_PAGES_MAX,
  ANSWERS_MAX,
  PageServer,
  PAGES,
  PULLS,
  UNPROVEN_ANSWERS_MAX,
} from '../src/presence/page-server.ts';
import type { PeerKey } from '../src/presence/peer-id.ts';
import { EVERYWHERE, positionOf } from '../src/presence/position.ts';
import type { Task } from '../src/presence/task-table.ts';
import { sourceAt } from './support/sources.ts';
import { throwsDecodeErrorAtMost } from './support/thrown.ts';
import { BODY_BYTES_MAX, drawKeys, entryOf } from './support/transfer.ts';

interface Sent {
  readonly at: number;
  readonly to: string;
  readonly bytes: number;
  readonly page: ListPage<PageEntry> | BusyPage;
}

/** A server by itself, that all are asked of by hand. */
class Bench {
  readonly agenda = new Agenda<Task>();
  readonly listing = new Listing();
  readonly server: PageServer;
  readonly #sent: Sent[] = [];
  now = 1;

  constructor(
    keys: readonly PeerKey[],
    entry: (key: PeerKey) => PageEntry | undefined = (key) => entryOf(key, 0),
  ) {
    for (const key of keys) this.listing.set(key, 0);
    this.server = new PageServer({
      listing: this.listing,
      entry,
      bodyBytesMax: BODY_BYTES_MAX,
      agenda: this.agenda,
      random: seededRandom(1),
      send: ({ id }, body, at) =>
        this.#sent.push({ at, to: id, bytes: body.length, page: decodePage(body) }),
    });
  }

  /** A PULL of everything, but for the parts given. */
  pull(from: Source, parts: Partial<Pull> = {}, padTo = 0): boolean {
    const pull = { cookie: undefined, fingerprints: undefined, ranges: [EVERYWHERE], ...parts };
    return this.server.answer(encodePull(pull, padTo), from, this.now);
  }

  /** The cookie of a place, got as anybody there can get it. */
  cookieFor(from: Source): Uint8Array {
    this.pull(from);
    return this.take().at(-1)!.page.cookie;
  }

  wait(ms: number): void {
    const until = this.now + ms;
    for (let due = this.agenda.takeDue(until); due; due = this.agenda.takeDue(until)) {
      due.item(due.at);
    }
    this.now = until;
  }

  take(): Sent[] {
    return this.#sent.splice(0);
  }

  /** What was sent of lists. */
  takePages(): (Sent & { readonly page: ListPage<PageEntry> })[] {
    return this.take().filter(isPage);
  }
}

function isPage(sent: Sent): sent is Sent & { readonly page: ListPage<PageEntry> } {
  return sent.page.range !== undefined;
}

const ann = sourceAt('10.0.0.1:5000');
const bob = sourceAt('10.0.0.2:5000');

/** A place of a transport without addresses. */
function nowhere(id: string): Source {
  return { ...sourceAt(id), address: undefined };
}

/** Places on hosts of their own. */
function places(count: number): Source[] {
  return Array.from({ length: count }, (_, at) => sourceAt(`10.1.0.${at}:5000`));
}

const THOUSAND = drawKeys(1000, seededRandom(4));

/** An id of that position, the `nth` of it. */
function keyAt(position: number, nth: number): PeerKey {
  const octets = [0, position >>> 24, position >>> 16, position >>> 8, position, nth >>> 8, nth];
  return String.fromCharCode(...octets.map((octet) => octet & 0xff)).padEnd(16, 'x');
}

describe('an answer', () => {
  test('covers what was asked for, without gap or overlap, and tells of everybody once', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(200), { maxLength: 150 }), (infoBytes) => {
        // Three peers at each position: page after page ends within such a group.
        const keys = infoBytes.map((_, at) => keyAt(Math.floor(at / 3) * 1000, at));
        const infos = new Map(keys.map((key, at) => [key, 'i'.repeat(infoBytes[at]!)]));
        const bench = new Bench(keys, (key) => ({
          ...entryOf(key, 0),
          record: { name: '', endpoints: [], info: infos.get(key) },
        }));
        const cookie = bench.cookieFor(ann);
        const told: PeerKey[] = [];
        for (let first = 0; first <= EVERYWHERE.last;) {
          bench.pull(ann, { cookie, ranges: [{ first, last: EVERYWHERE.last }] });
          bench.wait(1000);
          for (const { page, bytes } of bench.takePages()) {
            expect(bytes).toBeLessThanOrEqual(BODY_BYTES_MAX);
            expect(page.range.first).toBe(first);
            first = page.range.last + 1;
            told.push(...page.entries.map(({ key }) => key));
          }
        }
        expect(told).toEqual(keys);
      }),
      { numRuns: 50 },
    );
  });

  test('comes to its end where more peers share a position than a page takes', () => {
    const keys = Array.from({ length: 100 }, (_, at) => keyAt(at < 50 ? 7 : 9, at));
    const bench = new Bench([...keys, keyAt(8, 0)]);
    bench.pull(ann, { cookie: bench.cookieFor(ann) });
    bench.wait(100);
    const pages = bench.takePages().map(({ page }) => page);
    expect(pages.map(({ range }) => range)).toEqual([
      { first: 0, last: 7 },
      { first: 8, last: 8 },
      { first: 9, last: EVERYWHERE.last },
    ]);
    expect(pages[1]!.entries.map(({ key }) => key)).toEqual([keyAt(8, 0)]);
    expect(pages[2]!.entries.length).toBeGreaterThan(5);
  });

  test('has the pages of several ranges in order, counts them down, and each tells the digest', () => {
    const bench = new Bench(THOUSAND);
    const ranges = [
      { first: 0, last: 0x0fff_ffff },
      { first: 0x8000_0000, last: 0x80ff_ffff },
    ];
    bench.pull(ann, { cookie: bench.cookieFor(ann), ranges });
    bench.wait(100);
    const pages = bench.takePages().map(({ page }) => page);
    expect(pages.map(({ pagesToCome }) => pagesToCome)).toEqual(
      pages.map((_, at) => pages.length - 1 - at),
    );
    const told = pages.flatMap(({ entries }) => entries.map(({ key }) => key));
    expect(told.toSorted()).toEqual(
      THOUSAND.filter((key) =>
        ranges.some(({ first, last }) => first <= positionOf(key) && positionOf(key) <= last),
      ).toSorted(),
    );
    for (const { digest } of pages) expect(digest).toEqual(bench.listing.digest);
  });

  test('leaves out the buckets whose fingerprints agree, and covers them', () => {
    const bench = new Bench(THOUSAND);
    const theirs = new Listing();
    for (const key of THOUSAND) theirs.set(key, 0);
    const cookie = bench.cookieFor(ann);
    bench.pull(ann, { cookie, fingerprints: theirs.fingerprints });
    bench.wait(100);
    expect(bench.takePages()).toMatchObject([{ page: { range: EVERYWHERE, entries: [] } }]);
    theirs.delete(THOUSAND.find((key) => positionOf(key) >>> 28 === 5)!);
    bench.pull(ann, { cookie, fingerprints: theirs.fingerprints });
    bench.wait(100);
    const pages = bench.takePages().map(({ page }) => page);
    const told = pages.flatMap(({ entries }) => entries.map(({ key }) => key));
    expect(told.toSorted()).toEqual(
      THOUSAND.filter((key) => positionOf(key) >>> 28 === 5).toSorted(),
    );
    expect(pages[0]!.range.first).toBe(0);
    expect(pages.at(-1)!.range.last).toBe(EVERYWHERE.last);
  });

  test('tells what is so when the question comes, and nothing of those it is not to tell of', () => {
    const [known, secret] = THOUSAND as [PeerKey, PeerKey];
    let sequence = 1;
    const bench = new Bench([known, secret], (key) =>
      key === secret ? undefined : { ...entryOf(key, 0), sequence },
    );
    sequence = 99;
    bench.pull(ann, {}, BODY_BYTES_MAX);
    expect(bench.takePages()).toMatchObject([
      { page: { entries: [{ key: known, sequence: 99 }] } },
    ]);
  });

  test('has 32 pages at most, two at once and two in every further millisecond', () => {
    const bench = new Bench(THOUSAND);
    bench.pull(ann, { cookie: bench.cookieFor(ann) });
    bench.wait(100);
    const pages = bench.takePages();
    expect(pages).toHaveLength(ANSWER_PAGES_MAX);
    expect(pages.map(({ at }) => at - pages[0]!.at)).toEqual(
      pages.map((_, page) => Math.floor(page / 2)),
    );
  });

  test('ends when the same place asks anew', () => {
    const bench = new Bench(THOUSAND);
    const cookie = bench.cookieFor(ann);
    bench.pull(ann, { cookie });
    bench.wait(5);
    bench.take();
    bench.pull(ann, { cookie, ranges: [{ first: 0xf000_0000, last: EVERYWHERE.last }] });
    bench.wait(100);
    const firsts = bench.takePages().map(({ page }) => page.range.first);
    expect(Math.min(...firsts)).toBe(0xf000_0000);
  });

  test('ends when the server stops', () => {
    const bench = new Bench(THOUSAND);
    bench.pull(ann, { cookie: bench.cookieFor(ann) });
    bench.take();
    bench.server.stop();
    bench.wait(100);
    expect(bench.take()).toEqual([]);
    expect(bench.agenda.size).toBe(0);
  });
});

describe('a place that shows no cookie', () => {
  test.each<[what: string, cookieOf: (bench: Bench) => Uint8Array | undefined]>([
    ['none', () => undefined],
    ['one it made up', () => Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)],
    ['that of another place', (bench) => bench.cookieFor(bob)],
    ['that of another server', () => new Bench([]).cookieFor(ann).map((byte) => byte ^ 1)],
  ])('gets three times what it sends at most, with %s', (_, cookieOf) => {
    const bench = new Bench(THOUSAND);
    const cookie = cookieOf(bench);
    for (const padTo of [0, 270, 382, 500, 800, BODY_BYTES_MAX]) {
      bench.now += 1000;
      bench.pull(ann, { cookie }, padTo);
      bench.wait(100);
      const bytes = bench.take().reduce((sum, { bytes }) => sum + bytes, 0);
      expect(bytes).toBeGreaterThan(0);
      expect(bytes).toBeLessThanOrEqual(AMPLIFICATION_MAX * Math.max(padTo, cookie ? 20 : 10));
    }
  });

  test('gets three pages for a full message, and its cookie with each', () => {
    const bench = new Bench(THOUSAND);
    bench.pull(ann, {}, BODY_BYTES_MAX);
    bench.wait(100);
    const pages = bench.takePages().map(({ page }) => page);
    expect(pages.map(({ pagesToCome }) => pagesToCome)).toEqual([2, 1, 0]);
    const cookie = bench.cookieFor(ann);
    for (const page of pages) expect(page.cookie).toEqual(cookie);
  });

  test('gets no more than its cookie for a message that is too small', () => {
    const bench = new Bench(THOUSAND);
    bench.pull(ann);
    expect(bench.take()).toMatchObject([{ bytes: 10, page: { range: undefined } }]);
  });
});

describe('a server', () => {
  test('says nothing beyond the link, and does not even look at what comes from there', () => {
    const bench = new Bench(THOUSAND);
    const away: Source = { ...ann, trust: 'routed' };
    expect(bench.pull(away, {}, BODY_BYTES_MAX)).toBe(false);
    expect(bench.server.answer(Uint8Array.of(1), away, 1)).toBe(false);
    expect(bench.take()).toEqual([]);
  });

  test('takes 64 questions of a host at once and 5 a second from then on, whatever the port', () => {
    const bench = new Bench([]);
    const ask = (): number =>
      Array.from({ length: 100 }, (_, port) => bench.pull(sourceAt(`10.0.0.1:${port}`))).filter(
        Boolean,
      ).length;
    expect(ask()).toBe(PULLS.burst);
    bench.wait(1000);
    expect(ask()).toBe(PULLS.perSecond);
    expect(bench.pull(bob)).toBe(true);
  });

  test('counts by places where hosts have no address', () => {
    const bench = new Bench([]);
    for (let count = 0; count < 2 * PULLS.burst; count++) bench.pull(nowhere('one'));
    expect(bench.pull(nowhere('one'))).toBe(false);
    expect(bench.pull(nowhere('other'))).toBe(true);
  });

  test('takes as many questions of its own computer as come', () => {
    const bench = new Bench([]);
    const here: Source = { ...ann, trust: 'loopback' };
    for (let count = 0; count < 200; count++) expect(bench.pull(here)).toBe(true);
  });

  test('is busy for one place more than it has answers for, and that one has its cookie', () => {
    const bench = new Bench(THOUSAND);
    const all = places(ANSWERS_MAX + 1);
    const cookies = all.map((place) => bench.cookieFor(place));
    for (const [at, place] of all.entries()) bench.pull(place, { cookie: cookies[at] });
    const busy = bench.take().filter(({ page }) => page.range === undefined);
    expect(busy).toMatchObject([{ to: all.at(-1)!.id, page: { cookie: cookies.at(-1) } }]);
  });

  test('is not busy for a place that asks anew while it is answered', () => {
    const bench = new Bench(THOUSAND);
    const all = places(ANSWERS_MAX);
    const cookies = all.map((place) => bench.cookieFor(place));
    for (const [at, place] of all.entries()) bench.pull(place, { cookie: cookies[at] });
    bench.take();
    bench.pull(all[3]!, { cookie: cookies[3] });
    expect(bench.take().filter(({ page }) => page.range === undefined)).toEqual([]);
  });

  test('goes on answering a place, and hearing it, whatever others ask in its name', () => {
    const bench = new Bench(THOUSAND);
    const cookie = bench.cookieFor(ann);
    bench.pull(ann, { cookie });
    for (let count = 0; count < 2 * PULLS.burst; count++) bench.pull(ann, {}, BODY_BYTES_MAX);
    bench.wait(100);
    expect(bench.takePages()).toHaveLength(ANSWER_PAGES_MAX);
    for (let count = 0; count < 2 * PULLS.burst; count++) bench.pull(ann, {}, BODY_BYTES_MAX);
    expect(bench.pull(ann, {}, BODY_BYTES_MAX)).toBe(false);
    expect(bench.pull(ann, { cookie })).toBe(true);
  });

  test('has time for those who show a cookie however many do not', () => {
    const bench = new Bench(THOUSAND);
    const cookie = bench.cookieFor(ann);
    bench.wait(1000);
    for (const place of places(40)) bench.pull(place, {}, BODY_BYTES_MAX);
    bench.pull(ann, { cookie });
    const sent = bench.take();
    expect(sent.filter(({ page }) => page.range === undefined)).toHaveLength(
      40 - UNPROVEN_ANSWERS_MAX,
    );
    bench.wait(10);
    expect(bench.takePages().some(({ to }) => to === ann.id)).toBe(true);
  });

  test('sends 1 000 pages a second in all, and as many to each who asks', () => {
    const bench = new Bench(THOUSAND);
    const all = places(ANSWERS_MAX);
    const cookies = all.map((place) => bench.cookieFor(place));
    const counts = new Map<string, number>();
    for (let ms = 0; ms < 1000; ms += 250) {
      // Each asks anew before its answer has come to an end.
      for (const [at, place] of all.entries()) bench.pull(place, { cookie: cookies[at] });
      bench.wait(250);
      for (const { to } of bench.takePages()) counts.set(to, (counts.get(to) ?? 0) + 1);
    }
    const each = Array.from(counts.values());
    const total = each.reduce((sum, count) => sum + count, 0);
    expect(total).toBeGreaterThan(0.95 * PAGES.perSecond);
    expect(total).toBeLessThanOrEqual(PAGES.perSecond + PAGES.burst);
    expect(Math.max(...each) - Math.min(...each)).toBeLessThan(8);
  });

  test('throws a DecodeError for a malformed body, and nothing else whatever comes', () => {
    const bench = new Bench(THOUSAND.slice(0, 50));
    const here: Source = { ...ann, trust: 'loopback' };
    expect(() => bench.server.answer(Uint8Array.of(1), here, 1)).toThrow(DecodeError);
    const pull = encodePull({
      cookie: bench.cookieFor(here),
      fingerprints: new Uint32Array(32),
      ranges: [EVERYWHERE],
    });
    fc.assert(
      fc.property(fc.nat(pull.length - 1), fc.nat(0xff), (at, value) => {
        const body = pull.slice();
        body[at] = value;
        return throwsDecodeErrorAtMost(() => bench.server.answer(body, here, bench.now));
      }),
    );
  });
});
