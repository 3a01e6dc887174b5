/** NET SEND between us and Samba's programs. */

import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import { SESSIONS_PER_HOST_MAX } from '@mailslot/core/netbios/internal';
import type { NetMessage } from '@mailslot/services';

import { NamespaceLan } from '../support/lan.ts';
import { until } from '../support/real-time.ts';
import { RemoteProgram } from '../support/remote-program.ts';
import { type LabHost, needsSamba, type Samba, SambaLan, WORKGROUP } from '../support/samba.ts';
import { dissectCapture } from '../support/tshark.ts';
import type {
  MessengerActions,
  MessengerEvent,
  MessengerProgramOptions,
} from './children/messenger-program.ts';

type Program = RemoteProgram<MessengerActions, MessengerEvent>;

const SCRIPT = new URL('children/messenger-program.ts', import.meta.url);

/** What smbclient has room for is two bytes more than what it sends. */
const SMBCLIENT_BYTES = 1600 - 2;

/** Opens connections, says so when all but a few are closed again, and holds those until its input ends. */
const SILENCE = `
  const { connect } = require('node:net');
  const [host, count] = process.argv.slice(1);
  let open = Number(count);
  for (let at = 0; at < Number(count); at++) {
    const socket = connect(139, host);
    socket.on('error', () => {});
    socket.on('close', () => { if (--open === ${SESSIONS_PER_HOST_MAX}) console.log('held'); });
    socket.resume();
  }
  process.stdin.on('end', () => process.exit()).resume();
`;

const able = needsSamba();

function startOn(
  { host }: Pick<LabHost, 'host'>,
  computerName: string,
  options: Omit<MessengerProgramOptions, 'computerName' | 'domain'> = {},
): Promise<Program> {
  return RemoteProgram.start<MessengerActions, MessengerEvent>(
    SCRIPT,
    { computerName, domain: WORKGROUP, ...options } satisfies MessengerProgramOptions,
    host,
  );
}

function messagesOf(program: Program): NetMessage[] {
  return program.events.filter((event) => event.what === 'message');
}

async function received(program: Program, count: number = 1): Promise<NetMessage> {
  await until(() => messagesOf(program).length >= count);
  return messagesOf(program).at(-1)!;
}

/** Text with all kinds of ASCII, and of a length that shows where blocks end. */
function longText(bytes: number): string {
  return Array.from({ length: bytes }, (_, at) => String.fromCharCode(0x21 + (at % 90))).join('');
}

describe.runIf(able)('with a Samba host', () => {
  let lan: SambaLan;
  let samba: Samba;
  let ours: Program;
  let oursAt: LabHost;
  let directory: string;

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'mailslot-messages-'));
    // Samba delivers as its guest account.
    chmodSync(directory, 0o777);
    lan = new SambaLan();
    oursAt = await lan.host();
    samba = await lan.samba({
      name: 'SAMBA',
      smbd: true,
      config: {
        'dos charset': 'CP850',
        'unix charset': 'UTF-8',
        'message command': `/bin/sh -c 'cp %s ${directory}/%f.part; mv ${directory}/%f.part ${directory}/%f'`,
      },
    });
    ours = await startOn(oursAt, 'OURS', { users: ['ANN'] });
  });

  beforeEach(() => {
    ours.events.length = 0;
    rmSync(join(directory, 'OURS'), { force: true });
  });

  afterAll(async () => {
    await ours.kill();
    await lan[Symbol.asyncDispose]();
    rmSync(directory, { recursive: true, force: true });
  });

  /** Runs `smbclient -M`; what it says on its outputs. */
  async function smbclientSends(to: string, text: string): Promise<string> {
    const [command, ...args] = samba.host.command(
      'smbclient',
      '-s',
      samba.configFile,
      '-M',
      to,
      '-U',
      'Berta%',
    );
    const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (words: Buffer) => (output += words.toString()));
    child.stderr.on('data', (words: Buffer) => (output += words.toString()));
    child.stdin.end(text);
    await once(child, 'close');
    return output;
  }

  async function fileFrom(sender: string): Promise<string> {
    const file = join(directory, sender);
    let text: string | undefined;
    await until(() => {
      try {
        text = readFileSync(file, 'utf8');
      } catch {
        return false;
      }
      return true;
    });
    return text!;
  }

  test.each([
    ['a short text', 'Tea is ready.'],
    ['umlauts', 'Der Tee ist fertig: süß & heiß, für Ötzi.'],
    ['two lines', 'Tea is ready.\nHurry!'],
    ['all that it can', longText(SMBCLIENT_BYTES)],
  ])('smbclient -M sends us %s, exact', async (_, text) => {
    await smbclientSends('OURS', text);
    expect(await received(ours)).toMatchObject({
      to: 'OURS',
      text,
      by: 'session',
      address: samba.address,
    });
  });

  test('smbclient -M reaches a user of ours, and is told when there is nobody', async () => {
    await smbclientSends('ANN', 'Hello, Ann.');
    expect(await received(ours)).toMatchObject({ to: 'ANN', text: 'Hello, Ann.' });
    expect(await smbclientSends('NOBODY', 'Hello?')).toMatch(/failed|error/i);
    expect(messagesOf(ours)).toHaveLength(1);
  });

  test('a thousand connections that say nothing are held to a few, and keep nobody out for long', async () => {
    const [command, ...args] = samba.host.command(
      process.execPath,
      '-e',
      SILENCE,
      oursAt.address,
      '1000',
    );
    const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');
    expect((await ours.call('stats')).sessions).toBe(SESSIONS_PER_HOST_MAX);
    child.stdin.end();
    await once(child, 'close');
    await until(async () => (await ours.call('stats')).sessions === 0);
    await smbclientSends('OURS', 'Tea?');
    expect(await received(ours)).toMatchObject({ text: 'Tea?' });
  });

  test.each([
    ['a short text', 'Tea is ready.'],
    ['umlauts', 'Der Tee ist fertig: süß & heiß, für Ötzi.'],
    ['1 600 bytes', longText(1600)],
  ])('we send %s to Samba, which hands it to its message command, exact', async (_, text) => {
    const capture = await oursAt.host.capture('eth0', 'tcp port 139');
    expect(await ours.call('send', 'SAMBA', text)).toEqual({
      by: 'session',
      address: samba.address,
    });
    expect(await fileFrom('OURS')).toBe(text);
    const frames = dissectCapture(capture.pcap, 'nbss');
    expect(frames.length).toBeGreaterThan(0);
    expect(frames.filter(({ complaints }) => complaints.length > 0)).toEqual([]);
  });
});

describe.runIf(able)('NET SEND to the domain', () => {
  const HOSTS = 5;
  let lan: NamespaceLan;
  let networks: readonly [SambaLan, SambaLan];
  let programs: Program[];

  beforeEach(async () => {
    lan = new NamespaceLan();
    networks = [new SambaLan({ lan, subnet: '10.77.0' }), new SambaLan({ lan, subnet: '10.77.1' })];
    programs = [];
    for (let at = 1; at <= HOSTS; at++) {
      const host = await networks[0].host();
      await networks[1].connect(host.host, 'eth1', at);
      programs.push(await startOn(host, `PC-${at}`));
    }
  });

  afterEach(async () => {
    await Promise.all(programs.map((program) => program.kill()));
    await lan[Symbol.asyncDispose]();
  });

  test('is received once by each of 5 hosts with two interfaces, from us and from Windows', async () => {
    const [sender, ...others] = programs;
    expect(await sender!.call('owns', 'PC-1<03>')).toEqual([true, true]);
    expect(await sender!.call('send', '*', 'Tea!')).toMatchObject({ by: 'mailslot' });
    await Promise.all(programs.map((program) => received(program)));
    await sender!.call('sendAsWindows', 'Cake!');
    await Promise.all(others.map((program) => received(program, 2)));
    await until(async () => {
      const stats = await Promise.all(others.map((program) => program.call('stats')));
      return stats.every(({ copies }) => copies === 1);
    });
    for (const program of others) {
      expect(messagesOf(program).map(({ text }) => text)).toEqual(['Tea!', 'Cake!']);
    }
    expect(messagesOf(sender!).map(({ text }) => text)).toEqual(['Tea!']);
  });
});
