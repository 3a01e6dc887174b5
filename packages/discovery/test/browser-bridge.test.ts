import { MailslotError } from '@mailslot/core';
import { Lan } from '@mailslot/core/testing';
import { discover, type Lobby, type Peer, watch, type Watcher } from '@mailslot/discovery';
import type { Host } from '@mailslot/discovery/browser';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { ABSENT_MS, Guests, GUESTS_MAX } from '../src/browser/bridge/guests.ts';
import {
  commentOf,
  guestInfoOf,
  netbiosNameOf,
  standsForHost,
  standsForPeer,
} from '../src/browser/bridge/guise.ts';
import { RECALL_MS, Showcase, SHOWN_MAX, SPACING_MS } from '../src/browser/bridge/showcase.ts';

const NOBODY: ReadonlySet<string> = new Set();

function peer(name: string, id = `${name}-id`, rest: Partial<Peer> = {}): Peer {
  const nowhere = { port: undefined, addresses: [], interfaces: [], info: null };
  return { id, name, ...nowhere, ...rest };
}

function host(name: string, comment = ''): Host {
  return { name, domain: 'LAB', serverType: 0x9003, version: { major: 6, minor: 1 }, comment };
}

describe('the name of a peer on the classic network', () => {
  test.each([
    ['Ann', 'ANN'],
    ["Ann's desk", 'ANN-S-DESK'],
    ['Zoë Müller', 'ZOE-MULLER'],
    ['..\\*', 'PEER'],
    ['愛', 'PEER'],
    ['a very long name of a peer', 'A-VERY-LONG-NAM'],
  ])('of %j is %s', (name, expected) => {
    expect(netbiosNameOf(peer(name), NOBODY)).toBe(expected);
  });

  test('has a part of its id where it is taken', () => {
    const twin = peer('a very long name', 'x_yz9');
    expect(netbiosNameOf(twin, new Set(['A-VERY-LONG-NAM']))).toBe('A-VERY-LON-X0YZ');
  });

  test('is legal, whatever the peer is called', () => {
    const text = fc.string({ unit: 'binary' });
    fc.assert(
      fc.property(text, text, fc.boolean(), (name, id, isTaken) => {
        const taken = { has: (one: string) => isTaken && !one.includes('-') };
        const given = netbiosNameOf({ name, id: `${id}0000` }, taken);
        expect(given).toMatch(/^[A-Z0-9][A-Z0-9-]{0,14}$/);
      }),
    );
  });
});

describe('whoever was carried over', () => {
  test('is told from who was there', () => {
    const comment = commentOf('tanks', peer('Ann'));
    expect(standsForPeer(host('ANN', comment))).toBe(true);
    expect(standsForPeer(host('ANN', "Ann's desk"))).toBe(false);
    expect(standsForHost(peer('SAMBA', 'id', { info: guestInfoOf(host('SAMBA')) }))).toBe(true);
    expect(standsForHost(peer('Ann', 'id', { info: { map: 'dunes' } }))).toBe(false);
  });

  test('has a comment that fits and says where it is', () => {
    const ann = peer('Ann', 'id', { addresses: ['10.77.0.5'], port: 4711 });
    expect(commentOf('tanks', ann)).toBe('mailslot:tanks Ann 10.77.0.5:4711');
    expect(commentOf('tanks', peer('A\0n'.repeat(20)))).toHaveLength(42);
    expect(commentOf('tanks', peer('A\0n'))).toBe('mailslot:tanks A n');
  });
});

test('what a list says of a host fits into a record, however long it is', () => {
  const { comment } = guestInfoOf(host('PC', 'x'.repeat(60_000))).classic;
  expect(comment).toBe('x'.repeat(42));
});

describe('a showcase', () => {
  const MINUTE_MS = 60_000;

  function open(): { showcase: Showcase; said: (until: number) => [number, string, number][] } {
    const showcase = new Showcase({ service: 'tanks', intervalsMs: [MINUTE_MS, 2 * MINUTE_MS] });
    const said = (until: number): [number, string, number][] => {
      const frames: [number, string, number][] = [];
      for (let at = Math.max(0, showcase.nextAt); at <= until; at = showcase.nextAt) {
        const { name, serverType } = showcase.next(at)!;
        frames.push([at, name, serverType]);
      }
      return frames;
    };
    return { showcase, said };
  }

  test('announces a peer at once, at growing intervals, and its goodbye', () => {
    const { showcase, said } = open();
    showcase.show([peer('Ann')], NOBODY, 0);
    expect(said(4 * MINUTE_MS).map(([at]) => at)).toEqual([0, MINUTE_MS, 3 * MINUTE_MS]);
    showcase.show([], NOBODY, 4 * MINUTE_MS);
    expect(said(4 * MINUTE_MS)).toEqual([[3 * MINUTE_MS + SPACING_MS, 'ANN', 0]]);
    expect(showcase.nextAt).toBe(Infinity);
  });

  test('shows so many and no more, ten a second; a goodbye makes room', () => {
    const { showcase, said } = open();
    const peers = Array.from({ length: SHOWN_MAX + 1 }, (_, at) => peer(`P${at}`));
    showcase.show(peers, NOBODY, 0);
    const frames = said(MINUTE_MS - 1);
    expect(frames).toHaveLength(SHOWN_MAX);
    expect(frames.every(([at], index) => at === index * SPACING_MS)).toBe(true);
    showcase.show(peers.slice(1), NOBODY, MINUTE_MS - 1);
    expect(showcase.shown).toHaveLength(SHOWN_MAX - 1);
    expect(said(MINUTE_MS - 1)[0]).toMatchObject([expect.any(Number), 'P0', 0]);
    showcase.show(peers.slice(1), NOBODY, MINUTE_MS - 1);
    expect(showcase.shown.at(-1)!.name).toBe(`P${SHOWN_MAX}`);
  });

  test('leaves a name to the host that really has it, without a goodbye', () => {
    const { showcase, said } = open();
    const ann = peer('Ann', 'x7q2');
    showcase.show([ann], NOBODY, 0);
    said(0);
    showcase.show([ann], new Set(['ANN']), 1000);
    expect(said(1000).map(([, name, type]) => [name, type > 0])).toEqual([['ANN-X7Q2', true]]);
  });

  test('announces again whom the list lacks, a minute after the last time', () => {
    const { showcase, said } = open();
    showcase.show([peer('Ann'), peer('Bob')], NOBODY, 0);
    said(MINUTE_MS + SPACING_MS);
    const listed = new Set(['BOB']);
    showcase.recall(listed, MINUTE_MS + RECALL_MS - 1);
    expect(said(MINUTE_MS + RECALL_MS)).toEqual([]);
    showcase.recall(listed, MINUTE_MS + RECALL_MS);
    expect(said(MINUTE_MS + RECALL_MS).map(([, name]) => name)).toEqual(['ANN']);
  });

  test('says nothing of a peer that went before it was announced', () => {
    const { showcase, said } = open();
    showcase.show([peer('Ann')], NOBODY, 0);
    showcase.show([], NOBODY, 0);
    expect(said(MINUTE_MS)).toEqual([]);
  });

  test('ends with the goodbyes of all', () => {
    const { showcase, said } = open();
    showcase.show([peer('Ann'), peer('Bob')], NOBODY, 0);
    said(SPACING_MS);
    const goodbyes = showcase.close().map(({ name, serverType }) => [name, serverType]);
    expect(goodbyes).toEqual([
      ['ANN', 0],
      ['BOB', 0],
    ]);
  });
});

/** One bridge's guests, on a LAN in memory. */
async function guestsOn(lan: Lan, computer: string): Promise<{ guests: Guests; sees: Watcher }> {
  const network = await lan.join(computer);
  const sees = await watch('tanks', { network });
  const guests = new Guests({
    enter: (one): Promise<Lobby> =>
      discover('tanks', { network, name: one.name, info: guestInfoOf(one) }),
    problem: (error) => {
      throw error;
    },
    changed: () => {},
  });
  sees.peers$.subscribe((peers) => guests.meet(peers, lan.clock.now()));
  return { guests, sees };
}

function infoOf({ info }: Peer): unknown {
  return (info as { classic: Host }).classic;
}

describe('guests', () => {
  test('are peers with what is known of them, which may change; they go when they are long off the list', async () => {
    const lan = new Lan();
    const { guests } = await guestsOn(lan, 'BRIDGE');
    const ann = await discover('tanks', { name: 'Ann', network: await lan.join('ANN-PC') });
    guests.list([host('SAMBA', 'old')], lan.clock.now());
    await lan.clock.advanceAsync(100);
    expect(ann.peers.map(infoOf)).toEqual([host('SAMBA', 'old')]);
    guests.list([host('SAMBA', 'new')], lan.clock.now());
    await lan.clock.advanceAsync(100);
    expect(ann.peers.map(infoOf)).toEqual([host('SAMBA', 'new')]);

    guests.list([], lan.clock.now());
    await lan.clock.advanceAsync(ABSENT_MS - 1);
    guests.list([], lan.clock.now());
    expect(guests.hosts).toHaveLength(1);
    await lan.clock.advanceAsync(1);
    guests.list([], lan.clock.now());
    await lan.clock.advanceAsync(1000);
    expect(ann.peers).toEqual([]);
  });

  test('of two bridges are one peer for each host; the other bridge takes over', async () => {
    const lan = new Lan();
    const bridges = [await guestsOn(lan, 'EAST'), await guestsOn(lan, 'WEST')];
    const ann = await discover('tanks', { name: 'Ann', network: await lan.join('ANN-PC') });
    const hosts = ['PC1', 'PC2', 'PC3'].map((name) => host(name));
    const look = (): void => {
      for (const { guests } of bridges) guests.list(hosts, lan.clock.now());
    };
    look();
    await lan.clock.advanceAsync(2000);
    look();
    await lan.clock.advanceAsync(2000);
    expect(ann.peers.map(({ name }) => name)).toEqual(['PC1', 'PC2', 'PC3']);

    const [east] = bridges.splice(0, 1);
    await east!.sees.close();
    const closing = east!.guests.close();
    await lan.clock.advanceAsync(2000);
    await closing;
    look();
    await lan.clock.advanceAsync(2000);
    expect(ann.peers.map(({ name }) => name)).toEqual(['PC1', 'PC2', 'PC3']);
    expect(bridges[0]!.guests.hosts).toHaveLength(3);
  });

  test('are so many and no more, and enter a few at a time', async () => {
    const entered: string[] = [];
    const guests = new Guests({
      enter: async ({ name }) => {
        entered.push(name);
        return { me: peer(name), update: async () => {}, close: async () => {} };
      },
      problem: () => {},
      changed: () => {},
    });
    const hosts = Array.from({ length: GUESTS_MAX + 1 }, (_, at) => host(`PC${at}`));
    guests.list(hosts, 0);
    expect(entered).toHaveLength(16);
    for (let now = 15_000; now < 120_000; now += 15_000) guests.list(hosts, now);
    expect(entered).toHaveLength(GUESTS_MAX);
  });

  test('that cannot enter are a problem, and try again at the next look', async () => {
    const problems: MailslotError[] = [];
    let tries = 0;
    const guests = new Guests({
      enter: async () => {
        tries++;
        throw new MailslotError('ERROR_INVALID_HANDLE', 'The network is closed.');
      },
      problem: (error) => problems.push(error),
      changed: () => {},
    });
    for (const now of [0, 15_000]) {
      guests.list([host('PC1')], now);
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await new Promise(setImmediate);
      expect(guests.hosts).toEqual([]);
    }
    expect(problems).toHaveLength(2);
    expect(tries).toBe(2);
  });
});
