/** LANs that cannot reach each other, joined by `mailslot bridge` over a real NATS server that only the bridges reach. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { type Bridge, type Capture, hasNamespaces, type Host } from '../support/lan.ts';
import { LobbyPeer, Town } from '../support/lobby-peers.ts';
import { hasNatsServer } from '../support/nats-server.ts';
import { ProgramOn } from '../support/program-on.ts';
import { until } from '../support/real-time.ts';
import { needs } from '../support/requirement.ts';
import type { LobbyPeerOptions } from './children/lobby-peer.ts';

const URL = 'nats://10.99.0.1:4222';

/** Presence promises 2.5 s where a host is cut off, of a computer that has time; here two processors are ten hosts. */
const EXPIRY_MS = 4_000;

let town: Town;
let uplink: Bridge;
let server: ChildProcess;
let programs: ProgramOn[];

beforeEach(async () => {
  town = new Town();
  uplink = town.lan.bridge();
  programs = [];
  const host = town.lan.host();
  await host.connect(uplink, 'eth0', ['10.99.0.1/24'], { ipv6: false });
  const [command, ...args] = host.command('nats-server', '-a', '10.99.0.1', '-p', '4222');
  server = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let log = '';
  server.stderr!.setEncoding('utf8').on('data', (text: string) => (log += text));
  await until(() => log.includes('Server is ready'));
});

afterEach(async () => {
  await Promise.all(programs.map((program) => program.kill()));
  const ended = once(server, 'exit');
  server.kill('SIGKILL');
  await ended;
  await town[Symbol.asyncDispose]();
});

/** A LAN, with the same addresses as any other, and what is on it. */
class Site {
  readonly name: string;
  readonly hosts: Host[] = [];
  readonly #wire: Bridge = town.lan.bridge();

  constructor(name: string) {
    this.name = name;
  }

  async host(): Promise<Host> {
    const host = town.lan.host();
    this.hosts.push(host);
    await host.connect(this.#wire, 'eth0', [`10.77.0.${this.hosts.length}/24`]);
    return host;
  }

  /** A host that reaches the server, too, by an interface that is not for peers. */
  async gateway(): Promise<Host> {
    const host = await this.host();
    const number = 10 * (this.name.codePointAt(0)! - 64) + this.hosts.length;
    await host.connect(uplink, 'eth1', [`10.99.0.${number}/24`], { ipv6: false });
    return host;
  }

  async peer(name: string, security?: LobbyPeerOptions['security']): Promise<LobbyPeer> {
    return this.#begin({ name, ...(security && { security }) }, await this.host());
  }

  /** One that is on this LAN and on the server. */
  async peerOnBoth(name: string): Promise<LobbyPeer> {
    return this.#begin({ name, udp: { interfaces: ['eth0'] }, servers: URL }, await this.gateway());
  }

  #begin(options: LobbyPeerOptions, host: Host): LobbyPeer {
    const peer = new LobbyPeer(options, host);
    town.peers.push(peer);
    return peer;
  }
}

async function bridgeOn(host: Host, computer: string): Promise<ProgramOn> {
  const what = ['bridge', '--from', 'udp', '--to', 'nats', '--service', 'tanks', '--json'];
  const where = ['--nats', URL, '--interface', 'eth0', '--computer', computer];
  const program = new ProgramOn(host, [...what, ...where]);
  programs.push(program);
  await until(() => program.err.includes('Bridging'));
  return program;
}

/** The ways from one peer to another, the nearest first: interface and address of each. */
async function ways(from: LobbyPeer, { name }: LobbyPeer): Promise<string[]> {
  const paths = await from.pathsOf(name);
  return paths.map(({ interfaces, address = '' }) => `${interfaces.join()} ${address}`);
}

/** What a bridge has passed on, as it says when it ends. */
async function endedCounts(bridge: ProgramOn) {
  bridge.end();
  await bridge.exited;
  const { toLan, toBeyond, drops } = JSON.parse(bridge.out.trim().split('\n').at(-1)!);
  return { toLan: Number(toLan.messages), toBeyond: Number(toBeyond.messages), drops };
}

/** Of the flags of a frame: that a bridge has brought it, and how a copy for all travels. See docs/wire-udp.md. */
const RELAYED = 0x40;
const WAY = 0x30;

/**
 * How often the most frequent message to all was on a wire, of those that bridges brought and of the others. Whoever was
 * alone there at first, as a bridge may be, broadcasts for some seconds what it sends by multicast, and is answered so:
 * that is one copy for each way, and no loop.
 */
function mostCopies(capture: Capture): { native: number; relayed: number; both: number } {
  const copies = { native: new Map<string, number>(), relayed: new Map<string, number>() };
  for (const { destinationPort, payload } of capture.datagrams) {
    if (destinationPort !== 19_795 || payload[0] !== 0x4d) continue;
    const flags = payload[2]!;
    const kind = (flags & RELAYED) === 0 ? 'native' : 'relayed';
    const message = `${Buffer.from(payload.subarray(8, 18)).toString('hex')} ${flags & WAY}`;
    copies[kind].set(message, (copies[kind].get(message) ?? 0) + 1);
  }
  const both = [...copies.relayed.keys()].filter((message) => copies.native.has(message));
  return { native: most(copies.native), relayed: most(copies.relayed), both: both.length };
}

function most(counts: ReadonlyMap<string, number>): number {
  return Math.max(0, ...counts.values());
}

function events(type: string): string[] {
  return town.peers.flatMap((peer) =>
    peer.events.filter((event) => event.startsWith(type)).map((event) => `${peer.name}: ${event}`),
  );
}

describe.skipIf(!hasNatsServer || !needs('namespaces and tcpdump', hasNamespaces()))(
  'bridges between LANs',
  { timeout: 60_000 },
  () => {
    test.each([undefined, 'encrypted', 'signed'] as const)(
      'every peer sees every other within 500 ms, and writes to it: %s',
      async (security) => {
        const [a, b] = [new Site('A'), new Site('B')];
        await bridgeOn(await a.gateway(), 'SITE-A');
        await bridgeOn(await b.gateway(), 'SITE-B');
        const ann = await a.peer('Ann', security);
        const all = [ann, await a.peer('Abe', security), await b.peer('Bob', security)];
        await Promise.all(all.map((peer) => peer.ready()));
        const togetherMs = await town.whole();
        const bea = await (await b.peer('Bea', security)).ready();
        const newcomerMs = await town.whole();
        console.log({ security, togetherMs, newcomerMs });
        expect(Math.max(togetherMs, newcomerMs)).toBeLessThan(500);
        expect(bea.addressesOf('Ann')).toEqual([]);
        ann.send('Bea', 'over');
        bea.send('Ann', 'and back');
        await until(() => ann.texts.length === 1 && bea.texts.length === 1);
        expect([bea.texts, ann.texts]).toEqual([['over'], ['and back']]);
        expect([...events('down'), ...town.trouble]).toEqual([]);
      },
    );

    test('who is on the server besides is one peer to all, and takes the nearest way to each', async () => {
      const [a, b] = [new Site('A'), new Site('B')];
      await bridgeOn(await a.gateway(), 'SITE-A');
      await bridgeOn(await b.gateway(), 'SITE-B');
      const both = await a.peerOnBoth('Both');
      const [near, far] = [await a.peer('Near'), await b.peer('Far')];
      const peers = [both, near, far];
      await town.whole(20_000);
      await until(async () => /^eth0 10.*,nats $/.test((await ways(both, near)).join()));
      await until(async () => (await ways(both, far)).join() === 'nats ,eth0 ');
      await until(async () => (await ways(near, both)).join().startsWith('eth0 10'));
      for (const from of peers) {
        for (const to of peers) if (to !== from) from.send(to.name, `${from.name} to ${to.name}`);
      }
      await until(() => peers.every(({ texts }) => texts.length === 2));
      expect(peers.map(({ texts }) => texts.toSorted())).toEqual([
        ['Far to Both', 'Near to Both'],
        ['Both to Near', 'Far to Near'],
        ['Both to Far', 'Near to Far'],
      ]);
      expect([...events('down'), ...town.trouble]).toEqual([]);
    });

    test('a bridge that is killed is noticed, and when it is back the lists are right again', async () => {
      const [a, b] = [new Site('A'), new Site('B')];
      const gateway = await a.gateway();
      const first = await bridgeOn(gateway, 'SITE-A');
      const other = await bridgeOn(await b.gateway(), 'SITE-B');
      const peers = [
        await a.peer('Ann'),
        await a.peer('Abe'),
        await b.peer('Bob'),
        await b.peer('Bea'),
      ];
      await town.whole(20_000);
      await until(() => other.out.includes('SITE-A'));
      const capture = await peers[3]!.host.capture('eth0');
      await first.kill();
      const apartMs = await until(() => peers.every(({ seen }) => seen.size === 1));
      await until(() => other.out.includes('"down"'));
      const second = await bridgeOn(gateway, 'SITE-A');
      const againMs = await town.whole();
      console.log({ apartMs, againMs });
      expect(Math.max(apartMs, againMs)).toBeLessThan(EXPIRY_MS);
      expect(events('down')).toHaveLength(8);
      expect(town.trouble).toEqual([]);
      expect(mostCopies(capture)).toEqual({ native: 1, relayed: 1, both: 0 });
      const [ofSecond, ofOther] = [await endedCounts(second), await endedCounts(other)];
      console.log({ ofSecond, ofOther });
      expect(ofSecond.toLan).toBeLessThanOrEqual(ofOther.toBeyond);
    });

    test('of two bridges on a LAN either may go, and nobody notices', async () => {
      const [a, b] = [new Site('A'), new Site('B')];
      const one = await bridgeOn(await a.gateway(), 'SITE-A1');
      const two = await bridgeOn(await a.gateway(), 'SITE-A2');
      const far = await bridgeOn(await b.gateway(), 'SITE-B');
      const [ann, bob] = [await a.peer('Ann'), await b.peer('Bob')];
      const abe = await a.peer('Abe');
      await town.whole(20_000);
      const capture = await abe.host.capture('eth0');
      await until(() => [one, two, far].every(({ out }) => out.split('"up"').length === 3));
      await until(() => mostCopies(capture).relayed === 2);
      await one.kill();
      await until(() => two.out.includes('"down"') && far.out.includes('"down"'));
      bob.send('Ann', 'still there?');
      await until(() => ann.texts.length === 1);
      expect(events('down')).toEqual([]);
      expect([ann.texts, town.isWhole, town.trouble]).toEqual([['still there?'], true, []]);
      const copies = mostCopies(capture);
      const [ofTwo, ofFar] = [await endedCounts(two), await endedCounts(far)];
      console.log({ copies, ofTwo, ofFar });
      expect(copies).toMatchObject({ native: 1, relayed: 2 });
      expect(ofFar.toLan).toBeLessThanOrEqual(ofTwo.toBeyond + Number(ofTwo.drops.duplicate));
    });
  },
);
