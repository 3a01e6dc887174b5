// What docs/testing.md shows, in its order.

import { Lan } from '@mailslot/core/testing';
import { discover, type Lobby } from '@mailslot/discovery';
import { expect, test } from 'vitest';

const seed = Number(process.env['SEED'] ?? 1);

/** Starts the program under test on a host. Here it is a lobby; yours takes a network as well. */
async function enter(lan: Lan, host: string): Promise<Lobby> {
  return discover('tanks', { name: host, network: await lan.join(host) });
}

/** Whom a lobby sees. */
function seenBy(lobby: Lobby): string {
  return lobby.peers.map((peer) => peer.name).join(' ');
}

test('two players who start together meet in no time', async () => {
  const lan = new Lan({ seed });
  const [ann, bob] = [await enter(lan, 'ANN-PC'), await enter(lan, 'BOB-PC')];
  const tookMs = await lan.until(() => seenBy(ann) === 'BOB-PC' && seenBy(bob) === 'ANN-PC');
  expect(tookMs).toBeLessThan(100);
});

test('on bad Wi-Fi nobody is lost in an hour', async () => {
  const lan = new Lan({ seed, loss: 0.1, jitterMs: 20, bursts: { meanMs: 300, share: 0.02 } });
  const lobbies: Lobby[] = [];
  for (const host of ['ANN-PC', 'BOB-PC', 'CAT-PC']) lobbies.push(await enter(lan, host));
  await lan.until(() => lobbies.every((lobby) => lobby.peers.length === 2));
  const downs: string[] = [];
  for (const lobby of lobbies) {
    lobby.events$.subscribe((event) => {
      if (event.type === 'down') downs.push(`${event.peer.name}, said ${lobby.me.name}`);
    });
  }
  lan.clock.advance(3_600_000);
  expect(downs).toEqual([]);
});

test('the two sides of a cut cable lose each other, and find each other again', async () => {
  const lan = new Lan({ seed });
  const [ann, bob, cat] = [
    await enter(lan, 'ANN-PC'),
    await enter(lan, 'BOB-PC'),
    await enter(lan, 'CAT-PC'),
  ];
  await lan.until(() => seenBy(ann) === 'BOB-PC CAT-PC');
  lan.partition(['ANN-PC', 'BOB-PC'], ['CAT-PC']);
  await lan.until(() => seenBy(ann) === 'BOB-PC' && seenBy(bob) === 'ANN-PC' && seenBy(cat) === '');
  lan.heal();
  await lan.until(() => seenBy(ann) === 'BOB-PC CAT-PC' && seenBy(cat) === 'ANN-PC BOB-PC');
});

test('a laptop that slept for an hour is back soon after it wakes', async () => {
  const lan = new Lan({ seed });
  const [ann, bob] = [await enter(lan, 'ANN-PC'), await enter(lan, 'BOB-PC')];
  await lan.until(() => seenBy(ann) === 'BOB-PC' && seenBy(bob) === 'ANN-PC');
  lan.suspend('BOB-PC');
  await lan.until(() => seenBy(ann) === '');
  lan.clock.advance(3_600_000);
  lan.resume('BOB-PC');
  await lan.until(() => seenBy(ann) === 'BOB-PC' && seenBy(bob) === 'ANN-PC');
});

test('a computer that dies is missed, a program that is restarted is there again', async () => {
  const lan = new Lan({ seed });
  const [ann] = [await enter(lan, 'ANN-PC'), await enter(lan, 'BOB-PC')];
  await lan.until(() => seenBy(ann) === 'BOB-PC');
  lan.suspend('BOB-PC'); // and never resumed
  await lan.until(() => seenBy(ann) === '', { withinMs: 10_000 });

  const cat = await enter(lan, 'CAT-PC');
  await lan.until(() => seenBy(ann) === 'CAT-PC');
  const downs: string[] = [];
  ann.events$.subscribe((event) => {
    if (event.type === 'down') downs.push(event.peer.name);
  });
  await cat.network.close(); // no goodbye is said
  await lan.until(() => downs.length > 0, { withinMs: 10_000 });
  await enter(lan, 'CAT-PC');
  await lan.until(() => seenBy(ann) === 'CAT-PC');
});

/** All that happens in the first minute of three lobbies, as one number. */
async function traceOf(seed: number): Promise<string | undefined> {
  const lan = new Lan({ seed, loss: 0.2, jitterMs: 30, trace: true });
  for (const host of ['ANN-PC', 'BOB-PC', 'CAT-PC']) await enter(lan, host);
  lan.clock.advance(60_000);
  return lan.traceHash;
}

test('the same seed gives the same run', async () => {
  expect(await traceOf(1)).toBe(await traceOf(1));
  expect(await traceOf(2)).not.toBe(await traceOf(1));
});

test.each([seed, seed + 1, seed + 2])('whatever goes wrong, all meet: seed %i', async (seed) => {
  const lan = new Lan({ seed, loss: 0.2 });
  const hosts = ['ANN-PC', 'BOB-PC', 'CAT-PC', 'DAN-PC'];
  const lobbies: Lobby[] = [];
  for (const host of hosts) lobbies.push(await enter(lan, host));
  const pick = (): string => hosts[Math.floor(lan.random.next() * hosts.length)]!;
  for (let fault = 0; fault < 20; fault++) {
    const host = pick();
    switch (Math.floor(lan.random.next() * 4)) {
      case 0:
        lan.partition([host, pick()]);
        break;
      case 1:
        lan.partitionOneWay([host], [pick()]);
        break;
      case 2:
        lan.unplug(host);
        break;
      default:
        lan.stall(host, 3000);
    }
    lan.clock.advance(10_000 * lan.random.next());
    lan.heal();
    lan.plugIn(host);
  }
  await lan.until(() => lobbies.every((lobby) => lobby.peers.length === 3));
});

test('a flood of peers that do not exist is survived', async () => {
  const lan = new Lan({ seed });
  const slot = await (await lan.join('BOB-PC')).createMailslot('scores');
  const scores: string[] = [];
  slot.on('message', (message) => scores.push(message.text()));
  lan.flood({ perSecond: 5_000, durationMs: 2_000 }, (index) =>
    lan.forge({ from: `SYBIL-${index}`, to: '\\\\*\\mailslot\\scores', data: new Uint8Array(50) }),
  );
  const ann = await lan.join('ANN-PC');
  await ann.send('\\\\BOB-PC\\mailslot\\scores', 'Ann: 17');
  await lan.until(() => scores.includes('Ann: 17'));
});
