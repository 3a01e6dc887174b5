/** Whole networks of lobbies in one process, on virtual time. The same seed gives the same run. */

import { createHash } from 'node:crypto';

import { Lan, type LanOptions } from '@mailslot/core/testing';
import { discover, type Lobby } from '@mailslot/discovery';
import { expect, test } from 'vitest';

const SEED = Number(process.env['SEED'] ?? 7);

async function swarm(peers: number, options: LanOptions = {}) {
  const lan = new Lan({ seed: SEED, jitterMs: 2, ...options });
  const lobbies: Lobby[] = [];
  for (let number = 0; number < peers; number++) lobbies.push(await enter(lan, number));
  return { lan, lobbies };
}

async function enter(lan: Lan, number: number): Promise<Lobby> {
  const name = `P${String(number).padStart(4, '0')}`;
  return discover('tanks', { name, info: { number }, network: await lan.join(name) });
}

/** Virtual milliseconds until it holds; fails after `limitMs`. */
async function until(lan: Lan, limitMs: number, holds: () => boolean): Promise<number> {
  const start = lan.clock.now();
  while (!holds()) {
    const passedMs = lan.clock.now() - start;
    expect(passedMs, `still not so, with seed ${SEED}`).toBeLessThan(limitMs);
    lan.clock.advance(20);
  }
  return lan.clock.now() - start;
}

/** What everybody saw, and when, as one hash. */
async function trace(seed: number): Promise<string> {
  const { lan, lobbies } = await swarm(15, { seed, loss: 0.2, duplication: 0.2, jitterMs: 30 });
  const hash = createHash('sha256');
  for (const lobby of lobbies) {
    lobby.events$.subscribe((event) => {
      hash.update(`${lan.clock.now()} ${lobby.me.id} ${JSON.stringify(event)}\n`);
    });
  }
  lan.clock.advance(20_000);
  return hash.digest('hex');
}

const knowsAll = (lobbies: readonly Lobby[], count: number): boolean =>
  lobbies.every((lobby) => lobby.peers.length === count);

test('two hundred peers that start together all know each other within two seconds', async () => {
  const { lan, lobbies } = await swarm(200);
  await until(lan, 2000, () => knowsAll(lobbies, 199));
});

test('a newcomer among a hundred settled peers knows all of them within a tenth of a second', async () => {
  const { lan, lobbies } = await swarm(100);
  lan.clock.advance(30_000);
  const newcomer = await enter(lan, 100);
  await until(lan, 100, () => newcomer.peers.length === 100);
  await until(lan, 100, () => knowsAll(lobbies, 100));
});

test('at a fifth of all datagrams lost, thirty peers still all find each other within two seconds', async () => {
  const { lan, lobbies } = await swarm(30, { loss: 0.2, duplication: 0.1, jitterMs: 40 });
  await until(lan, 2000, () => knowsAll(lobbies, 29));
});

test('a peer that dies is down everywhere within two and a half seconds, and nobody else is', async () => {
  const { lan, lobbies } = await swarm(10);
  await until(lan, 2000, () => knowsAll(lobbies, 9));
  lan.clock.advance(60_000);
  const [victim, ...others] = lobbies;
  const downs: string[] = [];
  for (const lobby of others) {
    lobby.events$.subscribe((event) => {
      if (event.type === 'down') downs.push(event.peer.name);
    });
  }
  await victim!.network.close();
  await until(lan, 2500, () => knowsAll(others, 8));
  lan.clock.advance(60_000);
  expect(downs).toEqual(others.map(() => victim!.me.name));
});

test('the two sides of a partition forget each other, and remember when it heals', async () => {
  const { lan, lobbies } = await swarm(20);
  await until(lan, 2000, () => knowsAll(lobbies, 19));
  lan.partition(lobbies.slice(0, 8).map((lobby) => lobby.me.name));
  await until(lan, 10_000, () => knowsAll(lobbies.slice(0, 8), 7));
  await until(lan, 10_000, () => knowsAll(lobbies.slice(8), 11));
  lan.heal();
  await until(lan, 10_000, () => knowsAll(lobbies, 19));
});

test('sixty peers stay within the budget, however often they beat', async () => {
  const { lan, lobbies } = await swarm(60);
  lan.clock.advance(20_000);
  const sentBits = (): number =>
    lobbies.reduce((sum, { network }) => {
      const { sentMessages, sentBytes } = network.stats()['memory']!;
      // What a frame, UDP, IP and Ethernet add to a message.
      return sum + 8 * (sentBytes + 90 * sentMessages);
    }, 0);
  const before = sentBits();
  lan.clock.advance(30_000);
  expect((sentBits() - before) / 30).toBeLessThan(50_000);
});

test('the same seed runs the same way, another seed another', async () => {
  const [first, second, other] = [await trace(1), await trace(1), await trace(2)];
  expect(second).toBe(first);
  expect(other).not.toBe(first);
});
