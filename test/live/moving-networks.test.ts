/** Networks that move under a program: it stays, and everybody knows where everybody is. */

import { setTimeout } from 'node:timers/promises';

import type { HeardBy } from '@mailslot/core/internal';
import { describe, expect, test } from 'vitest';

import { type Host, hasNamespaces } from '../support/lan.ts';
import { type LobbyPeer, Town } from '../support/lobby-peers.ts';
import { until } from '../support/real-time.ts';
import { needs } from '../support/requirement.ts';

/** What users are promised, in milliseconds from the moment that the network is there again. */
const PROMISED_MS = 3_000;

/** Far more than any beat takes. */
const PATIENCE_MS = 10_000;

/** All that arrives by multicast, whatever the family. */
const MULTICAST = 'meta pkttype multicast';
const BROADCAST = 'meta pkttype broadcast';

const able = needs('root, iproute2, tcpdump and nftables', hasNamespaces());

/** The first that is heard of a peer may be its answer, by unicast. */
async function untilHeard(peer: LobbyPeer, name: string, way: HeardBy): Promise<void> {
  await until(async () => {
    const [path] = await peer.pathsOf(name);
    return path?.heardBy.includes(way) ?? false;
  }, PATIENCE_MS);
}

/** Hosts on one wire, `10.77.0.1` and on, each with a program named by its letter. */
async function neighbours(town: Town, count: number): Promise<Host[]> {
  const bridge = town.lan.bridge();
  const hosts = Array.from({ length: count }, () => town.lan.host());
  for (const [at, host] of hosts.entries()) {
    await host.connect(bridge, 'eth0', [`10.77.0.${at + 1}/24`]);
    town.begin(host, 'ABCDEFGHIJ'[at]!);
  }
  await Promise.all(town.peers.map((peer) => peer.ready()));
  await town.whole();
  return hosts;
}

/** Two wires, M on both, A on the first, B on the second. */
async function twoWires(town: Town): Promise<readonly [Host, Host, Host]> {
  const [m, a, b] = [town.lan.host(), town.lan.host(), town.lan.host()];
  for (const [at, other] of [a, b].entries()) {
    const bridge = town.lan.bridge();
    await m.connect(bridge, `eth${at}`, [`10.${at}.0.1/24`]);
    await other.connect(bridge, 'eth0', [`10.${at}.0.2/24`]);
  }
  return [m, a, b];
}

describe.runIf(able).concurrent('a program whose', { timeout: 90_000 }, () => {
  test('interface was down for 10 s is back within 3 s', async ({ expect }) => {
    await using town = new Town();
    const [host] = await neighbours(town, 3);
    host!.turn('eth0', 'down');
    await setTimeout(10_000);
    host!.turn('eth0', 'up');
    expect(await town.whole()).toBeLessThan(PROMISED_MS);
    expect(town.peers[0]!.events).toEqual(expect.arrayContaining(['isolated', 'online']));
    expect(town.trouble).toEqual([]);
  });

  test('address changes is known at the new one within 3 s, and only there', async ({ expect }) => {
    await using town = new Town();
    const [host] = await neighbours(town, 3);
    const [a, b, c] = town.peers;
    host!.readdress('eth0', '10.77.0.99/24');
    const tookMs = await until(() =>
      [b!, c!].every((peer) => peer.addressesOf('A').join() === '10.77.0.99'),
    );
    expect(tookMs).toBeLessThan(PROMISED_MS);
    b!.send('A', 'to the new address');
    a!.send('B', 'from the new address');
    await until(() => a!.texts.length === 1 && b!.texts.length === 1);
    for (const peer of [b!, c!]) {
      expect(peer.events.filter((event) => event.startsWith('down'))).toEqual([]);
    }
    expect(town.trouble).toEqual([]);
  });

  test('computer has no network yet starts, says so, and is found within 3 s of its coming', async ({
    expect,
  }) => {
    await using town = new Town();
    const [bridge, host, other] = [town.lan.bridge(), town.lan.host(), town.lan.host()];
    await other.connect(bridge, 'eth0', ['10.77.0.2/24']);
    const [a] = await Promise.all([town.peer(host, 'A'), town.peer(other, 'B')]);
    expect(a.events).toEqual(['isolated']);
    await host.connect(bridge, 'eth0', ['10.77.0.1/24']);
    expect(await town.whole()).toBeLessThan(PROMISED_MS);
    await until(() => a.events.includes('online'));
    expect(town.trouble).toEqual([]);
  });

  test('computer sleeps for 30 s loses nobody, and is back within 3 s', async ({ expect }) => {
    await using town = new Town();
    await neighbours(town, 4);
    const [a, ...others] = town.peers;
    a!.freeze();
    await setTimeout(30_000);
    expect(others.every(({ names }) => !names.includes('A'))).toBe(true);
    const before = a!.events.length;
    a!.thaw();
    expect(await town.whole()).toBeLessThan(PROMISED_MS);
    expect(a!.events.slice(before).filter((event) => event.startsWith('down'))).toEqual([]);
    expect(town.trouble).toEqual([]);
  });
});

describe.runIf(able).concurrent('a host on two wires', { timeout: 60_000 }, () => {
  test('sees the peers of both, each by its interface, and is told to each by its address there', async ({
    expect,
  }) => {
    await using town = new Town();
    const [m, a, b] = await twoWires(town);
    const [both, first, second] = await Promise.all([
      town.peer(m, 'M'),
      town.peer(a, 'A'),
      town.peer(b, 'B'),
    ]);
    await until(() => both.seen.size === 2 && first.seen.size === 1 && second.seen.size === 1);
    expect(both.seen.get('A')).toMatchObject({ addresses: ['10.0.0.2'], interfaces: ['eth0'] });
    expect(both.seen.get('B')).toMatchObject({ addresses: ['10.1.0.2'], interfaces: ['eth1'] });
    expect(first.addressesOf('M')).toEqual(['10.0.0.1']);
    expect(second.addressesOf('M')).toEqual(['10.1.0.1']);
    await untilHeard(both, 'B', 'multicast');
    expect(await both.pathsOf('B')).toHaveLength(1);
    expect(town.trouble).toEqual([]);
  });

  test('is one peer with two addresses to another such host, which writes to the one that works', async ({
    expect,
  }) => {
    await using town = new Town();
    const [one, other] = [town.lan.host(), town.lan.host()];
    for (const wire of [0, 1]) {
      const bridge = town.lan.bridge();
      await one.connect(bridge, `eth${wire}`, [`10.${wire}.0.1/24`]);
      await other.connect(bridge, `eth${wire}`, [`10.${wire}.0.2/24`]);
    }
    const [a, b] = await Promise.all([town.peer(one, 'A'), town.peer(other, 'B')]);
    const sees = (...addresses: string[]): boolean =>
      a.addressesOf('B').toSorted().join() === addresses.join();
    await until(() => sees('10.0.0.2', '10.1.0.2'));
    one.turn('eth0', 'down');
    expect(await until(() => sees('10.1.0.2'))).toBeLessThan(PROMISED_MS);
    a.send('B', 'by the other wire');
    await until(() => b.texts.includes('by the other wire'));
    one.turn('eth0', 'up');
    await until(() => sees('10.0.0.2', '10.1.0.2'));
    expect(a.events.filter((event) => event.startsWith('down'))).toEqual([]);
    expect(town.trouble).toEqual([]);
  });
});

describe.runIf(able).concurrent('the ladder', { timeout: 60_000 }, () => {
  test('takes to broadcast on the wire where multicast is filtered, and only there', async ({
    expect,
  }) => {
    await using town = new Town();
    const [m, a, b] = await twoWires(town);
    b.keepOut('filter', MULTICAST);
    m.keepOut('filter', `iifname "eth1" ${MULTICAST}`);
    const capture = await a.capture('eth0');
    const [both, second, first] = await Promise.all([
      town.peer(m, 'M'),
      town.peer(b, 'B'),
      town.peer(a, 'A'),
    ]);
    await until(() => both.seen.size === 2 && first.seen.size === 1 && second.seen.size === 1);
    await untilHeard(both, 'B', 'broadcast');
    const [path] = await both.pathsOf('B');
    expect(path!.heardBy).not.toContain('multicast');
    const broadcasts = capture.datagrams.filter(({ destination }) => destination === '10.0.0.255');
    expect(broadcasts).toEqual([]);
    expect(town.trouble).toEqual([]);
  });

  test('learns all from one seed where neither multicast nor broadcast arrives', async ({
    expect,
  }) => {
    await using town = new Town();
    const bridge = town.lan.bridge();
    const hosts = Array.from({ length: 5 }, () => town.lan.host());
    for (const [at, host] of hosts.entries()) {
      await host.connect(bridge, 'eth0', [`10.77.0.${at + 1}/24`]);
      host.keepOut('multicast', MULTICAST);
      host.keepOut('broadcast', BROADCAST);
      // Nobody has named the others to the seed.
      town.begin(host, 'SABCD'[at]!, at === 0 ? {} : { seeds: ['10.77.0.1'] });
    }
    await Promise.all(town.peers.map((peer) => peer.ready()));
    await town.whole();
    const [seed, ...others] = town.peers;
    // Once they know each other, the seed is not needed, and nobody is asked after in vain.
    await seed!.kill();
    const marks = others.map(({ events }) => events.length);
    await until(() => others.every(({ seen }) => seen.size === 3));
    await setTimeout(3_000);
    const later = others.flatMap(({ events }, at) => events.slice(marks[at]));
    expect(later.filter((event) => !event.endsWith(' S'))).toEqual([]);
    expect(others.map(({ seen }) => seen.size)).toEqual([3, 3, 3, 3]);
    expect((await others[0]!.pathsOf('B'))[0]!.heardBy).toEqual(['unicast']);
  });

  test('needs no multicast through a router: one seed on another network tells of all there', async ({
    expect,
  }) => {
    await using town = new Town();
    const [near, far, router] = [town.lan.bridge(), town.lan.bridge(), town.lan.host()];
    await router.connect(near, 'eth0', ['10.1.0.254/24']);
    await router.connect(far, 'eth1', ['10.2.0.254/24']);
    router.set('net/ipv4/ip_forward', '1');
    const place = async (bridge: typeof near, net: number, number: number): Promise<Host> => {
      const host = town.lan.host();
      await host.connect(bridge, 'eth0', [`10.${net}.0.${number}/24`]);
      host.ip('route', 'add', 'default', 'via', `10.${net}.0.254`);
      return host;
    };
    const hosts = [await place(far, 2, 1), await place(far, 2, 2), await place(near, 1, 1)];
    await Promise.all([
      town.peer(hosts[0]!, 'S'),
      town.peer(hosts[1]!, 'B'),
      town.peer(hosts[2]!, 'A', { seeds: ['10.2.0.1'] }),
    ]);
    await town.whole();
    const [seed, other, guest] = town.peers;
    await until(() => guest!.addressesOf('B').join() === '10.2.0.2');
    await until(() => other!.addressesOf('A').join() === '10.1.0.1');
    guest!.send('B', 'from afar');
    await until(() => other!.texts.includes('from afar'));
    expect(seed!.events.filter((event) => event.startsWith('down'))).toEqual([]);
    expect(town.trouble).toEqual([]);
  });
});

describe.runIf(able)('on one host', () => {
  test('five programs see one another and get unicast, beside a stranger on the port', async () => {
    await using town = new Town();
    const [bridge, host, other] = [town.lan.bridge(), town.lan.host(), town.lan.host()];
    await host.connect(bridge, 'eth0', ['10.77.0.1/24']);
    await other.connect(bridge, 'eth0', ['10.77.0.2/24']);
    for (const name of 'ABCDE') town.begin(host, name);
    const far = town.begin(other, 'F');
    await Promise.all(town.peers.map((peer) => peer.ready()));
    await town.whole();
    for (const peer of town.peers.slice(0, 5)) far.send(peer.name, `for ${peer.name}`);
    await until(() => town.peers.slice(0, 5).every(({ texts }) => texts.length === 1));
    expect(town.peers.map(({ texts }) => texts)).toEqual([
      ...Array.from('ABCDE', (name) => [`for ${name}`]),
      [],
    ]);
    expect(town.trouble).toEqual([]);
  });
});
