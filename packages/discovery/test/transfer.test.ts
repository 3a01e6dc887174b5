/** Whole transfers of lists over links that lose, repeat and reorder; each seed is another run. */

import { seededRandom } from '@mailslot/core/testing';
import { describe, expect, test } from 'vitest';

import { encodePull } from '../src/presence/page.ts';
import { ANSWERS_MAX } from '../src/presence/page-server.ts';
import { EVERYWHERE } from '../src/presence/position.ts';
import { sourceAt } from './support/sources.ts';
import {
  BODY_BYTES_MAX,
  type Client,
  drawKeys,
  Link,
  type LinkFaults,
  type Server,
} from './support/transfer.ts';

const KEYS = drawKeys(10_000, seededRandom(1));
const THOUSAND = KEYS.slice(0, 1000);

/** Entries of 28 bytes and a record of 60 in a page. */
const PER_PAGE = 12;

/** Long enough for a virtual hour on a busy machine. */
const TIMEOUT_MS = 60_000;

interface Run {
  readonly link: Link;
  readonly client: Client;
  readonly servers: readonly [Server, Server];
}

/** A newcomer that asks one of two servers, and turns to the other whenever the one is exhausted. */
function newcomer(seed: number, count: number, faults: Partial<LinkFaults> = {}): Run {
  const link = new Link(seed, faults);
  const keys = KEYS.slice(0, count);
  const servers = [link.server('10.0.0.1:1', keys), link.server('10.0.0.2:1', keys)] as const;
  const client = link.client('10.0.0.9:1');
  const [first, second] = servers;
  client.others = [second, first, second, first, second, first, second];
  client.puller.start(first.source, 'everything', link.now);
  return { link, client, servers };
}

/** How long a newcomer of each seed takes, in ascending order; all must have the whole list. */
function durations(seeds: number, count: number, faults: Partial<LinkFaults> = {}): number[] {
  const times = Array.from({ length: seeds }, (_, at) => {
    const { link, client } = newcomer(at + 1, count, faults);
    link.run(10_000);
    expect(client.complete, `seed ${at + 1}`).toBe(true);
    return client.doneAt! - 1;
  });
  return times.toSorted((a, b) => a - b);
}

describe('a newcomer has the whole list', () => {
  test('of 30 in a round trip', () => {
    expect(durations(1, 30)[0]).toBeLessThan(2);
  });

  test('of 1 000 within 100 ms', () => {
    expect(durations(1, 1000)[0]).toBeLessThan(100);
  });

  test(
    'of 1 000 within 600 ms in 99 of 100 runs, a fifth lost each way',
    () => {
      const times = durations(200, 1000, { loss: 0.2 });
      expect(times[100]).toBeLessThan(150);
      expect(times[197]).toBeLessThan(600);
    },
    TIMEOUT_MS,
  );

  test(
    'of 10 000 within 1.5 s, a fifth lost each way',
    () => {
      expect(durations(10, 10_000, { loss: 0.2 }).at(-1)).toBeLessThan(1500);
    },
    TIMEOUT_MS,
  );

  test.each<[what: string, faults: Partial<LinkFaults>, seeds: number]>([
    ['reordered', { jitterMs: 30 }, 20],
    ['repeated', { duplication: 0.5, jitterMs: 2 }, 20],
    ['slower than it has patience', { latencyMs: 80 }, 1],
    ['lost every second time', { loss: 0.5 }, 20],
    ['lost, repeated and reordered', { loss: 0.2, duplication: 0.2, jitterMs: 10 }, 50],
  ])(
    'where everything is %s',
    (_, faults, seeds) => {
      expect(durations(seeds, 300, faults).at(-1)).toBeLessThan(6000);
    },
    TIMEOUT_MS,
  );

  test('without being sent much more than that', () => {
    const { link } = newcomer(1, 1000);
    link.run(10_000);
    expect(link.pages).toBeLessThan(1.1 * (1000 / PER_PAGE) + 4);
    expect(link.entries).toBe(1000);
    const lossy = newcomer(1, 1000, { loss: 0.2, duplication: 0.2, jitterMs: 2 });
    lossy.link.run(10_000);
    expect(lossy.link.pages).toBeLessThan(1.6 * (1000 / PER_PAGE));
  });

  test('from two servers, the one the rest of the other, if one dies midway', () => {
    const { link, client, servers } = newcomer(1, 1000);
    link.run(20);
    servers[0].alive = false;
    link.run(10_000);
    expect(client.outcomes.map(({ what }) => what)).toEqual(['silent', 'done']);
    expect(client.complete).toBe(true);
    expect(client.doneAt).toBeLessThan(500);
    // Some pages of the dead server were on their way to nobody.
    expect(link.entries).toBeLessThan(1050);
  });
});

test('more newcomers than a server has answers for are served by two', () => {
  const { link, client, servers } = newcomer(1, 300);
  for (let count = 0; count < ANSWERS_MAX + 4; count++) {
    const other = link.client(`10.1.0.${count}:1`);
    other.others = [servers[1], servers[0], servers[1], servers[0]];
    other.puller.start(servers[0].source, 'everything', link.now);
  }
  link.run(10_000);
  expect(link.busy).toBeGreaterThan(0);
  for (const { complete, outcomes } of [client, ...link.clients]) {
    expect(complete).toBe(true);
    expect(outcomes.slice(0, -1).every(({ what }) => what === 'busy')).toBe(true);
  }
});

test('a newcomer is served amid a flood of questions from forged places', () => {
  const { link, client, servers } = newcomer(1, 300);
  const body = encodePull(
    { cookie: undefined, fingerprints: undefined, ranges: [EVERYWHERE] },
    BODY_BYTES_MAX,
  );
  for (let count = 0; count < 5000; count++) {
    link.after(count / 10, (now) => {
      const place = sourceAt(`10.${count % 250}.${count >>> 8}.1:1`);
      servers[0].machine.answer(body, place, now);
    });
  }
  link.run(10_000);
  expect(client.complete).toBe(true);
  expect(client.doneAt).toBeLessThan(600);
});

test('whoever was listed all the time is adopted while others come and go', () => {
  for (let seed = 1; seed <= 20; seed++) {
    const { link, client, servers } = newcomer(seed, 1000, { loss: 0.2 });
    const churn = seededRandom(seed);
    const comers = drawKeys(500, churn);
    const goers = THOUSAND.slice(0, 500);
    for (let ms = 0; ms < 500; ms++) {
      link.after(ms, () => {
        for (const server of servers) {
          server.set(comers[ms]!);
          server.delete(goers[ms]!);
        }
      });
    }
    link.run(10_000);
    expect(client.doneAt, `seed ${seed}`).toBeDefined();
    for (const key of THOUSAND.slice(500)) expect(client.peers.has(key)).toBe(true);
  }
});

/** Two that hold a thousand peers but for a few; the one pulls from the other. */
function differing(few: number, faults: Partial<LinkFaults> = {}): { link: Link; client: Client } {
  const link = new Link(few, faults);
  const server = link.server('10.0.0.1:1', THOUSAND);
  const client = link.client('10.0.0.9:1', 'differences');
  for (const [at, key] of THOUSAND.entries()) {
    if (at >= few) client.set(key);
    else if (at % 2 === 0) client.set(key, 9);
  }
  client.others = Array.from({ length: 9 }, () => server);
  client.puller.start(server.source, 'differences', link.now);
  link.run(10_000);
  return { link, client };
}

describe('whoever wants differences', () => {
  test('is sent a page and nobody if there are none', () => {
    const { link, client } = differing(0);
    expect(client.complete).toBe(true);
    expect([link.pulls, link.pages, link.entries]).toEqual([1, 1, 0]);
  });

  test('is sent three buckets of sixteen if three peers differ', () => {
    const { link, client } = differing(3);
    expect(client.complete).toBe(true);
    expect(link.entries).toBeLessThan(1.15 * (3 / 16) * 1000);
    expect(link.pages).toBeLessThan((3 / 16) * (1000 / PER_PAGE) + 8);
    expect(client.doneAt).toBeLessThan(20);
  });

  test('has the list of the other in the end, however many differ and are lost', () => {
    for (let few = 1; few <= 60; few++) {
      const { client } = differing(few, { loss: 0.2, duplication: 0.1, jitterMs: 1 });
      expect(client.complete, `${few} differ`).toBe(true);
    }
  });
});

test('the same seed gives the same run', () => {
  const faults = { loss: 0.2, duplication: 0.2, jitterMs: 5 };
  const [a, b] = [newcomer(7, 300, faults), newcomer(7, 300, faults)];
  for (const { link } of [a, b]) link.run(10_000);
  expect(a.client.outcomes).toEqual(b.client.outcomes);
  expect(a.link.pages).toBe(b.link.pages);
});
