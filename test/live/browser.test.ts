/** Browsers on loopback, where each has an address of its own: roles, lists, goodbyes, and who reads the lists. */

import { randomInt } from 'node:crypto';

import { joinNetwork, local, MailslotError, type Network } from '@mailslot/core';
import {
  type Browser,
  type BrowserRole,
  FAST_TIMERS,
  type Host,
  listHosts,
  startBrowser,
  type StartBrowserOptions,
} from '@mailslot/discovery/browser';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { LoopbackNetbios } from '../support/netbios-stations.ts';
import { until } from '../support/real-time.ts';

const timers = FAST_TIMERS;

let net: LoopbackNetbios;
let networks: Network[];
let listPort: number;

beforeEach(() => {
  net = new LoopbackNetbios();
  networks = [];
  listPort = randomInt(20_000, 30_000);
});

afterEach(async () => {
  await Promise.all(networks.map((network) => network.close()));
});

async function join(computerName: string, domain = 'LAB'): Promise<Network> {
  const network = await joinNetwork({ computerName, domain, transports: [net.station()] });
  networks.push(network);
  return network;
}

async function browse(name: string, options: StartBrowserOptions = {}): Promise<Browser> {
  return startBrowser(await join(name), { timers, listPort, ...options });
}

function namesOf(hosts: readonly Host[]): string[] {
  return hosts.map(({ name }) => name);
}

describe('browsers', () => {
  test('elect one master, that lists them all; its list is what others are told', async () => {
    const ann = await browse('ANN', { comment: 'first' });
    const roles: BrowserRole[] = [];
    ann.role$.subscribe((role) => roles.push(role));
    await until(() => roles.includes('local-master'));
    expect(roles).toEqual(['potential', 'local-master']);

    const bob = await browse('BOB', { comment: 'second' });
    const lists: string[][] = [];
    ann.hosts$.subscribe((hosts) => lists.push(namesOf(hosts)));
    await until(() => ann.hosts.length === 2);
    await until(() => bob.masters[0] === 'ANN');
    expect(bob.role).toBe('potential');

    const watcher = await join('WATCHER');
    const hosts = await listHosts(watcher, { listPort });
    expect(hosts).toMatchObject([
      { name: 'ANN', domain: 'LAB', comment: 'first', version: { major: 6, minor: 1 } },
      { name: 'BOB', domain: 'LAB', comment: 'second' },
    ]);

    await bob.close();
    await until(() => ann.hosts.length === 1, 5000);
    expect(lists).toEqual([['ANN'], ['ANN', 'BOB'], ['ANN']]);
  });

  test('hand over: the next is master soon after one closes', async () => {
    const ann = await browse('ANN');
    await until(() => ann.role === 'local-master');
    const bob = await browse('BOB');
    await until(() => ann.hosts.length === 2);
    await ann.close();
    await until(() => bob.role === 'local-master', 4000);
    expect(namesOf(bob.hosts)).toEqual(['BOB']);
  });

  test('of which one is a backup fetch the list of the master', async () => {
    const ann = await browse('ANN');
    await until(() => ann.role === 'local-master');
    const bob = await browse('BOB', { role: 'backup' });
    await until(() => bob.role === 'backup' && bob.hosts.length === 2);
  });

  test('see other domains by their masters', async () => {
    const ann = await browse('ANN');
    const zoe = await startBrowser(await join('ZOE', 'ZOO'), { timers, listPort });
    await until(() => ann.domains.length === 2);
    expect(ann.domains).toEqual([
      { name: 'LAB', master: 'ANN' },
      { name: 'ZOO', master: 'ZOE' },
    ]);
    await zoe.close();
  });

  test('say something new of themselves', async () => {
    const ann = await browse('ANN');
    await until(() => ann.role === 'local-master');
    const bob = await browse('BOB', { role: 'non-browser' });
    await until(() => ann.hosts.length === 2);
    bob.update({ comment: 'new' });
    await until(() => ann.hosts[1]?.comment === 'new', 5000);
    expect(() => bob.update({ comment: 'c'.repeat(43) })).toThrow(MailslotError);
  });
});

describe('without', () => {
  test('netbios there are no browsers and no lists', async () => {
    const network = await joinNetwork({ transports: [local()] });
    networks.push(network);
    const code = 'ERROR_NOT_SUPPORTED';
    await expect(startBrowser(network)).rejects.toMatchObject({ code });
    await expect(listHosts(network)).rejects.toMatchObject({ code });
  });

  test('a master there is no list, and the way is shown', async () => {
    const network = await join('ANN');
    await expect(listHosts(network, { listPort })).rejects.toMatchObject({
      code: 'ERROR_BAD_NETPATH',
    });
    const signal = AbortSignal.abort();
    await expect(listHosts(network, { listPort, signal })).rejects.toMatchObject({
      code: 'ERROR_OPERATION_ABORTED',
    });
  });

  test('closing the first, no second browser is started on a network', async () => {
    const network = await join('ANN');
    const browser = await startBrowser(network, { timers, listPort });
    await expect(startBrowser(network)).rejects.toMatchObject({ code: 'ERROR_ALREADY_EXISTS' });
    await browser.close();
    await expect(startBrowser(network, { osLevel: 0 })).rejects.toMatchObject({
      code: 'ERROR_INVALID_PARAMETER',
    });
    await (await startBrowser(network, { timers, listPort })).close();
  });
});
