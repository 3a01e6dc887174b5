/** Groups beyond a server: many peers, an ocean between them, and one source to all limits. */

import type { Source } from '@mailslot/core/internal';
import { describe, expect, test } from 'vitest';

import { Budget } from '../src/presence/budget.ts';
import { ANSWER_PEERS } from '../src/presence/constants.ts';
import { brokerIntervalMs } from '../src/presence/interval.ts';
import { TYPE } from '../src/presence/message.ts';
import { WATCHERS } from '../src/presence/patience.ts';
import { Peer } from '../src/presence/peer.ts';
import { Roster, STRANGE_MEMBERS_MIN } from '../src/presence/roster.ts';
import { presets } from '../src/presence/tuning.ts';
import { PresenceNet } from './support/presence-net.ts';
import { sourceAt } from './support/sources.ts';

const AFAR: Partial<Source> = {
  transport: 'nats',
  trust: 'brokered',
  address: undefined,
  interfaces: ['nats'],
};
const ways = [{ name: 'nats', brokered: true }];
const described = { record: { name: 'Ann', endpoints: [], info: undefined }, revision: 0 };

/** More than all answer a newcomer among. */
const PEERS = ANSWER_PEERS + 16;

/** So many peers beyond a server who have known each other for a while. */
function settledGroup(peers: number): PresenceNet {
  const net = new PresenceNet(peers, { latencyMsMax: 200 }, AFAR);
  for (let at = 0; at < peers; at++) {
    net.join(`peer ${at}`, { ways });
    net.clock.advance(50);
  }
  net.clock.advance(20_000);
  return net;
}

describe('in a large group beyond a server', () => {
  test.each([[undefined], ['newcomer']])(
    'a newcomer (%s) has the list from one of four who answer it alone, and nobody speaks to all for it',
    (name) => {
      const net = settledGroup(PEERS);
      expect(net.hosts.map(({ names }) => names.length)).toEqual(Array(PEERS).fill(PEERS - 1));
      const before = net.trace.length;
      const newcomer = net.join(name, { ways });
      net.clock.advance(2000);
      expect(newcomer.names).toHaveLength(PEERS);
      const sentTo = net.trace
        .slice(before)
        .map((line) => line.split(' '))
        .filter(([, , arrow, to]) => arrow === '>' && to === newcomer.source.id)
        .map(([, from, , , bytes = '']) => ({ from, type: Number(`0x${bytes.slice(2, 4)}`) }));
      const those = (type: number): Set<string | undefined> =>
        new Set(sentTo.filter((one) => one.type === type).map(({ from }) => from));
      expect(those(TYPE.ANNOUNCE).size).toBe(WATCHERS);
      expect(those(TYPE.PAGE).size).toBe(1);
      expect(net.hosts.flatMap(({ news }) => news.filter(({ type }) => type === 'down'))).toEqual(
        [],
      );
    },
  );

  test('those who start in one moment find each other', () => {
    const net = new PresenceNet(1, { latencyMsMax: 200 }, AFAR);
    const hosts = net.joinMany(PEERS, { ways });
    net.clock.advance(30_000);
    expect(hosts.map(({ names }) => names.length)).toEqual(Array(PEERS).fill(PEERS - 1));
  });
});

describe('a crowd beyond a server that has just come', () => {
  test('counts as members whoever is listed, though most are strangers for a while', () => {
    const roster = new Roster({ max: 10_000, provenAtOnce: false });
    const meet = (source: Source): Peer | undefined =>
      roster.add(new Peer(`peer ${source.id}`, 1, described, source), 16, 0, 'stranger');
    for (let at = 0; at < 500; at++) meet({ ...sourceAt(`nats ${at}`), ...AFAR });
    expect(roster.members).toBe(500);
    // On a LAN anybody can invent them.
    for (let at = 0; at < 500; at++) meet(sourceAt(`10.0.${at >>> 8}.${at & 0xff}:1`));
    expect(roster.members).toBe(500 + STRANGE_MEMBERS_MIN);
    for (const peer of Array.from(roster)) roster.remove(peer);
    expect(roster.members).toBe(0);
  });

  test('beats as seldom as the server bears, though nobody in it is known for long', () => {
    const roster = new Roster({ max: 20_000, provenAtOnce: false });
    for (let at = 0; at < 1999; at++) {
      const source = { ...sourceAt(`nats ${at}`), ...AFAR };
      roster.add(new Peer(`peer ${at}`, 1, described, source), 16, 0, 'stranger');
    }
    const budget = new Budget({ roster, tuning: presets.lan(), ways, self: 1 });
    const group = { members: 2000, residents: 2000 };
    expect(budget.intervalMs).toBe(brokerIntervalMs(group, 1, presets.lan()));
  });
});

test('strangers beyond a server have all the room there is, and push out each other only', () => {
  const roster = new Roster({ max: 50_000, provenAtOnce: false });
  const meet = (source: Source): Peer | undefined =>
    roster.add(new Peer(`peer ${source.id}`, 1, described, source), 16, 0, 'stranger');
  const near = sourceAt('10.0.0.1:1');
  meet(near);
  const evicted = Array.from({ length: 12_000 }, (_, at) =>
    meet({ ...sourceAt(`nats ${at}`), ...AFAR }),
  ).filter((peer) => peer !== undefined);
  expect(roster.strangerCount).toBe(10_000);
  expect(evicted).toHaveLength(2001);
  expect(evicted.every((peer) => peer.path?.trust === 'brokered')).toBe(true);
});

describe('the budget of a peer with two transports', () => {
  const both = [{ name: 'udp' }, ...ways];

  function budgetOf(near: number, afar: number): Budget {
    const roster = new Roster({ max: 20_000, provenAtOnce: true });
    for (let at = 0; at < near + afar; at++) {
      const place = at < near ? {} : AFAR;
      const source = { ...sourceAt(`10.0.${at >>> 8}.${at & 0xff}:1`), ...place };
      roster.add(new Peer(`peer ${at}`, 1, described, source), 16, 0, 'stranger');
    }
    return new Budget({ roster, tuning: presets.lan(), ways: both, self: 1 });
  }

  test('is that of the transport with least room, for those whom each one leads to', () => {
    const budget = budgetOf(10, 999);
    budget.measure(500, 0);
    const group = { members: 1000, residents: 1000 };
    expect(budget.intervalMs).toBeCloseTo(brokerIntervalMs(group, 1, presets.lan()), 3);
    const mostlyNear = budgetOf(600, 10);
    mostlyNear.measure(500, 0);
    expect(mostlyNear.intervalMs).toBeLessThan(20_000);
  });

  test('counts everybody on both until it has looked', () => {
    const budget = budgetOf(600, 10);
    const group = { members: 611, residents: 611 };
    expect(budget.intervalMs).toBeCloseTo(brokerIntervalMs(group, 1, presets.lan()), 3);
  });
});
