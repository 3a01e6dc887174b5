import type { TransportStats } from '@mailslot/core';
import { Lan } from '@mailslot/core/testing';
import { discover, type DiscoverOptions, type Lobby } from '@mailslot/discovery';
import { realmOf } from '@mailslot/discovery/internal';
import { describe, expect, test } from 'vitest';

import { PEERS_MAX } from '../src/dashboard/service-view.ts';
import { Services, SERVICES_MAX } from '../src/dashboard/services.ts';
import { TrafficMeter } from '../src/dashboard/traffic-meter.ts';
import { WINDOW_MS } from '../src/presence-board.ts';
import { HEIGHT, layOut, type PeerToPlace, WIDTH } from '../src/page/map-layout.ts';
import { age, counted, short } from '../src/page/words.ts';

/** A network with somebody who looks on, and others who come. */
class Network {
  readonly lan = new Lan();
  readonly faults: unknown[] = [];
  changes = 0;

  async watch(...names: readonly string[]): Promise<Services> {
    return Services.watch(
      await this.lan.join('WATCH'),
      names,
      {},
      {
        changed: () => this.changes++,
        failed: (error) => this.faults.push(error),
      },
    );
  }

  async join(service: string, name: string, options: DiscoverOptions = {}): Promise<Lobby> {
    const network = await this.lan.join(name);
    return discover(service, { network, name, ...options });
  }

  settle(): Promise<void> {
    return this.lan.clock.advanceAsync(3000);
  }
}

describe('the dashboard', () => {
  test('shows the peers of a service, how each is heard and who watches whom', async () => {
    const network = new Network();
    await using services = await network.watch('tanks');
    const ann = await network.join('tanks', 'Ann', { port: 4711, info: { map: 'dunes' } });
    const bob = await network.join('tanks', 'Bob');
    await network.settle();
    const [tanks] = services.picture(Date.now());
    expect(tanks).toMatchObject({ name: 'tanks', locked: false, hidden: 0, strangers: 0 });
    const [first, second] = tanks!.peers.toSorted((a, b) => (a.name < b.name ? -1 : 1));
    expect(first).toMatchObject({
      id: ann.me.id,
      name: 'Ann',
      port: 4711,
      info: '{"map":"dunes"}',
      state: 'up',
      watchedBy: [bob.me.id],
      spans: [{ state: 'up' }],
    });
    expect(second).toMatchObject({ name: 'Bob', port: null, info: '', watchedBy: [ann.me.id] });
    expect(network.changes).toBeGreaterThan(1);
    void bob.close();
    await network.settle();
    expect(services.picture(Date.now())[0]?.peers).toMatchObject([
      { name: 'Ann', state: 'up', watchedBy: [] },
      { name: 'Bob', state: 'down', reason: 'goodbye', watchedBy: [] },
    ]);
  });

  test('finds open services by itself, without their names', async () => {
    const network = new Network();
    await using services = await network.watch();
    await network.join('chess', 'Cid');
    await network.settle();
    const id = realmOf('WORKGROUP', 'chess').toString(16).padStart(8, '0');
    expect(services.picture(Date.now())).toMatchObject([
      { id, name: null, locked: false, peers: [{ name: 'Cid', state: 'up' }] },
    ]);
    expect(network.faults).toEqual([]);
  });

  test('counts who speaks where it cannot listen', async () => {
    const network = new Network();
    await using services = await network.watch();
    const secret = 'correct horse battery staple';
    await network.join('bank', 'Dan', { secret });
    await network.join('bank', 'Eve', { secret });
    await network.settle();
    expect(services.picture(Date.now())).toMatchObject([
      { name: null, locked: true, peers: [], strangers: 2 },
    ]);
  });

  test('shows so many services and no more, whoever makes them up', async () => {
    const network = new Network();
    await using services = await network.watch();
    for (let n = 0; n <= SERVICES_MAX; n++) await network.join(`service ${n}`, `PC-${n}`);
    await network.settle();
    expect(services.picture(Date.now())).toHaveLength(SERVICES_MAX);
  });

  test('shows so many peers of a service, and how many there are besides', async () => {
    const network = new Network();
    await using services = await network.watch('tanks');
    for (let n = 0; n < PEERS_MAX + 2; n++) await network.join('tanks', `PC-${n}`);
    await network.settle();
    const [tanks] = services.picture(Date.now());
    expect(tanks?.peers).toHaveLength(PEERS_MAX);
    expect(tanks?.hidden).toBe(2);
  });
});

function stats(received: number, sent: number): Record<string, TransportStats> {
  const interfaces = {
    eth0: { sentDatagrams: sent, sentBytes: 0, receivedDatagrams: received - 50, receivedBytes: 0 },
    wlan0: { sentDatagrams: 0, sentBytes: 0, receivedDatagrams: 50, receivedBytes: 0 },
  };
  const messages = { sentMessages: 0, sentBytes: 0, receivedMessages: 0, receivedBytes: 0 };
  return { udp: { ...messages, interfaces, sizes: {}, drops: { malformed: received } } };
}

test('datagrams are counted by the second, as far back as the window goes', () => {
  const meter = new TrafficMeter();
  meter.sample(stats(100, 10));
  meter.sample(stats(103, 10));
  meter.sample(stats(110, 11));
  expect(meter.picture).toEqual([
    { transport: 'udp', received: [3, 7], sent: [0, 1], drops: { malformed: 110 } },
  ]);
  for (let n = 0; n < WINDOW_MS / 1000; n++) meter.sample(stats(110 + n, 11));
  expect(meter.picture[0]?.received).toHaveLength(WINDOW_MS / 1000);
  expect(meter.picture[0]?.received.at(-1)).toBe(1);
});

function peer(
  id: string,
  interfaces: readonly string[],
  watchedBy: readonly string[] = [],
): PeerToPlace {
  return { id, interfaces, watchedBy };
}

describe('the map', () => {
  test('has everybody within its frame, apart from each other, in the same order always', () => {
    const peers = Array.from({ length: 12 }, (_, n) => peer(`id ${n}`, [n % 3 ? 'eth0' : 'wlan0']));
    const { peers: placed, interfaces } = layOut(peers);
    expect(interfaces.map(({ name }) => name)).toEqual(['eth0', 'wlan0']);
    for (const { x, y } of placed) {
      expect(x).toBeGreaterThan(0);
      expect(x).toBeLessThan(WIDTH);
      expect(y).toBeGreaterThan(0);
      expect(y).toBeLessThan(HEIGHT);
    }
    const distances = placed.flatMap((a) =>
      placed.filter((b) => b !== a).map((b) => Math.hypot(a.x - b.x, a.y - b.y)),
    );
    expect(Math.min(...distances)).toBeGreaterThan(40);
    expect(layOut(peers.toReversed())).toEqual(layOut(peers));
  });

  test('has no names where there is no room for them, nor all arrows where they cover everything', () => {
    const ids = Array.from({ length: 30 }, (_, n) => `id ${n}`);
    expect(layOut(ids.map((id) => peer(id, [], ids.slice(0, 4))))).toMatchObject({
      hasNames: false,
      hasAllArrows: false,
      interfaces: [{ name: 'beyond a router' }],
    });
    expect(layOut([])).toMatchObject({ hasNames: true, hasAllArrows: true, peers: [] });
  });
});

test('the page says numbers as people do', () => {
  expect([0, 59_000, 60_000, 7_200_000, 200_000_000].map(age)).toEqual([
    '0 s',
    '59 s',
    '1 min',
    '2 h',
    '2 d',
  ]);
  expect([counted(1, 'peer'), counted(2, 'peer')]).toEqual(['1 peer', '2 peers']);
  expect([short('👩‍🚀Ann', 20), short('a long name', 6)]).toEqual(['👩‍🚀Ann', 'a lon…']);
});
