/** The classic transport among Samba's programs, and its frames before Wireshark's eyes. */

import { readFileSync } from 'node:fs';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import type { CapturedDatagram } from '../support/pcap.ts';
import { until } from '../support/real-time.ts';
import { RemoteProgram } from '../support/remote-program.ts';
import { type LabHost, needsSamba, runOn, SambaLan, WORKGROUP } from '../support/samba.ts';
import { dissect, dissectCapture } from '../support/tshark.ts';
import type { StationActions, StationEvent, StationOptions } from './children/netbios-station.ts';

type Station = RemoteProgram<StationActions, StationEvent>;

const SCRIPT = new URL('children/netbios-station.ts', import.meta.url);
/** Of the datagram after which a capture has seen everything. */
const FENCE_PORT = 9;

const able = needsSamba();

test.runIf(able)('Wireshark takes the vectors for what they are', () => {
  const vectors: readonly { id: string; port: number; hex: string }[] = JSON.parse(
    readFileSync(new URL('../vectors/netbios.json', import.meta.url), 'utf8'),
  );
  const sent = vectors.map(({ port, hex }) => ({ port, payload: Buffer.from(hex, 'hex') }));
  const dissections = dissect(sent);
  expect(dissections).toHaveLength(vectors.length);
  expect(dissections.filter(({ complaints }) => complaints.length > 0)).toEqual([]);
  const [half] = dissect([{ port: 137, payload: sent[0]!.payload.subarray(0, 30) }]);
  expect(half!.complaints).toContain('malformed');
});

describe.runIf(able)('beside Samba', () => {
  let lan: SambaLan;
  let stations: Station[];

  beforeEach(() => {
    lan = new SambaLan();
    stations = [];
  });

  afterEach(async () => {
    await Promise.all(stations.map((station) => station.kill()));
    await lan[Symbol.asyncDispose]();
  });

  async function station(
    on: LabHost,
    computerName: string,
    options: Omit<StationOptions, 'computerName' | 'domain'> = {},
  ): Promise<Station> {
    const started = await RemoteProgram.start<StationActions, StationEvent>(
      SCRIPT,
      { computerName, domain: WORKGROUP, ...options } satisfies StationOptions,
      on.host,
    );
    stations.push(started);
    return started;
  }

  /** One that has its names already. */
  async function settled(
    on: LabHost,
    computerName: string,
    options: Omit<StationOptions, 'computerName' | 'domain'> = {},
  ): Promise<Station> {
    const started = await station(on, computerName, options);
    await until(() => started.call('owns', `${computerName}<00>`));
    return started;
  }

  const lookUp = (on: LabHost, ...args: readonly string[]): Promise<string> =>
    runOn(on.host, 'nmblookup', '-s', '/dev/null', '-B', lan.broadcastAddress, ...args);

  test('nmblookup finds our names: unique, group, and that of all local masters', async () => {
    const [here, there] = [await lan.host(), await lan.host()];
    const ann = await settled(here, 'ANN-PC');
    await ann.call('register', 'ANN-PC<20>', false);
    await ann.call('register', '\u0001\u0002__MSBROWSE__\u0002<01>', true);
    expect(await lookUp(there, 'ANN-PC')).toContain(`${here.address} ANN-PC<00>`);
    expect(await lookUp(there, 'ann-pc#20')).toContain(`${here.address} ann-pc<20>`);
    expect(await lookUp(there, WORKGROUP)).toContain(`${here.address} ${WORKGROUP}<00>`);
    expect(await lookUp(there, '-M', '--', '-')).toContain(
      `${here.address} \u0001\u0002__MSBROWSE__\u0002<01>`,
    );
    expect(await lookUp(there, '*')).toContain(`${here.address} *<00>`);
    expect(await lookUp(there, 'NOBODY')).toContain('name_query failed');
  });

  test('node status is right, for nmblookup and for nmap', async () => {
    const [here, there] = [await lan.host(), await lan.host()];
    const ann = await settled(here, 'ANN-PC');
    await ann.call('register', 'ANN-PC<20>', false);
    const lines = (await lookUp(there, '-A', here.address)).split('\n');
    const rows = lines.map((line) => line.replaceAll(/\s+/g, ' ').trim());
    expect(rows).toContain('ANN-PC <00> - B <ACTIVE>');
    expect(rows).toContain('ANN-PC <20> - B <ACTIVE>');
    expect(rows).toContain(`${WORKGROUP} <00> - <GROUP> B <ACTIVE>`);
    const mac = /link\/ether (\S+)/.exec(here.host.ip('link', 'show', 'eth0'))![1]!;
    expect(rows).toContain(`MAC Address = ${mac.toUpperCase().replaceAll(':', '-')}`);

    const scan = ['-sU', '-p137', '-Pn', '-n', '--script', 'nbstat', here.address];
    const nmap = await runOn(there.host, 'nmap', ...scan);
    expect(nmap).toContain(`NetBIOS name: ANN-PC`);
    expect(nmap.toLowerCase()).toContain(mac);
  });

  test('we see the names of Samba, and their status', async () => {
    const samba = await lan.samba({ name: 'SAMBA' });
    const ann = await settled(await lan.host(), 'ANN-PC');
    expect(await ann.call('query', 'SAMBA<20>')).toMatchObject({
      group: false,
      addresses: [samba.address],
    });
    expect(await ann.call('query', `${WORKGROUP}<1e>`)).toMatchObject({ group: true });
    expect(await ann.call('query', 'NOBODY<00>')).toBeUndefined();
    const status = await ann.call('status', samba.address);
    expect(status).toEqual(expect.arrayContaining(['SAMBA<20> unique', `${WORKGROUP}<1e> group`]));
  });

  test('we refuse a name of ours to Samba', async () => {
    const here = await lan.host();
    await settled(here, 'WANTED');
    const capture = await here.host.capture('eth0');
    const samba = await lan.samba({ name: 'WANTED' });
    // An answer to a registration, with the error that the name is in use.
    const refused = ({ source, destination, payload }: CapturedDatagram): boolean =>
      source === here.address &&
      destination === samba.address &&
      payload.readUInt16BE(2) === 0xad86;
    expect(capture.datagrams.filter(refused)).not.toEqual([]);
    // Its node status lists the name all the same, but it no longer answers for it.
    const found = await lookUp(await lan.host(), 'WANTED');
    expect(found).toContain(`${here.address} WANTED<00>`);
    expect(found).not.toContain(`${samba.address} WANTED`);
  });

  test('we give up a name that Samba has', async () => {
    const samba = await lan.samba({ name: 'WANTED' });
    const ann = await station(await lan.host(), 'WANTED');
    const problem = await ann.told(({ what }) => what === 'problem');
    expect(problem).toMatchObject({
      message: expect.stringContaining(
        `WANTED<00> is not to be had on eth0: refused by ${samba.address}`,
      ),
    });
    expect(await ann.call('owns', 'WANTED<00>')).toBe(false);
    await until(() => ann.call('owns', `${WORKGROUP}<00>`));
    await expect(ann.call('register', 'WANTED<20>', false)).rejects.toThrow('not to be had');
  });

  test("Samba's mailslot writes reach us", async () => {
    const ann = await settled(await lan.host(), 'ANN-PC');
    await ann.call('register', `${WORKGROUP}<1d>`, false);
    await ann.call('receive', 'BROWSE');
    const samba = await lan.samba({ name: 'SAMBA' });
    const told = await ann.told(
      (event) => event.what === 'datagram' && event.to === `${WORKGROUP}<1d>`,
      30_000,
    );
    expect(told).toMatchObject({
      kind: 'group',
      from: 'SAMBA<00>',
      source: `${samba.address}:138`,
      slot: 'BROWSE',
    });
    expect((told as { data: Uint8Array }).data[0]).toBe(1);
    expect((await ann.call('stats')).drops['malformed']).toBeUndefined();
  });

  test('our frames decode in Wireshark without a complaint', async () => {
    const [here, there] = [await lan.host(), await lan.host()];
    const capture = await here.host.capture('eth0');
    const ann = await settled(here, 'ANN-PC');
    const bob = await settled(there, 'BOB-PC');
    await bob.call('read', 'lobby');
    await ann.call('register', `${WORKGROUP}<1e>`, true);
    await ann.call('send', `\\\\*\\mailslot\\lobby`, 'hello, all');
    await ann.call('send', `\\\\bob-pc\\mailslot\\lobby`, 'hello, Bob');
    await expect(ann.call('send', `\\\\nobody\\mailslot\\lobby`, 'hello?')).rejects.toThrow(
      'NOBODY',
    );
    await bob.told((event) => event.what === 'message' && event.text === 'hello, Bob');
    expect(bob.events.filter(({ what }) => what === 'message')).toEqual([
      { what: 'message', text: 'hello, all', from: 'ANN-PC', to: '\\\\*\\mailslot\\lobby' },
      { what: 'message', text: 'hello, Bob', from: 'ANN-PC', to: '\\\\BOB-PC\\mailslot\\lobby' },
    ]);
    await lookUp(there, '-A', here.address);
    await ann.call('status', there.address);
    await expect(bob.call('register', 'ANN-PC<00>', false)).rejects.toThrow('not to be had');
    await ann.call('close');
    here.host.ping(there.address);
    await capture.saw(FENCE_PORT);
    const frames = dissectCapture(capture.pcap, 'nbns || nbdgm');
    expect(frames.length).toBeGreaterThan(20);
    expect(
      frames.flatMap(({ info, complaints }) => complaints.map((each) => `${info}: ${each}`)),
    ).toEqual([]);
  });

  test('Samba as name server has our names, finds others for us, and gives up ours at the end', async () => {
    const wins = await lan.samba({ name: 'WINS', config: { 'wins support': 'yes' } });
    const netbios = { nameServers: [wins.address] };
    const [here, there, afar] = [await lan.host(), await lan.host(), await lan.host()];
    const ann = await settled(here, 'ANN-PC', { netbios });
    const ask = (name: string): Promise<string> =>
      runOn(afar.host, 'nmblookup', '-s', '/dev/null', '-U', wins.address, '--recursion', name);
    expect(await ask('ANN-PC')).toContain(`${here.address} ANN-PC<00>`);

    const bob = await settled(there, 'BOB-PC', { netbios: { ...netbios, nodeType: 'P' } });
    await bob.call('read', 'lobby');
    await ann.call('send', '\\\\BOB-PC\\mailslot\\lobby', 'through the name server');
    await bob.told((event) => event.what === 'message');
    expect(await bob.call('query', 'ANN-PC<00>')).toMatchObject({ addresses: [here.address] });
    expect(await bob.call('query', `${WORKGROUP}<1e>`)).toMatchObject({ group: true });
    expect(await bob.call('query', 'NOBODY<00>')).toBeUndefined();

    const twin = await station(afar, 'ANN-PC', { netbios: { ...netbios, nodeType: 'P' } });
    expect(await twin.told(({ what }) => what === 'problem', 30_000)).toMatchObject({
      message: expect.stringContaining(`refused by ${wins.address}`),
    });

    await ann.call('close');
    expect(await ask('ANN-PC')).toContain('name_query failed');
  });

  test('on the same host as nmbd we have names of our own, and hear what all hear', async () => {
    const on = await lan.host();
    const samba = await lan.samba({ name: 'SAMBA' }, on);
    const ann = await settled(on, 'ANN-PC');
    const bob = await settled(await lan.host(), 'BOB-PC');
    expect(await ann.call('beside')).toBe(true);
    await ann.call('read', 'lobby');
    await bob.call('read', 'lobby');

    expect(await bob.call('query', 'ANN-PC<00>')).toMatchObject({ addresses: [on.address] });
    expect(await bob.call('query', 'SAMBA<00>')).toMatchObject({ addresses: [on.address] });
    await bob.call('send', '\\\\*\\mailslot\\lobby', 'to all');
    await ann.told((event) => event.what === 'message' && event.text === 'to all');
    await ann.call('send', '\\\\BOB-PC\\mailslot\\lobby', 'from beside nmbd');
    await bob.told((event) => event.what === 'message' && event.text === 'from beside nmbd');
    await expect(ann.call('register', 'SAMBA<20>', false)).rejects.toThrow('not to be had');
    // Its own programs still reach nmbd.
    expect(await lookUp(await lan.host(), '-A', samba.address)).toContain('SAMBA');
  });

  test('without the privilege for the ports it is said how to grant it', async () => {
    const { host } = await lan.host();
    const options = { computerName: 'ANN-PC', domain: WORKGROUP } satisfies StationOptions;
    const start = (): Promise<Station> =>
      RemoteProgram.start(SCRIPT, options, host, ['setpriv', '--bounding-set=-net_bind_service']);
    await expect(start()).rejects.toThrow(/UDP port 137 .*\(EACCES\).*setcap.*sysctl.*root/);
    host.set('net/ipv4/ip_unprivileged_port_start', '137');
    stations.push(await start());
  });

  test('a host with two interfaces on one wire does not take itself for another', async () => {
    const on = await lan.host({ interfaces: 2 });
    const ann = await settled(on, 'ANN-PC');
    const bob = await settled(await lan.host(), 'BOB-PC');
    expect(ann.events).toEqual([]);
    await bob.call('read', 'lobby');
    await ann.call('send', '\\\\*\\mailslot\\lobby', 'once');
    await ann.call('send', '\\\\BOB-PC\\mailslot\\lobby', 'fence');
    await bob.told((event) => event.what === 'message' && event.text === 'fence');
    expect(bob.events.map((event) => (event.what === 'message' ? event.text : event))).toEqual([
      'once',
      'fence',
    ]);
  });
});
