/** The udp transport between real processes, on loopback. */

import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { setImmediate } from 'node:timers/promises';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { joinNetwork, udp } from '@mailslot/core';

import { until } from '../support/real-time.ts';
import { Stations } from '../support/udp-stations.ts';
import type { StationOptions } from './children/udp-station.ts';

const LOBBY = '\\\\*\\mailslot\\lobby';

/** Each test has a port to itself, below those that the system gives away. */
let port = 20_000 + (process.pid % 10_000);
let stations: Stations;

beforeEach(() => {
  port++;
  stations = new Stations();
});

afterEach(() => stations[Symbol.asyncDispose]());

function station(computerName: string, options: StationOptions['udp'] = {}): StationOptions {
  return { computerName, udp: { interfaces: ['loopback'], port, ...options } };
}

async function bareSocket(): Promise<Socket> {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return socket;
}

describe('processes on one computer', () => {
  test('all hear what one says, once, although they share a port', async () => {
    const bob = await stations.listener(station('BOB-PC'));
    const cleo = await stations.listener(station('CLEO-PC'));
    const ann = await stations.listener(station('ANN-PC', { broadcast: true }));
    await ann.send(LOBBY, 'hello');
    await ann.send(LOBBY, 'again');
    for (const listener of [bob, cleo]) {
      await listener.hears('again');
      expect(listener.texts).toEqual(['hello', 'again']);
      expect(listener.heard[0]).toMatchObject({
        from: 'ANN-PC',
        address: 'domain',
        trust: 'loopback',
        sourceAddress: '127.0.0.1',
        interfaces: ['lo'],
      });
      const { drops } = await listener.status();
      expect(drops).toEqual({ duplicate: 2 });
    }
  });

  test('hear what is for their own name, and not what is for others', async () => {
    const bob = await stations.listener(station('BOB-PC'));
    const ann = await stations.listener(station('ANN-PC'));
    await ann.send('\\\\NOBODY\\mailslot\\lobby', 'is there anybody?');
    await ann.send('\\\\bob-pc\\mailslot\\lobby', 'hello, Bob');
    await bob.hears('hello, Bob');
    expect(bob.heard.map(({ address }) => address)).toEqual(['name']);
    expect((await bob.status()).drops).toMatchObject({ elsewhere: 1 });
  });

  test('answer one alone', async () => {
    const bob = await stations.listener(station('BOB-PC'));
    const cleo = await stations.listener(station('CLEO-PC'));
    const ann = await stations.listener(station('ANN-PC'));
    await ann.send(LOBBY, 'hello');
    await bob.hears('hello');
    await bob.reply('hello, Ann');
    await ann.hears('hello, Ann');
    expect(ann.heard.map(({ address }) => address)).toEqual(['direct']);
    await ann.send(LOBBY, 'the end');
    await cleo.hears('the end');
    expect(cleo.texts).toEqual(['hello', 'the end']);
  });

  test('carry the largest message, in fragments', async () => {
    const bob = await stations.listener(station('BOB-PC'));
    const ann = await stations.start(station('ANN-PC'));
    const data = Uint8Array.from({ length: 65_536 }, (_, at) => (at * 31 + (at >> 8)) & 0xff);
    await ann.send(LOBBY, data);
    await until(() => bob.heard.length > 0);
    expect(Buffer.compare(bob.heard[0]!.data, data)).toBe(0);
    await expect(ann.send(LOBBY, new Uint8Array(65_537))).rejects.toThrow('65536');
  });

  test('go on after a flood of anything else', async () => {
    const bob = await stations.listener(station('BOB-PC'));
    const ann = await stations.start(station('ANN-PC'));
    const stranger = await bareSocket();
    const garbage = Buffer.from('M\x10\x02\x05 is how a frame begins that goes on like this');
    for (let count = 0; count < 3_000; count++) {
      const bytes = garbage.subarray(0, count % garbage.length);
      stranger.send(bytes, port, '127.0.0.1');
      if (count % 100 === 0) await setImmediate();
    }
    stranger.close();
    await ann.send(LOBBY, 'hello');
    await bob.hears('hello');
    const { drops, problems } = await bob.status();
    expect(drops['malformed']).toBeGreaterThan(1_000);
    expect(problems).toEqual([]);
  });

  test('write without a pause, and what arrives is in order', async () => {
    const bob = await stations.listener(station('BOB-PC'));
    const ann = await stations.start(station('ANN-PC'));
    await ann.flood(LOBBY, 5_000);
    await ann.send(LOBBY, '5000');
    await bob.hears('5000');
    const numbers = bob.texts.map(Number);
    expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
    expect((await ann.status()).drops).toEqual({});
  });

  test('that await every message let timers fire', async () => {
    await using network = await joinNetwork({
      transports: [udp({ interfaces: ['loopback'], port })],
    });
    const writer = await network.openMailslot(LOBBY);
    let fired = false;
    setTimeout(() => (fired = true), 1);
    for (let written = 0; written < 10_000; written++) await writer.write('x');
    expect(fired).toBe(true);
  });

  test('send from the ports they were given', async () => {
    const range = [port + 10_000, port + 10_003] as const;
    const ann = await stations.start(station('ANN-PC', { portRange: range }));
    const listener = createSocket({ type: 'udp4', reuseAddr: true });
    listener.bind(port);
    await once(listener, 'listening');
    listener.addMembership('239.255.77.83', '127.0.0.1');
    const heard = once(listener, 'message');
    await ann.send(LOBBY, 'hello');
    const [, from] = await heard;
    listener.close();
    expect(from.port).toBeGreaterThanOrEqual(range[0]);
    expect(from.port).toBeLessThanOrEqual(range[1]);
  });
});

describe('the port', () => {
  test('held by a program that does not share it is ERROR_BUSY, with advice', async () => {
    const holder = createSocket('udp4');
    holder.bind(port);
    await once(holder, 'listening');
    await using network = await joinNetwork({
      transports: [udp({ interfaces: ['loopback'], port })],
    });
    await expect(network.createMailslot('lobby')).rejects.toMatchObject({
      code: 'ERROR_BUSY',
      message: expect.stringContaining('udp({ port })'),
    });
    holder.close();
    await once(holder, 'close');
    await network.createMailslot('lobby');
  });
});

describe('a process', () => {
  test('ends of itself once it has left the network', async () => {
    const ann = await stations.listener(station('ANN-PC'));
    await ann.close();
  });
});
