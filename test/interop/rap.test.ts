/** Browse lists over RAP, between us and Samba's programs. */

import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { type BrowseEntry, SERVER_TYPE } from '@mailslot/discovery/browser';

import type { Capture } from '../support/lan.ts';
import { until } from '../support/real-time.ts';
import { RemoteProgram } from '../support/remote-program.ts';
import { type LabHost, needsSamba, type Samba, SambaLan, WORKGROUP } from '../support/samba.ts';
import { dissectCapture, type Dissection } from '../support/tshark.ts';
import type { RapActions } from './children/rap-program.ts';

const SCRIPT = new URL('children/rap-program.ts', import.meta.url);

const able = needsSamba();

/** Hosts with names and comments that are all different, some of them not ASCII. */
function hosts(count: number): BrowseEntry[] {
  return Array.from({ length: count }, (_, at) => ({
    name: `PC-${String(at).padStart(5, '0')}`,
    serverType: SERVER_TYPE.WORKSTATION | SERVER_TYPE.SERVER | SERVER_TYPE.NT,
    version: { major: 6, minor: 1 },
    comment: `Büro ${at}`,
  }));
}

const domains: readonly BrowseEntry[] = [
  domain(WORKGROUP, 'OURS'),
  domain('ELSEWHERE', 'OTHER-MASTER'),
];

function domain(name: string, master: string): BrowseEntry {
  const serverType = (SERVER_TYPE.DOMAIN_ENUM | SERVER_TYPE.NT) >>> 0;
  return { name, serverType, version: { major: 6, minor: 1 }, comment: master };
}

/** The rows below a heading of smbclient, each `name|second column`. */
function rowsBelow(heading: string, output: string): string[] {
  const lines = output.split('\n').map((line) => line.trim());
  const from = lines.findIndex((line) => line.startsWith(heading)) + 2;
  const to = lines.findIndex((line, at) => at >= from && !/^\S+ {2,}\S/.test(line));
  return lines.slice(from, to).map((line) => line.replace(/ {2,}/, '|'));
}

/** What Wireshark says of sessions. What it says of TCP is the kernel's affair, or the capture's that missed something. */
function dissect(capture: Capture): Dissection[] {
  const frames = dissectCapture(capture.pcap, 'nbss');
  return frames.filter(({ info }) => !info.startsWith('[TCP '));
}

/** Runs `net rap`, another program of Samba's that asks for lists. */
function netRap(on: Samba, address: string, ...words: readonly string[]): Promise<string> {
  return on.run('net', 'rap', ...words, '-S', address, '-p', '139', '-U%', ...NT1);
}

const NT1 = ['--option=client min protocol=NT1', '--option=client max protocol=NT1'];

describe.runIf(able)('a list of ours', () => {
  let lan: SambaLan;
  let ours: LabHost;
  let samba: Samba;
  let program: RemoteProgram<RapActions>;
  let capture: Capture;

  beforeAll(async () => {
    lan = new SambaLan();
    ours = await lan.host();
    samba = await lan.samba();
    program = await RemoteProgram.start<RapActions>(SCRIPT, {}, ours.host);
    capture = await ours.host.capture('eth0', 'tcp');
    await program.call('show', { computerName: 'OURS', domain: WORKGROUP, domains });
  });
  afterAll(async () => {
    await program[Symbol.asyncDispose]();
    await lan[Symbol.asyncDispose]();
  });

  test.each([
    ['with SPNEGO', ['-N', '--option=client use spnego=yes']],
    ['without SPNEGO', ['-N', '--option=client use spnego=no', '--option=client ntlmv2 auth=no']],
    ['with SMB1 alone', ['-N', '-m', 'NT1', '-p', '139']],
    ['without a name', ['-U%', '--option=client use spnego=yes']],
    ['with a name and a password', ['-Uann%secret', '--option=client use spnego=yes']],
  ])('is shown by smbclient -L %s: 100 hosts', async (_, options) => {
    const servers = hosts(100);
    await program.call('list', servers);
    const output = await samba.run('smbclient', '-L', `//${ours.address}`, ...options);
    expect(rowsBelow('Server ', output)).toEqual(
      servers.map((one) => `${one.name}|${one.comment}`),
    );
    expect(rowsBelow('Workgroup ', output)).toEqual([
      'ELSEWHERE|OTHER-MASTER',
      `${WORKGROUP}|OURS`,
    ]);
    expect(output).toMatch(/^\s+IPC\$ +IPC /m);
    expect(output).not.toMatch(/NT_STATUS|failed/i);
  });

  test('of more than 64 KiB is shown by smbclient -L whole, each host once', async () => {
    const servers = hosts(6000);
    await program.call('list', servers);
    const output = await samba.run('smbclient', '-L', `//${ours.address}`, '-N');
    expect(rowsBelow('Server ', output)).toEqual(
      servers.map((one) => `${one.name}|${one.comment}`),
    );
  });

  test('is shown by net rap, all hosts and those of one kind', async () => {
    const servers = hosts(3);
    await program.call('list', servers);
    expect(await netRap(samba, ours.address, 'server', 'domain')).toMatch(
      /PC-00000[^]*PC-00001[^]*PC-00002/,
    );
    expect(await netRap(samba, ours.address, 'domain')).toMatch(
      /ELSEWHERE +OTHER-MASTER[^]*MSLAB +OURS/,
    );
  });

  test('is all there is: no other share, no pipe, no file', async () => {
    const share = await samba.run('smbclient', `//${ours.address}/share`, '-N', '-c', 'ls', ...NT1);
    expect(share).toContain('NT_STATUS_BAD_NETWORK_NAME');
    const pipe = await samba.run('smbclient', `//${ours.address}/IPC$`, '-N', '-c', 'ls', ...NT1);
    expect(pipe).toMatch(/NT_STATUS_\w+ listing/);
  });

  test('is read by our client as we made it, with whatever it asks for', async () => {
    const servers = hosts(6000);
    await program.call('list', servers);
    const reader = await RemoteProgram.start<RapActions>(SCRIPT, {}, samba.host);
    try {
      const { entries, complete } = await reader.call('read', { host: ours.address });
      expect({ entries, complete }).toEqual({ entries: servers, complete: true });
    } finally {
      await reader[Symbol.asyncDispose]();
    }
  });

  test('decodes in Wireshark without a complaint, whoever asked', async () => {
    // What was sent before this test is in the capture once tcpdump has written the last segment.
    await until(() => dissections().length >= 200);
    expect(dissections().filter(({ complaints }) => complaints.length > 0)).toEqual([]);
    const kinds = ['NetServerEnum2 Response', 'NetServerEnum3 Response', 'NetShareEnum Response'];
    for (const kind of kinds) expect(dissections().map(({ info }) => info)).toContain(kind);
  });

  const dissections = (): Dissection[] => dissect(capture);
});

describe.runIf(able)('the list of a Samba master', () => {
  let lan: SambaLan;
  let master: Samba;
  let reader: RemoteProgram<RapActions>;
  let capture: Capture;

  beforeAll(async () => {
    lan = new SambaLan();
    const config = { 'preferred master': 'yes', 'os level': '65', 'domain master': 'yes' };
    master = await lan.samba({ name: 'ANN-PC', smbd: true, config });
    await lan.samba({ name: 'BOB-PC', config: { 'server string': 'Bürö of Bob' } });
    const ours = await lan.host();
    reader = await RemoteProgram.start<RapActions>(SCRIPT, {}, ours.host);
    capture = await ours.host.capture('eth0', 'tcp');
    await master.becomesMaster();
    await until(() => master.browseList.some((line) => line.includes('BOB-PC')), 60_000);
  }, 150_000);
  afterAll(async () => {
    await reader[Symbol.asyncDispose]();
    await lan[Symbol.asyncDispose]();
  });

  test('is read: names, types, comments', async () => {
    const { entries, complete } = await reader.call('read', { host: master.address });
    expect(complete).toBe(true);
    expect(entries).toMatchObject([
      { name: 'ANN-PC', comment: 'lab host ANN-PC' },
      { name: 'BOB-PC', comment: 'Bürö of Bob' },
    ]);
    const [ann, bob] = entries.map(({ serverType }) => serverType & SERVER_TYPE.MASTER_BROWSER);
    expect([ann, bob]).toEqual([SERVER_TYPE.MASTER_BROWSER, 0]);
  });

  test('is read from a server called by its own name, for one domain and one kind of host', async () => {
    const asked = { host: master.address, serverName: 'ANN-PC', domain: WORKGROUP };
    const serverType = SERVER_TYPE.MASTER_BROWSER;
    const { entries } = await reader.call('read', { ...asked, serverType });
    expect(entries.map(({ name }) => name)).toEqual(['ANN-PC']);
  });

  test('of domains names their masters', async () => {
    const serverType = SERVER_TYPE.DOMAIN_ENUM;
    const { entries } = await reader.call('read', { host: master.address, serverType });
    expect(entries).toMatchObject([{ name: WORKGROUP, comment: 'ANN-PC' }]);
  });

  test('of more than 64 KiB is read whole, page by page', async () => {
    const names = Array.from({ length: 3000 }, (_, at) => `HOST-${String(at).padStart(5, '0')}`);
    const lines = names.map((name) => `"${name}" 40001003 "comment of ${name}" "${WORKGROUP}"\n`);
    const group = `"${WORKGROUP}" c0001000 "ANN-PC" "${WORKGROUP}"\n`;
    // What smbd reads; nmbd writes it only when its own list changes.
    const file = join(dirname(master.configFile), 'cache/browse.dat');
    writeFileSync(file, group + lines.join(''));
    const { entries, complete } = await reader.call('read', {
      host: master.address,
      domain: WORKGROUP,
    });
    expect(complete).toBe(true);
    expect(entries.map(({ name }) => name)).toEqual(names);
    expect(entries.at(-1)).toMatchObject({ comment: 'comment of HOST-02999' });
  });

  test('was asked for in words that Wireshark reads without a complaint', async () => {
    const dissections = dissect(capture);
    expect(dissections.length).toBeGreaterThan(30);
    expect(dissections.filter(({ complaints }) => complaints.length > 0)).toEqual([]);
  });
});
