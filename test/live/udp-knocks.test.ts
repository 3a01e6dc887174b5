/** What a host says of a process that is no more, on real sockets. */

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { hasNamespaces, NamespaceLan } from '../support/lan.ts';
import { until } from '../support/real-time.ts';
import { needs } from '../support/requirement.ts';
import { type StationProcess, Stations } from '../support/udp-stations.ts';

const LOBBY = '\\\\*\\mailslot\\lobby';

/** The most that a refusal may take: it is one round trip on the computer itself, or on one wire. */
const REFUSAL_MS_MAX = 50;

let port = 22_000 + (process.pid % 7_000);
let stations: Stations;

beforeEach(() => {
  port++;
  stations = new Stations();
});

afterEach(() => stations[Symbol.asyncDispose]());

/** Ann knocks at Bob's while he lives, and again when he was killed. */
async function refusesTheDead(ann: StationProcess, bob: StationProcess): Promise<void> {
  await bob.send(LOBBY, 'hello');
  await ann.hears('hello');
  await ann.knock('anybody there?');
  await bob.hears('anybody there?');
  expect(bob.heard.at(-1)).toMatchObject({ from: '', address: 'direct' });
  await bob.send(LOBBY, 'yes');
  await ann.hears('yes');
  expect(ann.refusals).toEqual([]);
  await bob.stop();
  await ann.knock('anybody there?');
  await until(() => ann.refusals.length > 0);
  expect(ann.refusals).toHaveLength(1);
  expect(ann.refusals[0]).toBeLessThan(REFUSAL_MS_MAX);
  expect((await ann.status()).problems).toEqual([]);
}

describe('a knock on loopback', () => {
  test('is taken by a living process, and refused for one that was killed', async () => {
    const udp = { interfaces: ['loopback'], port };
    const [ann, bob] = await Promise.all(
      ['ANN-PC', 'BOB-PC'].map((computerName) => stations.listener({ computerName, udp })),
    );
    await refusesTheDead(ann!, bob!);
  });
});

const able = needs('root, iproute2 and tcpdump', hasNamespaces());

describe.runIf(able)('a knock at another host', () => {
  test.each([
    ['IPv4', { addresses: ['10.77.0.1/24', '10.77.0.2/24'], ipv6: false }],
    ['link-local IPv6', { addresses: [], ipv6: true }],
  ])('is refused for a process that was killed, by %s', async (_, { addresses, ipv6 }) => {
    await using lan = new NamespaceLan();
    const bridge = lan.bridge();
    const [ann, bob] = await Promise.all(
      ['ANN-PC', 'BOB-PC'].map(async (computerName, at) => {
        const host = lan.host();
        await host.connect(bridge, 'eth0', addresses.slice(at, at + 1), { ipv6 });
        return stations.listener({ computerName, udp: { port } }, host);
      }),
    );
    await refusesTheDead(ann!, bob!);
    await stations[Symbol.asyncDispose]();
  });

  test('is not refused while its wire is cut', async () => {
    await using lan = new NamespaceLan();
    const bridge = lan.bridge();
    const hosts = [lan.host(), lan.host()];
    for (const [at, host] of hosts.entries()) {
      await host.connect(bridge, 'eth0', [`10.77.0.${at + 1}/24`], { ipv6: false });
    }
    const ann = await stations.listener({ computerName: 'ANN-PC', udp: { port } }, hosts[0]);
    const bob = await stations.listener({ computerName: 'BOB-PC', udp: { port } }, hosts[1]);
    await bob.send(LOBBY, 'hello');
    await ann.hears('hello');
    hosts[1]!.ip('link', 'set', 'eth0', 'down');
    await ann.knock('anybody there?');
    hosts[1]!.ip('link', 'set', 'eth0', 'up');
    await bob.send(LOBBY, 'here again');
    await ann.hears('here again');
    expect(ann.refusals).toEqual([]);
    await stations[Symbol.asyncDispose]();
  });
});
