import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { setImmediate } from 'node:timers/promises';

import { discover, type Lobby } from '@mailslot/discovery';
import { expect, test } from 'vitest';

import { rehearse } from '../src/rehearsal.ts';

test('two peers that nobody else hears meet, and nothing is left to do', async () => {
  const peers: Lobby[] = [];
  await rehearse(async (service, options) => {
    const peer = await discover(service, options);
    peers.push(peer);
    return peer;
  });
  // What is under way arrives without the help of a clock.
  await setImmediate();
  expect(peers.map((peer) => peer.peers.map(({ addresses }) => addresses))).toEqual([
    [['192.0.2.2']],
    [['192.0.2.1']],
  ]);
});

test('they do not meet where somebody would take them for real', async () => {
  let told = 0;
  const listener = (): void => void told++;
  let peers = 0;
  for (const name of ['mailslot:datagram:sent', 'mailslot:presence:event']) {
    subscribe(name, listener);
    await rehearse(async (service, options) => {
      peers++;
      return discover(service, options);
    });
    unsubscribe(name, listener);
  }
  expect([told, peers]).toEqual([0, 0]);
});
