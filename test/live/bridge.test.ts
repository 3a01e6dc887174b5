/** A bridge whose own browser is the master, between a service and a classic network, both on loopback. */

import { randomInt } from 'node:crypto';

import { joinNetwork, type Network, udp } from '@mailslot/core';
import { discover, type Lobby } from '@mailslot/discovery';
import {
  type Bridge,
  type Browser,
  FAST_TIMERS,
  listHosts,
  startBridge,
  startBrowser,
} from '@mailslot/discovery/browser';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { LoopbackNetbios } from '../support/netbios-stations.ts';
import { until } from '../support/real-time.ts';

const timers = FAST_TIMERS;

let net: LoopbackNetbios;
let port: number;
let listPort: number;
let open: AsyncDisposable[];

beforeEach(() => {
  net = new LoopbackNetbios();
  port = randomInt(20_000, 30_000);
  listPort = randomInt(30_000, 32_000);
  open = [];
});

afterEach(async () => {
  for (const one of open.toReversed()) await one[Symbol.asyncDispose]();
});

function kept<One extends AsyncDisposable>(one: One): One {
  open.push(one);
  return one;
}

async function classic(computerName: string): Promise<Network> {
  return kept(await joinNetwork({ computerName, domain: 'LAB', transports: [net.station()] }));
}

async function native(computerName: string): Promise<Network> {
  const transports = [udp({ interfaces: ['loopback'], port })];
  return kept(await joinNetwork({ computerName, domain: 'LAB', transports }));
}

async function enter(name: string): Promise<Lobby> {
  return kept(await discover('tanks', { name, network: await native(`${name}-PC`) }));
}

async function master(): Promise<{ browser: Browser; bridge: Bridge }> {
  const network = await classic('BRIDGE');
  const browser = kept(await startBrowser(network, { timers, listPort, preferred: true }));
  await until(() => browser.role === 'local-master');
  const bridge = kept(
    await startBridge('tanks', { browser, network: await native('BRIDGE'), listPort }),
  );
  return { browser, bridge };
}

describe('a bridge that is master', () => {
  test('has peers on its own list as long as they are there, and shows hosts to them', async () => {
    const { browser, bridge } = await master();
    const ann = await enter('Ann');
    const listed = (): string[] => browser.hosts.map(({ name }) => name);
    await until(() => listed().includes('ANN'), 5000);
    const hosts = await listHosts(await classic('WATCHER'), { listPort });
    expect(hosts).toMatchObject([
      { name: 'ANN', comment: 'mailslot:tanks Ann' },
      { name: 'BRIDGE', comment: '' },
    ]);

    kept(await startBrowser(await classic('CID'), { timers, listPort, comment: 'here first' }));
    await until(() => ann.peers.length > 0);
    const info = { classic: { name: 'CID', domain: 'LAB', comment: 'here first' } };
    expect(ann.peers).toMatchObject([{ name: 'CID', info }]);
    expect(bridge.guests).toMatchObject([info.classic]);
    expect(bridge.shown.map(({ name, peer }) => [name, peer.name])).toEqual([['ANN', 'Ann']]);

    await ann.close();
    await until(() => !listed().includes('ANN'), 5000);
    expect(bridge.shown).toEqual([]);
  });

  test('leaves real hosts their names, and takes all that it carried away when it closes', async () => {
    const { browser, bridge } = await master();
    kept(await startBrowser(await classic('ANN'), { timers, listPort, comment: 'the real one' }));
    await until(() => browser.hosts.length === 2);
    const ann = await enter('Ann');
    await until(() => browser.hosts.length === 3, 5000);
    const [real, shown] = browser.hosts;
    expect(real).toMatchObject({ name: 'ANN', comment: 'the real one' });
    expect(shown!.name).toMatch(/^ANN-[A-Z0-9]{4}$/);
    await until(() => ann.peers.length === 1);

    await bridge.close();
    expect(browser.hosts.map(({ name }) => name)).toEqual(['ANN', 'BRIDGE']);
    await until(() => ann.peers.length === 0, 5000);
  });
});
