/** The udp transport on networks of several hosts, made of namespaces; and what it puts on each wire. */

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import type { UdpOptions } from '@mailslot/core';

import { type Capture, type Host, hasNamespaces, NamespaceLan } from '../support/lan.ts';
import type { CapturedDatagram } from '../support/pcap.ts';
import { needs } from '../support/requirement.ts';
import { Stations, type StationProcess } from '../support/udp-stations.ts';

const LOBBY = '\\\\*\\mailslot\\lobby';
const GROUP = '239.255.77.83';
const GROUP6 = 'ff12::8000:4d53';
const PORT = 19_795;
/** Of the datagram after which a capture has seen everything. */
const FENCE_PORT = 9;

let lan: NamespaceLan;
let stations: Stations;

beforeEach(() => {
  lan = new NamespaceLan();
  stations = new Stations();
});

afterEach(async () => {
  await stations[Symbol.asyncDispose]();
  await lan[Symbol.asyncDispose]();
});

/** A program on that host that listens to the lobby. */
function listener(
  host: Host,
  computerName: string,
  udp: UdpOptions = {},
  { haste = 1 } = {},
): Promise<StationProcess> {
  return stations.listener({ computerName, udp, haste }, host);
}

/** Two hosts on one wire, each with one interface. */
async function pair({ ipv6 = true, ipv4 = true } = {}): Promise<[Host, Host]> {
  const bridge = lan.bridge();
  const hosts: [Host, Host] = [lan.host(), lan.host()];
  for (const [at, host] of hosts.entries()) {
    await host.connect(bridge, 'eth0', ipv4 ? [`10.77.0.${at + 1}/24`] : [], { ipv6 });
  }
  return hosts;
}

/** A host on two wires, with the default route by the first, and one more host on each. */
async function twoWires(): Promise<{ host: Host; others: readonly [Host, Host] }> {
  const host = lan.host();
  const others = [lan.host(), lan.host()] as const;
  for (const [at, other] of others.entries()) {
    const bridge = lan.bridge();
    await host.connect(bridge, `eth${at}`, [`10.${at}.0.1/24`]);
    await other.connect(bridge, 'eth0', [`10.${at}.0.2/24`]);
  }
  host.ip('route', 'add', 'default', 'via', '10.0.0.2');
  return { host, others };
}

/** What a program put on a wire: `source > destination`, each once, sorted. */
async function seen(capture: Capture, host: Host, neighbour: string): Promise<string[]> {
  host.ping(neighbour);
  await capture.saw(FENCE_PORT);
  const datagrams = capture.datagrams.filter(isOurs);
  return [
    ...new Set(datagrams.map(({ source, destination }) => `${source} > ${destination}`)),
  ].toSorted();
}

function isOurs({ destinationPort, payload }: CapturedDatagram): boolean {
  return destinationPort === PORT && payload[0] === 0x4d;
}

/** The link-local IPv6 address of an interface. */
function linkLocal(host: Host, device: string): string {
  return /inet6 (fe80:[^/]*)/.exec(host.ip('-o', 'addr', 'show', device))![1]!;
}

const able = needs('root, iproute2 and tcpdump', hasNamespaces());

describe.runIf(able)('hosts on one wire', () => {
  test.each([
    ['IPv4', { ipv4: true, ipv6: false }],
    ['IPv6', { ipv4: false, ipv6: true }],
    ['both', { ipv4: true, ipv6: true }],
  ])('hear one another, once, with %s', async (_, families) => {
    const bridge = lan.bridge();
    const listeners = [];
    for (const number of [1, 2, 3]) {
      const host = lan.host();
      const addresses = families.ipv4 ? [`10.77.0.${number}/24`] : [];
      await host.connect(bridge, 'eth0', addresses, families);
      listeners.push(await listener(host, `HOST${number}`));
    }
    for (const [at, speaker] of listeners.entries()) await speaker.send(LOBBY, `from ${at + 1}`);
    for (const [at, station] of listeners.entries()) {
      const others = [1, 2, 3].filter((number) => number !== at + 1);
      for (const number of others) await station.hears(`from ${number}`);
      expect(station.texts.toSorted()).toEqual(others.map((number) => `from ${number}`));
      const address = families.ipv4 ? /^10\.77\.0\.\d$/ : /^fe80::.*%eth0$/;
      for (const heard of station.heard) {
        expect(heard).toMatchObject({
          trust: 'on-link',
          interfaces: ['eth0'],
          sourceAddress: expect.stringMatching(address),
        });
      }
      expect((await station.status()).problems).toEqual([]);
    }
  });

  test('of both families speak IPv6 too as soon as one is there that has nothing else', async () => {
    const bridge = lan.bridge();
    const [both, six] = [lan.host(), lan.host()];
    await both.connect(bridge, 'eth0', ['10.77.0.1/24']);
    await six.connect(bridge, 'eth0', []);
    const [ann, bob] = [await listener(both, 'ANN-PC'), await listener(six, 'BOB-PC')];
    await ann.send(LOBBY, 'over IPv4');
    await bob.send(LOBBY, 'over IPv6');
    await ann.hears('over IPv6');
    await ann.send(LOBBY, 'over both');
    await bob.hears('over both');
    expect(bob.texts).toEqual(['over both']);
  });

  test('answer and write to names by unicast', async () => {
    const [here, there] = await pair();
    const capture = await here.capture('eth0');
    const [ann, bob] = [await listener(here, 'ANN-PC'), await listener(there, 'BOB-PC')];
    await bob.send(LOBBY, 'hello');
    await ann.hears('hello');
    await ann.reply('hello, whoever you are');
    await ann.send('\\\\BOB-PC\\mailslot\\lobby', 'hello, Bob');
    await bob.hears('hello, Bob');
    here.ping('10.77.0.2');
    await capture.saw(FENCE_PORT);
    const frames = capture.datagrams.filter(({ payload }) => payload[0] === 0x4d);
    expect(frames.map(({ source, destination }) => `${source} > ${destination}`)).toEqual([
      `10.77.0.2 > ${GROUP}`,
      '10.77.0.1 > 10.77.0.2',
      `10.77.0.1 > ${GROUP}`,
      '10.77.0.1 > 10.77.0.2',
    ]);
    expect(bob.texts).toEqual(['hello, whoever you are', 'hello, Bob']);
  });

  test('carry the largest message', async () => {
    const [here, there] = await pair();
    const [ann, bob] = [await listener(here, 'ANN-PC'), await listener(there, 'BOB-PC')];
    const text = 'x'.repeat(65_536);
    await ann.send(LOBBY, text);
    await bob.hears(text);
  });
});

describe.runIf(able)('a host on two wires', () => {
  test('puts each message on each wire, from its own address there, and no further', async () => {
    const { host } = await twoWires();
    const captures = [await host.capture('eth0'), await host.capture('eth1')] as const;
    const ann = await listener(host, 'ANN-PC');
    for (let count = 0; count < 10; count++) await ann.send(LOBBY, `message ${count}`);
    expect(await seen(captures[0], host, '10.0.0.2')).toEqual([`10.0.0.1 > ${GROUP}`]);
    expect(await seen(captures[1], host, '10.1.0.2')).toEqual([`10.1.0.1 > ${GROUP}`]);
    for (const { datagrams } of captures) {
      const ours = datagrams.filter(isOurs);
      expect(ours).toHaveLength(10);
      expect(new Set(ours.map(({ hops }) => hops))).toEqual(new Set([1]));
    }
  });

  test('puts each message on each wire by IPv6, for who has nothing else', async () => {
    const { host, others } = await twoWires();
    for (const [at, other] of others.entries())
      other.ip('addr', 'del', `10.${at}.0.2/24`, 'dev', 'eth0');
    const captures = [await host.capture('eth0'), await host.capture('eth1')] as const;
    const ann = await listener(host, 'ANN-PC', { families: ['IPv6'] });
    const bob = await listener(others[0], 'BOB-PC');
    const cleo = await listener(others[1], 'CLEO-PC');
    await ann.send(LOBBY, 'hello');
    for (const station of [bob, cleo]) await station.hears('hello');
    for (const [at, capture] of captures.entries()) {
      const ours = capture.datagrams.filter(isOurs);
      expect(ours.map(({ source, destination }) => [source, destination])).toEqual([
        [linkLocal(host, `eth${at}`), GROUP6],
      ]);
    }
  });

  test.each([
    ['eth1', { eth0: [], eth1: [`10.1.0.1 > ${GROUP}`] }],
    ['eth0', { eth0: [`10.0.0.1 > ${GROUP}`], eth1: [] }],
    ['loopback', { eth0: [], eth1: [] }],
  ])('puts nothing on a wire that it was not to use: only %s', async (name, expected) => {
    const { host } = await twoWires();
    const captures = { eth0: await host.capture('eth0'), eth1: await host.capture('eth1') };
    const ann = await listener(host, 'ANN-PC', {
      interfaces: [name],
      broadcast: name === 'loopback',
    });
    for (let count = 0; count < 10; count++) await ann.send(LOBBY, `message ${count}`);
    await ann.send('\\\\BOB-PC\\mailslot\\lobby', 'and to a name');
    expect(await seen(captures.eth0, host, '10.0.0.2')).toEqual(expected.eth0);
    expect(await seen(captures.eth1, host, '10.1.0.2')).toEqual(expected.eth1);
  });

  test('says by which wire each message came, and drops those of a wire left out', async () => {
    const { host, others } = await twoWires();
    const ann = await listener(host, 'ANN-PC');
    const deaf = await listener(host, 'DEAF-PC', { interfaces: ['eth0'] });
    const bob = await listener(others[0], 'BOB-PC');
    const cleo = await listener(others[1], 'CLEO-PC');
    await cleo.send(LOBBY, 'from the second');
    await ann.hears('from the second');
    await bob.send(LOBBY, 'from the first');
    for (const station of [ann, deaf]) await station.hears('from the first');
    expect(ann.heard.map(({ interfaces }) => interfaces)).toEqual([['eth1'], ['eth0']]);
    expect(deaf.texts).toEqual(['from the first']);
    expect((await deaf.status()).drops).toEqual({ interface: 1 });
  });

  test('reaches whom multicast does not: by broadcast, and by seeds', async () => {
    const { host, others } = await twoWires();
    // Stations of another group hear nothing by multicast.
    const elsewhere = { groups: { IPv4: '239.255.0.1' }, families: ['IPv4'] } as const;
    const bob = await listener(others[0], 'BOB-PC', elsewhere);
    const cleo = await listener(others[1], 'CLEO-PC', elsewhere);
    const captures = [await host.capture('eth0'), await host.capture('eth1')] as const;
    const seeds = { families: ['IPv4'], seeds: ['10.1.0.2'] } as const;
    const [ann, dora] = [
      await listener(host, 'ANN-PC', { families: ['IPv4'], broadcast: true }),
      await listener(host, 'DORA-PC', seeds),
    ];
    await ann.send(LOBBY, 'by broadcast');
    for (const station of [bob, cleo]) await station.hears('by broadcast');
    await dora.send(LOBBY, 'by unicast');
    await cleo.hears('by unicast');
    expect(bob.texts).toEqual(['by broadcast']);
    expect(await seen(captures[0], host, '10.0.0.2')).toEqual([
      '10.0.0.1 > 10.0.0.255',
      `10.0.0.1 > ${GROUP}`,
    ]);
    expect(await seen(captures[1], host, '10.1.0.2')).toEqual([
      '10.1.0.1 > 10.1.0.2',
      '10.1.0.1 > 10.1.0.255',
      `10.1.0.1 > ${GROUP}`,
    ]);
  });

  test('reaches a seed behind a router, and is answered', async () => {
    const { host, others } = await twoWires();
    const [router, far, bridge] = [others[1], lan.host(), lan.bridge()];
    await router.connect(bridge, 'eth1', ['10.2.0.254/24']);
    router.set('net/ipv4/ip_forward', '1');
    await far.connect(bridge, 'eth0', ['10.2.0.1/24']);
    far.ip('route', 'add', 'default', 'via', '10.2.0.254');
    host.ip('route', 'add', '10.2.0.0/24', 'via', '10.1.0.2');

    const ann = await listener(host, 'ANN-PC', { seeds: ['10.2.0.1'] });
    const bob = await listener(far, 'BOB-PC');
    await ann.send(LOBBY, 'hello from afar');
    await bob.hears('hello from afar');
    expect(bob.heard[0]).toMatchObject({
      sourceAddress: '10.1.0.1',
      trust: 'routed',
      interfaces: [],
    });
    await bob.reply('welcome');
    await ann.hears('welcome');
    expect(ann.heard[0]).toMatchObject({ sourceAddress: '10.2.0.1', trust: 'seed' });
  });
});

describe.runIf(able)('an interface', () => {
  const hasty = { haste: 20 };

  test('is taken up when it comes, and loopback serves until then', async () => {
    const [here, there, bridge] = [lan.host(), lan.host(), lan.bridge()];
    await there.connect(bridge, 'eth0', ['10.77.0.2/24']);
    const bob = await listener(there, 'BOB-PC');
    const ann = await listener(here, 'ANN-PC', {}, hasty);
    const cleo = await listener(here, 'CLEO-PC', {}, hasty);
    expect((await ann.status()).interfaces).toEqual(['lo 127.0.0.1']);
    await ann.send(LOBBY, 'on a plane');
    await cleo.hears('on a plane');

    await here.connect(bridge, 'eth0', ['10.77.0.1/24']);
    await expect
      .poll(async () => (await ann.status()).interfaces)
      .toEqual(expect.arrayContaining(['eth0 10.77.0.1']));
    await ann.send(LOBBY, 'landed');
    await bob.hears('landed');
    await bob.send(LOBBY, 'welcome');
    await ann.hears('welcome');
    expect((await ann.status()).problems).toEqual([]);
  });

  test('that was replaced by one of the same name and address is heard by again', async () => {
    const [here, there] = await pair({ ipv6: false });
    const bridge = lan.bridge();
    // Slow enough to miss that the interface was gone.
    const ann = await listener(here, 'ANN-PC', {}, { haste: 2 });
    there.disconnect('eth0');
    await there.connect(bridge, 'eth0', ['10.77.0.2/24'], { ipv6: false });
    here.disconnect('eth0');
    await here.connect(bridge, 'eth0', ['10.77.0.1/24'], { ipv6: false });
    const bob = await listener(there, 'BOB-PC');
    await expect
      .poll(
        async () => {
          await bob.send(LOBBY, 'are you there?');
          await ann.send(LOBBY, 'I am here');
          return [ann.texts.includes('are you there?'), bob.texts.includes('I am here')];
        },
        { timeout: 10_000 },
      )
      .toEqual([true, true]);
  });
});
