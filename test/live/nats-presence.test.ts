/** Presence over NATS: between processes, in a crowd, with secrets, through a failover, and of peers that are on a LAN too. */

import type { ChildProcess } from 'node:child_process';
import { randomInt } from 'node:crypto';

import { joinNetwork, udp } from '@mailslot/core';
import { switchboardOf } from '@mailslot/core/internal';
import { nats } from '@mailslot/core/nats';
import {
  createIdentity,
  discover,
  type DiscoverOptions,
  type Lobby,
  watch,
} from '@mailslot/discovery';
import { TYPE } from '@mailslot/discovery/internal';
import { connect } from '@nats-io/transport-node';
import { afterEach, describe, expect, test } from 'vitest';

import { CliNetwork } from '../support/cli.ts';
import { forkSource } from '../support/fork-source.ts';
import { freePort, hasNatsServer, NatsServer, startCluster } from '../support/nats-server.ts';
import { until } from '../support/real-time.ts';

const PEER = new URL('children/nats-peer.ts', import.meta.url);
const CROWD = new URL('children/nats-crowd.ts', import.meta.url);

/** The second octet of a message: see docs/wire-presence.md. */
const TYPE_OFFSET = 1;

const cleanups: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

function kept<Resource extends AsyncDisposable>(resource: Resource): Resource {
  cleanups.push(async () => resource[Symbol.asyncDispose]());
  return resource;
}

function peer(servers: string, name: string): ChildProcess {
  const child = forkSource(PEER, [servers, name]);
  cleanups.push(async () => child.kill('SIGKILL'));
  return child;
}

async function lobbyOf(
  name: string,
  servers: string | readonly string[],
  options: DiscoverOptions = {},
): Promise<Lobby> {
  return kept(await discover('tanks', { name, transports: [nats({ servers })], ...options }));
}

function names({ peers }: { readonly peers: readonly { readonly name: string }[] }): string[] {
  return peers.map(({ name }) => name);
}

describe.skipIf(!hasNatsServer)('presence over NATS', () => {
  test('processes find each other, say goodbye, and are missed when they are killed', async () => {
    const { url } = kept(await NatsServer.start());
    const watcher = kept(await watch('tanks', { transports: [nats({ servers: url })] }));
    const downs: string[] = [];
    watcher.events$.subscribe((event) => {
      if (event.type === 'down') downs.push(`${event.peer.name} ${event.reason}`);
    });
    const seen = new Map<string, unknown>();
    const children = ['Ann', 'Bob', 'Cid'].map((name) =>
      peer(url, name).on('message', (others) => seen.set(name, others)),
    );
    await until(() => watcher.peers.length === 3 && [...seen.values()].flat().length === 6);
    expect(seen.get('Ann')).toEqual(['Bob', 'Cid']);
    expect(watcher.peers[0]).toMatchObject({ addresses: [], interfaces: ['nats'] });

    children[1]!.send('close');
    await until(() => downs.length === 1);
    children[2]!.kill('SIGKILL');
    await until(() => downs.length === 2, 30_000);
    expect(downs).toEqual(['Bob goodbye', 'Cid expired']);
    expect(names(watcher)).toEqual(['Ann']);
  });

  test('peers write to one another', async () => {
    const { url } = kept(await NatsServer.start());
    const [ann, bob] = [await lobbyOf('Ann', url), await lobbyOf('Bob', url)];
    await until(() => ann.peers.length === 1 && bob.peers.length === 1);
    const texts: string[] = [];
    bob.messages$.subscribe((message) => texts.push(message.text()));
    await ann.send(ann.peers[0]!, 'hello, Bob');
    await until(() => texts.length === 1);
    expect(texts).toEqual(['hello, Bob']);
  });

  test('the program announces, watches and sends by --nats, and waits for the server', async () => {
    const port = await freePort();
    const url = `nats://127.0.0.1:${port}`;
    const cli = kept(await CliNetwork.create());
    const nats = ['--transport', 'nats', '--nats', url] as const;
    const place = ['--domain', cli.domain, ...nats] as const;
    const watching = await cli.runBare('peers', 'tanks', '--json', ...place).begun();
    await until(() => watching.err.includes('ERROR_BAD_NETPATH'));
    kept(await NatsServer.start('', port));
    cli.runBare('announce', 'tanks', '--name', 'Ann', ...place);
    await until(() => watching.lines.length === 1);
    expect(watching.objects[0]).toMatchObject({ type: 'up', peer: { name: 'Ann' } });
    const listening = await cli.runBare('listen', 'lobby', '--json', ...place).begun();
    const send = ['send', '//*/mailslot/lobby', 'hello', ...place] as const;
    expect(await cli.runBare(...send).exited).toBe(0);
    await until(() => listening.lines.length === 1);
    expect(listening.objects[0]).toMatchObject({ transport: 'nats', text: 'hello' });
  });

  test('a server that is killed takes nobody along, and newcomers are seen within 3 s', async () => {
    const servers = await startCluster(3);
    for (const server of servers) kept(server);
    const urls = servers.map(({ url }) => url);
    const lobbies: Lobby[] = [];
    for (let at = 0; at < 6; at++) lobbies.push(await lobbyOf(`Peer ${at}`, urls[at % 3]!));
    await until(() => lobbies.every(({ peers }) => peers.length === 5));
    const downs: string[] = [];
    for (const lobby of lobbies) {
      lobby.events$.subscribe(({ type }) => type === 'down' && downs.push(lobby.me.name));
    }
    const killedAt = performance.now();
    await servers[0]!.kill();
    const late = await lobbyOf('Late', urls.slice(1));
    await until(() => [late, ...lobbies].every(({ peers }) => peers.length === 6));
    expect(performance.now() - killedAt).toBeLessThan(3000);
    expect(downs).toEqual([]);
  });

  test('who is on the LAN and on NATS is one peer, by several ways', async () => {
    const { url: servers } = kept(await NatsServer.start());
    const port = randomInt(19_000, 19_700);
    const lan = () => udp({ interfaces: ['loopback'], port });
    const ann = kept(
      await discover('tanks', { name: 'Ann', transports: [lan(), nats({ servers })] }),
    );
    const bob = kept(
      await discover('tanks', { name: 'Bob', transports: [nats({ servers }), lan()] }),
    );
    const far = await lobbyOf('Far', servers);
    const near = kept(await discover('tanks', { name: 'Near', transports: [lan()] }));
    await until(() => ann.peers.length === 3 && bob.peers.length === 3);
    await until(() => ann.peers[0]!.interfaces.length === 2);
    expect(names(ann)).toEqual(['Bob', 'Far', 'Near']);
    await until(() => bob.peers[0]!.interfaces.length === 2);
    // The nearer way comes first, whichever transport was named first or is the faster.
    for (const lobby of [ann, bob]) expect(lobby.peers[0]!.interfaces).toEqual(['lo', 'nats']);
    expect(ann.pathsOf(ann.peers[0]!)).toMatchObject([
      { address: '127.0.0.1', interfaces: ['lo'] },
      { address: undefined, interfaces: ['nats'] },
    ]);
    await until(() => far.peers.length === 2 && near.peers.length === 2);
    expect([names(far), names(near)]).toEqual([
      ['Ann', 'Bob'],
      ['Ann', 'Bob'],
    ]);

    // Letters take the nearer way, and NATS where that is the only one.
    const client = await connect({ servers });
    cleanups.push(() => client.close());
    const relayed: string[] = [];
    client.subscribe('mailslot.*.station.>', {
      callback: (_, { subject }) => {
        if (subject.includes('.MPP=5c')) relayed.push(subject);
      },
    });
    await client.flush();
    const texts: string[] = [];
    for (const lobby of [bob, far, near]) {
      lobby.messages$.subscribe((message) => texts.push(`${lobby.me.name}: ${message.text()}`));
    }
    for (const to of ann.peers) await ann.send(to, 'hello');
    await until(() => texts.length === 3 && relayed.length > 0);
    expect(texts.toSorted()).toEqual(['Bob: hello', 'Far: hello', 'Near: hello']);
    expect(relayed).toHaveLength(1);
  });

  test('a newcomer among two hundred has its list from one of them', async () => {
    const { url } = kept(await NatsServer.start());
    const seen = new Map<number, number>();
    for (const first of [0, 100]) {
      const child = forkSource(CROWD, [url, String(first), '100']);
      cleanups.push(async () => child.kill('SIGKILL'));
      child.on('message', (least: number) => seen.set(first, least));
    }
    await until(() => [0, 100].every((first) => seen.get(first) === 199), 60_000);

    const network = kept(await joinNetwork({ transports: [nats({ servers: url })] }));
    const answered = new Map<number, Set<string>>();
    switchboardOf(network).tap(({ address, data, source }) => {
      if (address.kind !== 'direct') return;
      const type = data[TYPE_OFFSET]!;
      answered.set(type, (answered.get(type) ?? new Set()).add(source.id));
    });
    const newcomer = kept(await discover('crowd', { name: 'Newcomer', network }));
    await newcomer.waitFor(200, { timeoutMs: 10_000 });
    expect(answered.get(TYPE.PAGE)?.size).toBe(1);
    expect(answered.get(TYPE.ANNOUNCE)?.size).toBeLessThanOrEqual(4);
    await until(() => [0, 100].every((first) => seen.get(first) === 200));
    expect(newcomer.stats().drops.limit).toBeUndefined();
  }, 90_000);

  test.each<[what: string, right: DiscoverOptions, wrong: DiscoverOptions]>([
    ['a secret', { secret: 'mild crane over tin roof' }, { secret: 'mild crane over tin door' }],
    [
      'a secret and encryption',
      { secret: 'mild crane over tin roof', encrypt: true },
      { secret: 'mild crane over tin door', encrypt: true },
    ],
  ])('%s keeps out whoever has another, and counts it', async (_, right, wrong) => {
    const { url } = kept(await NatsServer.start());
    const [ann, bob] = [await lobbyOf('Ann', url, right), await lobbyOf('Bob', url, right)];
    const eve = await lobbyOf('Eve', url, wrong);
    await until(() => [ann, bob].every(({ peers }) => peers.length === 1));
    const letters: string[] = [];
    bob.messages$.subscribe((message) => letters.push(`${message.from.name}: ${message.text()}`));
    await ann.send(ann.peers[0]!, 'hello, Bob');
    await until(() => letters.length === 1 && (ann.stats().drops.security ?? 0) > 0);
    await until(() => (eve.stats().drops.security ?? 0) > 0);
    expect([names(ann), names(bob), names(eve), letters]).toEqual([
      ['Bob'],
      ['Ann'],
      [],
      ['Ann: hello, Bob'],
    ]);
    await bob.close();
    await until(() => ann.peers.length === 0);
  });

  test('peers with identities know each other by their keys, and hear those they trust', async () => {
    const { url } = kept(await NatsServer.start());
    const [annsOwn, bobsOwn, evesOwn] = [createIdentity(), createIdentity(), createIdentity()];
    const trust = [annsOwn.publicKey, bobsOwn.publicKey];
    const ann = await lobbyOf('Ann', url, { identity: annsOwn, trust });
    const bob = await lobbyOf('Bob', url, { identity: bobsOwn, trust });
    await lobbyOf('Eve', url, { identity: evesOwn });
    await until(() => ann.peers.length === 1 && bob.peers.length === 1);
    await until(() => (ann.stats().drops.security ?? 0) > 0);
    expect([ann.peers[0]!.key, bob.peers[0]!.key]).toEqual([bobsOwn.publicKey, annsOwn.publicKey]);
    const letters: string[] = [];
    bob.messages$.subscribe((message) => letters.push(`${message.from.name}: ${message.text()}`));
    await ann.send(ann.peers[0]!, 'hello, Bob');
    await until(() => letters.length === 1);
    expect(letters).toEqual(['Ann: hello, Bob']);
  });
});
