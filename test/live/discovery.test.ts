/** Presence between real processes, on loopback. */

import type { ChildProcess } from 'node:child_process';

import { udp } from '@mailslot/core';
import { watch } from '@mailslot/discovery';
import { afterEach, expect, test } from 'vitest';

import { forkSource } from '../support/fork-source.ts';
import { until } from '../support/real-time.ts';

const PEER = new URL('children/discovery-peer.ts', import.meta.url);
/** Below those that the system gives away. */
const port = 19_000 + (process.pid % 700);

const children: ChildProcess[] = [];

function peer(name: string, goodbyeOnExit = false): ChildProcess {
  const child = forkSource(PEER, ['tanks', String(port), name, String(goodbyeOnExit)]);
  children.push(child);
  return child;
}

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

async function watchTanks() {
  const watcher = await watch('tanks', {
    transports: [udp({ interfaces: ['loopback'], port })],
  });
  const downs: string[] = [];
  watcher.events$.subscribe((event) => {
    if (event.type === 'down') downs.push(`${event.peer.name} ${event.reason}`);
  });
  return { watcher, downs };
}

test('processes find each other, and a watcher is not among them', async () => {
  const { watcher } = await watchTanks();
  const seen = new Map<string, unknown>();
  for (const name of ['Ann', 'Bob', 'Cid']) {
    peer(name).on('message', (names) => seen.set(name, names));
  }
  await until(() => watcher.peers.length === 3 && [...seen.values()].flat().length === 6);
  expect(seen.get('Ann')).toEqual(['Bob', 'Cid']);
  expect(watcher.peers[0]!.addresses).toEqual(['127.0.0.1']);
  await watcher.close();
});

test('a process that exits says goodbye if it was told to; one that is killed is missed', async () => {
  const { watcher, downs } = await watchTanks();
  const polite = peer('Polite', true);
  const killed = peer('Killed', true);
  await until(() => watcher.peers.length === 2);
  polite.send('exit');
  await until(() => downs.length === 1);
  killed.kill('SIGKILL');
  await until(() => downs.length === 2);
  expect(downs).toEqual(['Polite goodbye', 'Killed expired']);
  await watcher.close();
});
