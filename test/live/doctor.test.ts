/** `mailslot doctor` in networks of namespaces: each fault, switched on, fails its own check and no other. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import type { Finding } from '@mailslot/core';

import { PROGRAM } from '../support/cli.ts';
import {
  type Bridge,
  hasNamespaces,
  hasNftables,
  type Host,
  NamespaceLan,
} from '../support/lan.ts';
import { needs } from '../support/requirement.ts';
import { Stations, type StationProcess } from '../support/udp-stations.ts';

const PORT = 19_795;
const GROUP = '239.255.77.83';
const GROUP6 = 'ff12::8000:4d53';

/** Of the datagram after which a capture has seen everything. */
const FENCE_PORT = 9;

/** How often a station speaks that is to be heard during an examination. */
const SPEECH_MS = 100;

let lan: NamespaceLan;
let stations: Stations;
let runtime: string;
const programs: ChildProcess[] = [];
const speeches: NodeJS.Timeout[] = [];

beforeEach(() => {
  lan = new NamespaceLan();
  stations = new Stations();
  runtime = mkdtempSync(join(tmpdir(), 'mailslot-doctor-'));
});

afterEach(async () => {
  for (const speech of speeches.splice(0)) clearInterval(speech);
  await stations[Symbol.asyncDispose]();
  for (const program of programs.splice(0)) {
    program.kill('SIGKILL');
    await once(program, 'exit');
  }
  await lan[Symbol.asyncDispose]();
  rmSync(runtime, { recursive: true });
});

/** Two hosts on a bridge, the examined one and a neighbour. */
interface Scene {
  readonly here: Host;
  readonly there: Host;
  readonly bridge: Bridge;
}

async function scene(): Promise<Scene> {
  const [bridge, here, there] = [lan.bridge(), lan.host(), lan.host()];
  await here.connect(bridge, 'eth0', ['10.77.0.1/24']);
  await there.connect(bridge, 'eth0', ['10.77.0.2/24']);
  return { here, there, bridge };
}

function neighbour(host: Host): Promise<StationProcess> {
  return stations.listener({ computerName: 'BOB-PC', udp: {} }, host);
}

interface Examined {
  readonly status: number | null;
  readonly findings: readonly Finding[];
  /** What it noted on standard error. */
  readonly notes: string;
  /** The checks that failed, each once. */
  readonly failed: readonly string[];
}

/** Runs the built program on a host. */
async function examine(host: Host, ...options: readonly string[]): Promise<Examined> {
  const [command, ...args] = host.command(
    process.execPath,
    PROGRAM,
    'doctor',
    '--json',
    ...options,
  );
  const doctor = spawn(command, args, {
    env: { ...process.env, XDG_RUNTIME_DIR: runtime },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  programs.push(doctor);
  let output = '';
  let notes = '';
  doctor.stderr.setEncoding('utf8').on('data', (text: string) => (notes += text));
  doctor.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  const [status] = (await once(doctor, 'close')) as [number | null];
  programs.splice(programs.indexOf(doctor), 1);
  const findings = output
    .split('\n')
    .filter(Boolean)
    .map((line): Finding => JSON.parse(line));
  const failed = findings.filter(({ ok }) => ok === false).map(({ check }) => check);
  return { status, findings, notes, failed: [...new Set(failed)] };
}

/** Drops packets on a host or a bridge, where they come in, go out or pass. */
function drop(
  where: Host | Bridge,
  hook: 'input' | 'output' | 'forward',
  ...rules: string[]
): void {
  const family = hook === 'forward' ? 'bridge' : 'inet';
  const table = [
    `add table ${family} fault`,
    `add chain ${family} fault rules { type filter hook ${hook} priority 0; }`,
    ...rules.map((rule) => `add rule ${family} fault rules ${rule} drop`),
  ];
  where.run('nft', table.join('; '));
}

/** A program that has the port and does not share it. */
async function hog(host: Host): Promise<void> {
  const script = `require('node:dgram').createSocket('udp4').bind(${PORT}, () => console.log())`;
  const [command, ...args] = host.command(process.execPath, '-e', script);
  const program = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  programs.push(program);
  await once(program.stdout, 'data');
}

/** A tunnel, as a VPN makes it, that takes over the LAN. */
function tunnel(host: Host): void {
  host.ip('link', 'add', 'tun0', 'type', 'veth', 'peer', 'name', 'far');
  for (const device of ['tun0', 'far']) {
    host.set(`net/ipv6/conf/${device}/disable_ipv6`, '1');
    host.ip('link', 'set', device, 'up');
  }
  host.ip('addr', 'add', '10.8.0.1/32', 'dev', 'tun0');
  for (const half of ['10.77.0.0/25', '10.77.0.128/25']) {
    host.ip('route', 'add', half, 'dev', 'tun0');
  }
}

/** Lets a station be heard until the test ends. */
function speak(station: StationProcess): void {
  speeches.push(setInterval(() => void station.send('\\\\*\\mailslot\\lobby', 'hello'), SPEECH_MS));
}

interface Fault {
  readonly fault: string;
  readonly fails: Finding['check'];
  /** Switches it on. What it returns are options for the doctor. */
  readonly on: (
    scene: Scene & { readonly bob: StationProcess },
  ) => readonly string[] | void | Promise<void>;
}

const FAULTS: readonly Fault[] = [
  {
    fault: 'no network',
    fails: 'interfaces',
    on: ({ here }) => here.disconnect('eth0'),
  },
  {
    fault: 'an interface that is not there',
    fails: 'interfaces',
    on: () => ['--interface', 'eth0', '--interface', 'eth9'],
  },
  {
    fault: 'an interface that is down',
    fails: 'interfaces',
    on: ({ here }) => {
      here.ip('link', 'add', 'eth1', 'type', 'veth', 'peer', 'name', 'far');
      return ['--interface', 'eth0', '--interface', 'eth1'];
    },
  },
  {
    fault: 'a directory that others can enter',
    fails: 'local',
    on: () => {
      mkdirSync(join(runtime, 'mailslot'));
      chmodSync(join(runtime, 'mailslot'), 0o777);
    },
  },
  {
    fault: 'a program that does not share the port',
    fails: 'port',
    on: ({ here }) => hog(here),
  },
  {
    fault: 'no more groups to join',
    fails: 'join',
    on: ({ here }) => here.set('net/ipv4/igmp_max_memberships', '0'),
  },
  {
    fault: 'a firewall that lets no multicast out',
    fails: 'send',
    on: ({ here }) => drop(here, 'output', `ip daddr ${GROUP}`),
  },
  {
    fault: 'a firewall that closes the port',
    fails: 'firewall',
    on: ({ here }) => drop(here, 'input', `udp dport ${PORT}`),
  },
  {
    fault: 'multicast that is dropped here',
    fails: 'multicast',
    on: ({ here }) => drop(here, 'input', `ip daddr ${GROUP}`),
  },
  {
    fault: 'broadcast that is dropped here',
    fails: 'broadcast',
    on: ({ here }) => drop(here, 'input', 'ip daddr 10.77.0.255'),
  },
  {
    fault: 'a VPN that takes over the LAN',
    fails: 'route',
    on: ({ here }) => tunnel(here),
  },
  {
    fault: 'a switch that filters multicast',
    fails: 'network',
    on: ({ bridge }) => drop(bridge, 'forward', `ip daddr ${GROUP}`, `ip6 daddr ${GROUP6}`),
  },
  {
    fault: 'a neighbour that lets no multicast in',
    fails: 'multicast-out',
    on: ({ there }) => drop(there, 'input', `ip daddr ${GROUP}`),
  },
  {
    fault: 'multicast of others that is dropped here',
    fails: 'multicast-in',
    on: ({ here }) => drop(here, 'input', `ip saddr 10.77.0.2 ip daddr ${GROUP}`),
  },
  {
    fault: 'answers that are dropped here',
    fails: 'unicast',
    on: ({ here, bob }) => {
      speak(bob);
      drop(here, 'input', 'iifname "eth0" meta pkttype host meta l4proto udp');
    },
  },
  {
    fault: 'another domain than that of the others',
    fails: 'domain',
    on: () => ['--domain', 'ELSEWHERE'],
  },
  {
    fault: 'a seed that is silent',
    fails: 'seeds',
    on: () => ['--seed', '10.77.0.9'],
  },
  {
    fault: 'a seed that no route leads to',
    fails: 'seeds',
    on: () => ['--seed', '10.99.0.1'],
  },
];

const able = needs('root, iproute2, tcpdump and nft', hasNamespaces() && hasNftables());

describe.runIf(able)('the doctor', () => {
  test('finds nothing wrong with two computers that are well', async () => {
    const { here, there } = await scene();
    await neighbour(there);
    const { status, findings, failed } = await examine(here, '--seed', '10.77.0.2');
    expect(failed).toEqual([]);
    expect(status).toBe(0);
    const well = new Set(findings.filter(({ ok }) => ok === true).map(({ check }) => check));
    const judged = new Set<Finding['check']>(['environment', 'classic-ports']);
    const rest = new Set(findings.map(({ check }) => check).filter((check) => !judged.has(check)));
    expect([...rest].filter((check) => !well.has(check))).toEqual([]);
    expect(findings.find(({ check }) => check === 'peers')?.detail).toContain('10.77.0.2');
    for (const finding of findings.filter(({ interface: name }) => name === 'eth0')) {
      expect(finding.ok).toBe(true);
    }
  });

  test('finds nothing wrong with a computer that is alone, and says so', async () => {
    const { here } = await scene();
    const { status, findings, failed } = await examine(here);
    expect(failed).toEqual([]);
    expect(status).toBe(0);
    expect(findings).toContainEqual(
      expect.objectContaining({
        check: 'peers',
        ok: null,
        detail: 'nobody on another computer answers',
      }),
    );
  });

  test('finds nothing wrong with two computers that have IPv6 only', async () => {
    const [bridge, here, there] = [lan.bridge(), lan.host(), lan.host()];
    for (const host of [here, there]) await host.connect(bridge, 'eth0', []);
    await neighbour(there);
    const { status, findings, failed } = await examine(here);
    expect(failed).toEqual([]);
    expect(status).toBe(0);
    expect(findings).toContainEqual(expect.objectContaining({ check: 'unicast', ok: true }));
  });

  test('sees both LANs of a computer, and puts nothing on one that is left out', async () => {
    const here = lan.host();
    for (const at of [0, 1]) {
      const [bridge, there] = [lan.bridge(), lan.host()];
      await here.connect(bridge, `eth${at}`, [`10.${at}.0.1/24`]);
      await there.connect(bridge, 'eth0', [`10.${at}.0.2/24`]);
      await neighbour(there);
    }
    here.ip('route', 'add', 'default', 'via', '10.0.0.2');
    const both = await examine(here);
    expect(both.failed).toEqual([]);
    expect(both.status).toBe(0);
    const peers = both.findings.find(({ check }) => check === 'peers');
    expect(peers?.detail).toMatch(/^2 programs .*10\.[01]\.0\.2.*10\.[01]\.0\.2/);

    const capture = await here.capture('eth0');
    const one = await examine(here, '--interface', 'eth1');
    expect(one.failed).toEqual([]);
    here.ping('10.0.0.2');
    await capture.saw(FENCE_PORT);
    expect(
      capture.datagrams.filter(({ destinationPort }) => destinationPort !== FENCE_PORT),
    ).toEqual([]);
  });

  test('counts the other programs of this computer, with which it shares the port', async () => {
    const { here } = await scene();
    await neighbour(here);
    await stations.listener({ computerName: 'ANN-PC', udp: {} }, here);
    const { status, findings } = await examine(here);
    expect(status).toBe(0);
    const finding = findings.find(({ check }) => check === 'programs');
    expect(finding?.detail).toMatch(/^2 other Mailslot programs/);
  });

  test.each(FAULTS)('of $fault fails $fails alone', async ({ fails, on }) => {
    const place = await scene();
    const bob = await neighbour(place.there);
    const options = (await on({ ...place, bob })) ?? [];
    const { status, findings, notes, failed } = await examine(place.here, ...options);
    expect(failed).toEqual([fails]);
    expect(notes).toBe(`mailslot: Something is wrong: ${fails}.\n`);
    expect(status).toBe(1);
    for (const finding of findings.filter(({ ok }) => ok === false)) {
      expect(finding.meaning).toMatch(/\w/);
      expect(finding.advice).toMatch(/\w/);
    }
  });
});
