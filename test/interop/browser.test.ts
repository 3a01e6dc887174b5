/**
 * The Browser protocol among Samba hosts: elections by the book, lists both ways, two subnets; and what Wireshark says of
 * our frames. All tests run at once, each on a LAN of its own. To hold each election ten times:
 *
 *   ELECTION_RUNS=10 npx vitest run --project interop browser -t election
 */

import { SERVER_TYPE, WINDOWS_TIMERS } from '@mailslot/discovery/browser';
import { encodeFrame } from '@mailslot/discovery/internal';
import { describe, expect, test } from 'vitest';

import { BrowserLab, isMaster } from '../support/browser-lab.ts';
import { NamespaceLan } from '../support/lan.ts';
import { ProgramOn } from '../support/program-on.ts';
import { until } from '../support/real-time.ts';
import { RemoteProgram } from '../support/remote-program.ts';
import {
  GONE_MS,
  type LabHost,
  LISTED_MS,
  needsSamba,
  runOn,
  SambaLan,
  WORKGROUP,
} from '../support/samba.ts';
import { dissectCapture } from '../support/tshark.ts';
import type { StationActions, StationEvent } from './children/netbios-station.ts';

/** A master that is not noticed by then is none. */
const SECOND_MASTER_MS = 15_000;

/** How often each election is held. */
const RUNS = Array.from({ length: Number(process.env['ELECTION_RUNS'] ?? 1) }, (_, run) => run + 1);

/** As Windows, but that a master's death is noticed soon. */
const attentive = { ...WINDOWS_TIMERS, masterCheckMs: 8000 };

const able = needsSamba();

const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });

describe.runIf(able).concurrent('a browser of ours', { timeout: 180_000 }, () => {
  test('is on the list of a Samba master, with its comment and type, and gone soon after its goodbye', async () => {
    await using lab = new BrowserLab();
    const config = { 'os level': '65', 'preferred master': 'yes' };
    const samba = await lab.lan.samba({ name: 'SAMBA', smbd: true, config });
    await samba.becomesMaster();
    const ann = await lab.browser('ANN-PC', { comment: "Ann's desk" });
    // Samba marks what it has heard itself.
    const line = `"ANN-PC" 40019003 "Ann's desk" "${WORKGROUP}"`;
    await until(() => samba.browseList.includes(line), LISTED_MS);
    const shown = await samba.run('smbclient', '-L', `//${samba.address}`, '-N', '-m', 'NT1');
    expect(shown).toMatch(/ANN-PC\s+Ann's desk/);
    expect(await ann.program.call('masters')).toEqual(['SAMBA']);

    const listed = await ann.program.call('list');
    expect(listed.map(({ name }) => name)).toEqual(['ANN-PC', 'SAMBA']);
    expect(listed[0]).toMatchObject({ domain: WORKGROUP, comment: "Ann's desk" });

    await ann.program.call('closeBrowser');
    await until(() => !samba.browseList.join('\n').includes('ANN-PC'), GONE_MS);
  });

  test('lists Samba hosts as master: by what they announce, and by what it asks for', async () => {
    await using lab = new BrowserLab();
    const config = { 'local master': 'no', 'server string': 'there before' };
    await lab.lan.samba({ name: 'EARLY', config });
    const ann = await lab.browser('ANN-PC', { role: 'potential', preferred: true });
    await ann.becomesMaster();
    await until(async () => (await ann.hostNames()).includes('EARLY'));
    await lab.lan.samba({ name: 'LATE', config: { 'local master': 'no' } });
    await until(async () => (await ann.hostNames()).includes('LATE'), 20_000);
    const hosts = await ann.program.call('list');
    expect(hosts.map(({ name }) => name)).toEqual(['ANN-PC', 'EARLY', 'LATE']);
    expect(hosts[1]).toMatchObject({ comment: 'there before', version: { major: 6, minor: 1 } });
    expect(hosts.every(({ serverType }) => (serverType & SERVER_TYPE.NT) !== 0)).toBe(true);
  });

  test.for(RUNS)(
    'wins an election against os level 20, and stays the only master (%i)',
    async () => {
      await using lab = new BrowserLab();
      const config = { 'os level': '20', 'preferred master': 'yes' };
      const samba = await lab.lan.samba({ name: 'SAMBA', config });
      const ann = await lab.browser('ANN-PC');
      await ann.becomesMaster();
      await pause(SECOND_MASTER_MS);
      expect(await ann.isMaster()).toBe(true);
      expect(isMaster(samba)).toBe(false);
    },
  );

  test('replaces a sitting Samba master of os level 20 if it is preferred', async () => {
    await using lab = new BrowserLab();
    const samba = await lab.lan.samba({ name: 'SAMBA', config: { 'os level': '20' } });
    await samba.becomesMaster();
    const ann = await lab.browser('ANN-PC', { preferred: true });
    await ann.becomesMaster();
    await pause(SECOND_MASTER_MS);
    expect(await ann.isMaster()).toBe(true);
    expect(isMaster(samba)).toBe(false);
  });

  test.for(RUNS)(
    'loses an election against os level 65, and gives up being master (%i)',
    async () => {
      await using lab = new BrowserLab();
      const ann = await lab.browser('ANN-PC');
      await ann.becomesMaster();
      const config = { 'os level': '65', 'preferred master': 'yes' };
      const samba = await lab.lan.samba({ name: 'SAMBA', config });
      await samba.becomesMaster();
      await pause(SECOND_MASTER_MS);
      expect(await ann.isMaster()).toBe(false);
      expect(isMaster(samba)).toBe(true);
      expect(await ann.program.call('owns', `${WORKGROUP}<1d>`)).toBe(false);
    },
  );

  test('replaces a Samba master that was killed', async () => {
    await using lab = new BrowserLab();
    const config = { 'os level': '65', 'preferred master': 'yes' };
    const samba = await lab.lan.samba({ name: 'SAMBA', config });
    await samba.becomesMaster();
    const ann = await lab.browser('ANN-PC', { timers: attentive });
    await until(async () => (await ann.program.call('masters'))?.length === 1);
    await samba.stop('SIGKILL');
    await ann.becomesMaster(30_000);
  });

  test('hands over politely', async () => {
    await using lab = new BrowserLab();
    const ann = await lab.browser('ANN-PC');
    await ann.becomesMaster();
    const samba = await lab.lan.samba({ name: 'SAMBA', config: { 'os level': '20' } });
    await ann.program.call('closeBrowser');
    // It has five frames to say, and two names to register: the next look for a master were minutes away.
    await until(() => isMaster(samba), 40_000);
  });

  test.for(RUNS)('ends an election with one master where all criteria are equal (%i)', async () => {
    await using lab = new BrowserLab();
    // 0x14010f02, both of them.
    const config = { 'os level': '20', 'preferred master': 'no' };
    const [samba, ann] = await Promise.all([
      lab.lan.samba({ name: 'SAMBA', config }),
      lab.browser('ANN-PC', { role: 'backup', osLevel: 20 }),
    ]);
    const masters = async (): Promise<number> =>
      Number(isMaster(samba)) + Number(await ann.isMaster());
    await until(async () => (await masters()) === 1, 60_000);
    await pause(SECOND_MASTER_MS);
    expect(await masters()).toBe(1);
  });
});

const STATION = new URL('children/netbios-station.ts', import.meta.url);

/** As Windows, but a master looks for backups and others for a master every few seconds. */
const lively = {
  ...WINDOWS_TIMERS,
  hostAnnouncementsMs: [2000],
  localMasterAnnouncementsMs: [2000],
  domainAnnouncementsMs: [2000],
  lanManagerAnnouncementMs: 2000,
  announcementAnswerMs: 1000,
  masterAnnouncementMs: 5000,
  backupCheckMs: 2000,
  pullMs: 5000,
};

/** A program that says on the wire whatever it is told to. */
function station(on: LabHost): Promise<RemoteProgram<StationActions, StationEvent>> {
  const options = { computerName: 'TELLER', domain: WORKGROUP };
  return RemoteProgram.start<StationActions, StationEvent>(STATION, options, on.host);
}

/** What a host says of itself. */
function announcementOf(name: string): Uint8Array {
  return encodeFrame({
    kind: 'host-announcement',
    updateCount: 0,
    periodMs: 720_000,
    name,
    osMajor: 6,
    osMinor: 1,
    serverType: 0x0001_9003,
    browserMajor: 15,
    browserMinor: 1,
    signature: 0xaa55,
    comment: `desk of ${name}`,
  });
}

describe.runIf(able).concurrent('lists', { timeout: 180_000 }, () => {
  test('of a hundred hosts that we hold are what smbclient -L shows', async () => {
    await using lab = new BrowserLab();
    const ann = await lab.browser('ANN-PC');
    await ann.becomesMaster();
    const there = await lab.lan.host();
    await using teller = await station(there);
    const names = Array.from({ length: 100 }, (_, at) => `PC-${String(at).padStart(3, '0')}`);
    const master = `${WORKGROUP}<1d>`;
    for (const name of names) {
      const data = announcementOf(name);
      const from = `${name}<00>`;
      await teller.call('write', {
        from,
        to: master,
        group: true,
        slot: 'BROWSE',
        data,
        alignment: 1,
      });
    }
    await until(async () => (await ann.hostNames()).length === 101);
    const options = [
      '-N',
      '-m',
      'NT1',
      '--option=client use spnego=no',
      `--workgroup=${WORKGROUP}`,
    ];
    const shown = await runOn(
      there.host,
      'smbclient',
      '-s',
      '/dev/null',
      '-L',
      `//${ann.on.address}`,
      ...options,
      '--option=client min protocol=NT1',
    );
    for (const name of names) expect(shown).toContain(name);
    expect(shown).toContain('desk of PC-099');
    expect(shown).toMatch(new RegExp(`${WORKGROUP}\\s+ANN-PC`));
  });

  test('of backups are told by us as master to whoever asks, and by Samba to us', async () => {
    await using lab = new BrowserLab();
    const ann = await lab.browser('ANN-PC', { timers: lively });
    await ann.becomesMaster();
    const there = await lab.lan.host();
    await using teller = await station(there);
    await teller.call('receive', 'BROWSE');
    const token = 0x1234_5678;
    const data = encodeFrame({ kind: 'get-backup-list-request', count: 4, token });
    const response = { kind: 'get-backup-list-response', count: 1, token } as const;
    await teller.call('write', {
      from: 'TELLER<00>',
      to: `${WORKGROUP}<1d>`,
      group: true,
      slot: 'BROWSE',
      data,
      alignment: 1,
    });
    const answer = await teller.told(
      (event) => event.what === 'datagram' && event.data[0] === 0x0a,
    );
    expect(answer).toMatchObject({
      kind: 'unique',
      from: 'ANN-PC<00>',
      to: 'TELLER<00>',
      data: encodeFrame({ ...response, names: ['ANN-PC'] }),
    });
    await ann.program.call('close');

    const samba = await lab.lan.samba({ name: 'SAMBA', smbd: true });
    await samba.becomesMaster();
    const bob = await lab.lister('BOB-PC');
    expect((await bob.program.call('list')).map(({ name }) => name)).toContain('SAMBA');
  });

  test('and all else that we send is well formed, says Wireshark', async () => {
    await using lab = new BrowserLab();
    // What is answered to one host alone passes only there.
    const on = await lab.lan.host();
    const capture = await on.host.capture('eth0');
    const options = { timers: lively, lanManager: true };
    const ann = await lab.browser('ANN-PC', { ...options, role: 'domain-master' }, { on });
    await ann.becomesMaster();
    const others = await Promise.all(
      ['BOB-PC', 'CID-PC'].map((name) => lab.browser(name, options)),
    );
    await until(async () => (await ann.hostNames()).length === 3, 30_000);
    await until(async () => {
      const roles = await Promise.all(others.map(({ program }) => program.call('role')));
      return roles.includes('backup');
    }, 30_000);
    const lister = await lab.lister('DON-PC');
    await lister.program.call('list');
    await ann.program.call('close');
    await Promise.all(others.map(({ program }) => program.call('close')));
    await capture.stop();
    const frames = dissectCapture(capture.pcap, 'browser');
    expect(frames.flatMap(({ complaints }) => complaints)).toEqual([]);
    const seen = frames.map(({ info }) => info).join('\n');
    for (const kind of [
      'Host Announcement',
      'Local Master Announcement',
      'Domain/Workgroup Announcement',
      'Request Announcement',
      'Browser Election Request',
      'Become Backup Browser',
      'Get Backup List Request',
      'Get Backup List Response',
    ]) {
      expect(seen).toContain(kind);
    }
  });

  test('cross subnets: we as local master, Samba as domain master and name server', async () => {
    const network = new NamespaceLan();
    const [near, far] = [
      new SambaLan({ lan: network, subnet: '10.77.1' }),
      new SambaLan({ lan: network, subnet: '10.77.2' }),
    ];
    await using lab = new BrowserLab(near);
    const server = await far.host();
    const here = await near.host();
    const router = await near.host();
    await far.connect(router.host, 'eth1', 254);
    router.host.set('net/ipv4/ip_forward', '1');
    server.host.ip('route', 'add', '10.77.1.0/24', 'via', '10.77.2.254');
    here.host.ip('route', 'add', '10.77.2.0/24', 'via', router.address);
    await using samba = await far.samba(
      {
        name: 'SAMBA',
        smbd: true,
        config: {
          'os level': '65',
          'preferred master': 'yes',
          'domain master': 'yes',
          'wins support': 'yes',
        },
      },
      server,
    );
    await samba.becomesMaster();
    const ann = await lab.browser(
      'ANN-PC',
      { timers: lively, comment: 'over here' },
      { on: here, netbios: { nameServers: [server.address] } },
    );
    await ann.becomesMaster();
    await until(async () => (await ann.hostNames()).includes('SAMBA'), 60_000);
    await until(() => samba.browseList.some((line) => line.startsWith('"ANN-PC"')), 90_000);
  });
});

describe.runIf(able).concurrent('the program', { timeout: 120_000 }, () => {
  test('lists a Samba master, monitors what it says, and takes part', async () => {
    await using lab = new BrowserLab();
    const samba = await lab.lan.samba({ name: 'SAMBA', smbd: true });
    await samba.becomesMaster();
    const here = await lab.lan.host();
    const common = ['--json', '--domain', WORKGROUP];
    const monitor = new ProgramOn(here.host, [
      'monitor',
      '--transport',
      'netbios',
      '--computer',
      'EYE',
      ...common,
    ]);
    await until(() => monitor.err.includes('Ctrl-C ends'), 20_000);
    const there = await lab.lan.host();
    const browse = new ProgramOn(there.host, [
      'browse',
      '--computer',
      'BOB-PC',
      '--comment',
      'B',
      ...common,
    ]);
    await until(() => monitor.out.includes('"name":"BOB-PC"'), 20_000);
    await until(() => browse.out.includes('"role":"potential"'), 20_000);
    await until(() => samba.browseList.join('\n').includes('BOB-PC'), 30_000);
    const hosts = new ProgramOn(here.host, ['hosts', '--computer', 'ANN-PC', ...common]);
    expect(await hosts.exited).toBe(0);
    const lines = hosts.out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
    expect(lines).toContainEqual({
      name: 'SAMBA',
      domain: WORKGROUP,
      serverType: expect.any(Number),
      // Samba tells no version there.
      version: '0.0',
      comment: 'lab host SAMBA',
    });
    browse.end();
    expect(await browse.exited).toBe(0);
    await until(() => monitor.out.includes('"serverType":0'));
    const frames = monitor.out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(frames).toContainEqual(
      expect.objectContaining({
        transport: 'netbios',
        from: 'BOB-PC<00>',
        slot: 'BROWSE',
        browser: expect.objectContaining({ kind: 'host-announcement', comment: 'B' }),
      }),
    );
    monitor.end();
    expect(await monitor.exited).toBe(0);
  });
});
