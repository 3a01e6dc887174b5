/** The local transport, between stations of one process over real sockets. */

import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';

import { type DropReason, systemRandom } from '@mailslot/core';
import { type Channel, domainTag, slotPath } from '@mailslot/core/internal';
import { VirtualClock } from '@mailslot/core/testing';
import { encodeFrame, LOCAL_MESSAGE_BYTES_MAX } from '../src/transports/local/frame.ts';
import { Generations } from '../src/transports/local/generations.ts';
import { encodeOwnerHello, encodeWriterHello } from '../src/transports/local/hello.ts';
import { CONNECTIONS_MAX } from '../src/transports/local/slot-server.ts';
import { close } from '../src/transports/local/sockets.ts';
import {
  type LocalStation,
  localStation,
  LOBBY,
  message,
  socketDirectory,
  texts,
} from './support/local-station.ts';
import { codeOf } from './support/outcomes.ts';

const LOCAL = { kind: 'local' } as const;
const DOMAIN = { kind: 'domain' } as const;
const ANY_SIZE = { maxMessageSize: 0 };
const MIB = 1024 * 1024;

let directory: string;
let generations: Generations;
let reader: LocalStation;
let writer: LocalStation;

beforeEach(async () => {
  directory = await socketDirectory();
  generations = new Generations(directory);
  reader = await localStation(directory);
  writer = await localStation(directory);
});

/** A channel to a lobby that the reader has. */
async function openLobby(maxMessageSize = 0): Promise<Channel> {
  await reader.transport.listen(LOBBY, { maxMessageSize });
  return writer.transport.open(LOCAL, LOBBY);
}

function until(condition: () => boolean): Promise<boolean> {
  return vi.waitUntil(condition, { timeout: 10_000, interval: 2 });
}

/** Owns the lobby as a program of another make would. Returns the sockets of those who connect. */
async function strangeOwner(welcome: (socket: Socket) => void): Promise<Socket[]> {
  const sockets: Socket[] = [];
  const server = createServer({ pauseOnConnect: true }, (socket) => {
    sockets.push(socket.on('error', () => {}));
    welcome(socket);
  });
  await generations.claim(LOBBY, server, systemRandom);
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await close(server);
  });
  return sockets;
}

/** Connects to the lobby as a program of another make would, and says this. */
async function strangeWriter(...words: Uint8Array[]): Promise<Socket> {
  const socket = connect(generations.find(LOBBY)!).on('error', () => {});
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  socket.resume();
  socket.write(Buffer.concat(words));
  return socket;
}

const ownerHello = encodeFrame('hello', 0, encodeOwnerHello(ANY_SIZE));
const writerHello = encodeFrame(
  'hello',
  0,
  encodeWriterHello({ station: '123456', from: 'EVE-PC', address: { kind: 'direct' } }),
);

describe('a message', () => {
  test('arrives with all that its reader should know', async () => {
    const channel = await openLobby();
    await channel.send(message('hello', { sequence: 2 ** 32 - 1 }));
    await until(() => reader.received.length === 1);
    const id = Buffer.from(writer.host.station.id, 'latin1').toString('hex');
    expect(reader.received).toEqual([
      {
        slot: 'LOBBY',
        address: { kind: 'direct' },
        station: writer.host.station.id,
        sequence: 2 ** 32 - 1,
        from: 'ANN-PC',
        source: {
          transport: 'local',
          id: `local:${id}`,
          trust: 'local',
          address: undefined,
          interfaces: [],
        },
        data: Uint8Array.from(Buffer.from('hello')),
      },
    ]);
    expect(reader.transport.stats()).toMatchObject({ receivedMessages: 1, receivedBytes: 5 });
    expect(writer.transport.stats()).toMatchObject({ sentMessages: 1, sentBytes: 5 });
  });

  test('leaves the computer name out if it should', async () => {
    const channel = await openLobby();
    await channel.send(message('a', { anonymous: true }));
    await channel.send(message('b'));
    await until(() => reader.received.length === 2);
    expect(reader.received.map(({ from }) => from)).toEqual(['', 'ANN-PC']);
  });

  test('is what was written then, whatever becomes of the buffer', async () => {
    const channel = await openLobby();
    for (const size of [5, 100_000]) {
      const data = new Uint8Array(size).fill(1);
      const sent = channel.send(message(data));
      data.fill(2);
      await sent;
    }
    await until(() => reader.received.length === 2);
    expect(reader.received.every(({ data }) => data.every((byte) => byte === 1))).toBe(true);
  });

  test('may be empty', async () => {
    const channel = await openLobby();
    await channel.send(message(''));
    await until(() => reader.received.length === 1);
    expect(reader.received[0]?.data).toHaveLength(0);
  });

  test('comes in order, once, at any size, whether awaited or not', async () => {
    const channel = await openLobby();
    const sizes = [0, 1, 100, 8183, 65_526, 65_527, 65_528, 1, 300_000, 0, 7];
    const sent = Array.from({ length: 300 }, (_, index) => {
      const data = new Uint8Array(sizes[index % sizes.length]!).fill(index);
      return message(data, { sequence: index });
    });
    for (const [index, one] of sent.entries()) {
      const room = channel.send(one);
      if (index % 3 === 0) await room;
    }
    await until(() => reader.received.length === sent.length);
    for (const [index, { sequence, data }] of reader.received.entries()) {
      expect(sequence).toBe(index);
      expect(Buffer.compare(data, sent[index]!.data)).toBe(0);
    }
  });

  test('that is awaited lets the event loop turn', async () => {
    const channel = await openLobby();
    const turned = vi.fn<() => void>();
    setImmediate(turned);
    for (let count = 0; count < 10_000; count++) await channel.send(message('and nobody else?'));
    expect(turned).toHaveBeenCalled();
  });

  test('survives that its channel is closed in the same breath', async () => {
    const channel = await openLobby();
    for (let count = 0; count < 1000; count++) void channel.send(message(`${count}`));
    channel.close();
    await until(() => reader.received.length === 1000);
  });

  test('survives that its network is closed in the same breath', async () => {
    const channel = await openLobby();
    void channel.send(message(new Uint8Array(5 * MIB)));
    await writer.transport.stop();
    await until(() => reader.received.length === 1);
  });
});

describe('a slot', () => {
  test('has one owner; the name is free once it is closed', async () => {
    const listening = await reader.transport.listen(LOBBY, ANY_SIZE);
    for (const station of [reader, writer]) {
      expect(await codeOf(() => station.transport.listen(LOBBY, ANY_SIZE))).toBe(
        'ERROR_ALREADY_EXISTS',
      );
    }
    const closed = listening.close();
    await writer.transport.listen(LOBBY, ANY_SIZE);
    await closed;
  });

  test('is another with another name, and the same in another case', async () => {
    await reader.transport.listen(slotPath('a'), ANY_SIZE);
    await writer.transport.listen(slotPath('a\\b'), ANY_SIZE);
    await writer.transport.listen(slotPath('straße'), ANY_SIZE);
    expect(await codeOf(() => writer.transport.listen(slotPath('A'), ANY_SIZE))).toBe(
      'ERROR_ALREADY_EXISTS',
    );
  });

  test('may have any name at all', async () => {
    for (const name of ['..\\..\\x', '*?<>|":', 'é'.repeat(127), '\u0001', '🦊']) {
      await reader.transport.listen(slotPath(name), ANY_SIZE);
      const channel = await writer.transport.open(LOCAL, slotPath(name));
      await channel.send(message(name));
    }
    await until(() => reader.received.length === 5);
  });

  test('must be there to be opened', async () => {
    expect(await codeOf(() => writer.transport.open(LOCAL, LOBBY))).toBe('ERROR_FILE_NOT_FOUND');
    const listening = await reader.transport.listen(LOBBY, ANY_SIZE);
    await writer.transport.open(LOCAL, LOBBY);
    await listening.close();
    expect(await codeOf(() => writer.transport.open(LOCAL, LOBBY))).toBe('ERROR_FILE_NOT_FOUND');
  });

  test('is not there if only a dead owner is', async () => {
    const server = createServer();
    await generations.claim(LOBBY, server, systemRandom);
    await close(server);
    expect(generations.find(LOBBY)).toBeDefined();
    expect(await codeOf(() => writer.transport.open(LOCAL, LOBBY))).toBe('ERROR_FILE_NOT_FOUND');
  });

  test('takes as many writers as its limit, and tells the next', async () => {
    await reader.transport.listen(LOBBY, ANY_SIZE);
    const channels: Channel[] = [];
    while (channels.length < CONNECTIONS_MAX)
      channels.push(await writer.transport.open(LOCAL, LOBBY));
    for (const channel of channels) await channel.send(message('here'));
    await until(() => reader.received.length === CONNECTIONS_MAX);
    expect(await codeOf(() => writer.transport.open(LOCAL, LOBBY))).toBe('ERROR_BUSY');
    channels[0]!.close();
    await vi.waitFor(() => writer.transport.open(LOCAL, LOBBY));
  });
});

describe('a channel to one slot', () => {
  test('ends with that slot, and never reaches a later one of the same name', async () => {
    const listening = await reader.transport.listen(LOBBY, ANY_SIZE);
    const channel = await writer.transport.open(LOCAL, LOBBY);
    await channel.send(message('first'));
    await until(() => reader.received.length === 1);
    await listening.close();
    await reader.transport.listen(LOBBY, ANY_SIZE);
    for (let attempt = 0; attempt < 3; attempt++) {
      expect(await codeOf(() => channel.send(message('late')))).toBe('ERROR_HANDLE_EOF');
    }
    await (await writer.transport.open(LOCAL, LOBBY)).send(message('second'));
    await until(() => reader.received.length >= 2);
    expect(texts(reader.received)).toEqual(['first', 'second']);
  });

  test('knows of the end at the first message, before the event loop could tell', async () => {
    const listening = await reader.transport.listen(LOBBY, ANY_SIZE);
    const channel = await writer.transport.open(LOCAL, LOBBY);
    void listening.close();
    expect(await codeOf(() => channel.send(message('late')))).toBe('ERROR_HANDLE_EOF');
  });

  test('tells those who wait for room, too', async () => {
    const sockets = await strangeOwner((socket) => socket.write(ownerHello));
    const channel = await writer.transport.open(LOCAL, LOBBY);
    const waiting = codeOf(() => channel.send(message(new Uint8Array(MIB))));
    sockets[0]!.destroy();
    expect(await waiting).toBe('ERROR_HANDLE_EOF');
  });

  test('takes as much as the slot and not one byte more', async () => {
    const channel = await openLobby(424);
    expect(channel.maxMessageSize).toBe(424);
    await channel.send(message(new Uint8Array(424)));
    expect(await codeOf(() => channel.send(message(new Uint8Array(425))))).toBe(
      'ERROR_INVALID_PARAMETER',
    );
    await until(() => reader.received.length === 1);
  });

  test('takes 64 MiB and not one byte more', async () => {
    const channel = await openLobby();
    expect(channel.maxMessageSize).toBe(64 * MIB);
    await channel.send(message(new Uint8Array(64 * MIB)));
    expect(await codeOf(() => channel.send(message(new Uint8Array(64 * MIB + 1))))).toBe(
      'ERROR_INVALID_PARAMETER',
    );
    await until(() => reader.received.length === 1);
    expect(reader.received[0]?.data).toHaveLength(64 * MIB);
  });

  test('makes writers wait for a slow reader, and refuses those who do not wait in the end', async () => {
    await strangeOwner((socket) => socket.write(ownerHello));
    const channel = await writer.transport.open(LOCAL, LOBBY);
    const data = new Uint8Array(16 * MIB);
    const waits = [];
    // Five of 16 MiB are more than 64 MiB with what the system has taken.
    for (let count = 0; count < 5; count++) waits.push(channel.send(message(data)));
    expect(waits.every((wait) => wait !== undefined)).toBe(true);
    expect(await codeOf(() => channel.send(message('x')))).toBe('ERROR_NOT_ENOUGH_MEMORY');
    for (const wait of waits) wait?.catch(() => {});
  });

  test('is closed for good', async () => {
    const channel = await openLobby();
    channel.close();
    channel.close();
    expect(await codeOf(() => channel.send(message('x')))).toBe('ERROR_INVALID_HANDLE');
  });

  test('is not to be had from an owner that hangs', async () => {
    const clock = new VirtualClock();
    const sockets = await strangeOwner(() => {});
    const hasty = await localStation(directory, { clock });
    const opening = codeOf(() => hasty.transport.open(LOCAL, LOBBY));
    await until(() => sockets.length === 1);
    clock.advance(5000);
    expect(await opening).toBe('ERROR_BUSY');
  });

  test.each([
    ['another version', Buffer.concat([ownerHello.subarray(0, 13), Buffer.of(2, 0, 0, 0, 0)])],
    ['another protocol', Buffer.from('220 mail.example.org ESMTP\r\n')],
  ])('is not to be had from an owner of %s', async (_, words) => {
    await strangeOwner((socket) => socket.write(words));
    expect(await codeOf(() => writer.transport.open(LOCAL, LOBBY))).toBe('ERROR_NOT_SUPPORTED');
  });
});

describe('a channel to the domain or to a name', () => {
  const NAME = { kind: 'name', name: 'ANN-PC' } as const;

  test('says whom its messages are for', async () => {
    await reader.transport.listen(LOBBY, ANY_SIZE);
    await (await writer.transport.open(DOMAIN, LOBBY)).send(message('a'));
    await (await writer.transport.open(NAME, LOBBY)).send(message('b'));
    await until(() => reader.received.length === 2);
    expect(reader.received.map(({ address }) => address)).toEqual(
      expect.arrayContaining([NAME, { kind: 'domain', tag: domainTag('WORKGROUP') }]),
    );
  });

  test('needs no owner, and counts what nobody got', async () => {
    const channel = await writer.transport.open(DOMAIN, LOBBY);
    await channel.send(message('anybody?'));
    expect(writer.transport.stats()).toMatchObject({ sentMessages: 0, drops: { 'no-slot': 1 } });
  });

  test('finds every owner as it comes, and loses nothing between two', async () => {
    const channel = await writer.transport.open(DOMAIN, LOBBY);
    for (const round of ['first', 'second', 'third']) {
      const listening = await reader.transport.listen(LOBBY, ANY_SIZE);
      await channel.send(message(round));
      await until(() => texts(reader.received).includes(round));
      await listening.close();
      await channel.send(message('lost'));
    }
    expect(texts(reader.received)).toEqual(['first', 'second', 'third']);
  });

  test('passes an owner by that hangs, and comes back when it reads', async () => {
    const clock = new VirtualClock();
    const sockets = await strangeOwner((socket) => socket.write(ownerHello));
    const hasty = await localStation(directory, { clock });
    const channel = await hasty.transport.open(DOMAIN, LOBBY);
    const waiting = channel.send(message(new Uint8Array(MIB)));
    await until(() => sockets.length === 1);
    clock.advance(100);
    await waiting;
    await channel.send(message('not sent'));
    expect(hasty.transport.stats()).toMatchObject({ sentMessages: 1, drops: { unsent: 1 } });
    sockets[0]!.resume();
    await vi.waitUntil(async () => {
      await channel.send(message('sent'));
      return hasty.transport.stats().sentMessages === 2;
    });
  });

  test('takes 64 MiB at most', async () => {
    const channel = await writer.transport.open(DOMAIN, LOBBY);
    const data = new Uint8Array(LOCAL_MESSAGE_BYTES_MAX + 1);
    expect(await codeOf(() => channel.send(message(data)))).toBe('ERROR_INVALID_PARAMETER');
    channel.close();
    expect(await codeOf(() => channel.send(message('x')))).toBe('ERROR_INVALID_HANDLE');
  });
});

/** The reader sends away who says this, and counts why. */
async function refused(reason: DropReason, ...words: Uint8Array[]): Promise<void> {
  const socket = await strangeWriter(...words);
  await once(socket, 'close');
  await until(() => reader.transport.stats().drops[reason] === 1);
  expect(reader.problems).toEqual([]);
}

describe('a stranger', () => {
  beforeEach(async () => {
    await reader.transport.listen(LOBBY, ANY_SIZE);
  });

  test('that talks nonsense is sent away and counted', async () => {
    await refused('malformed', Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'));
  });

  test('that sends messages without a hello is sent away', async () => {
    await refused('malformed', encodeFrame('message', 0, Buffer.from('psst')));
  });

  test('that says hello twice is sent away, after what was in order', async () => {
    const psst = encodeFrame('message', 0, Buffer.from('psst'));
    await refused('malformed', writerHello, psst, writerHello, psst);
    expect(texts(reader.received)).toEqual(['psst']);
  });

  test('of another version is counted as such', async () => {
    const hello = Buffer.from(writerHello);
    hello[13] = 9;
    await refused('version', hello);
  });

  test('that announces more than 64 MiB is sent away before it sends them', async () => {
    const header = Buffer.from(encodeFrame('message', 0, new Uint8Array(0)));
    header.writeUInt32BE(64 * MIB + 1, 1);
    await refused('malformed', writerHello, header);
  });

  test('that ends in the middle is counted, and one that says nothing is not', async () => {
    const silent = await strangeWriter();
    silent.end();
    await once(silent, 'close');
    const socket = await strangeWriter(writerHello, writerHello.subarray(0, 12));
    socket.end();
    await once(socket, 'close');
    await until(() => reader.transport.stats().drops.incomplete === 1);
    expect(reader.transport.stats().drops).toEqual({ incomplete: 1 });
  });

  test('does not disturb the others', async () => {
    const channel = await writer.transport.open(LOCAL, LOBBY);
    await refused('malformed', Buffer.alloc(1000));
    await channel.send(message('undisturbed'));
    await until(() => reader.received.length === 1);
  });
});

describe('the transport', () => {
  test('counts what the network had no use for, by its reason', async () => {
    const picky = await localStation(directory, { receive: () => 'queue-full' });
    await picky.transport.listen(LOBBY, ANY_SIZE);
    await (await writer.transport.open(LOCAL, LOBBY)).send(message('x'));
    await until(() => picky.transport.stats().drops['queue-full'] === 1);
  });

  test('describes itself', () => {
    const { transport } = reader;
    expect([transport.name, transport.reach]).toEqual(['local', 'computer']);
    expect(transport.interfaces()).toEqual([]);
    expect(transport.maxMessageSize(LOCAL, LOBBY)).toBe(LOCAL_MESSAGE_BYTES_MAX);
  });

  test('has no way back but names', async () => {
    await (await openLobby()).send(message('x'));
    await until(() => reader.received.length === 1);
    const { source } = reader.received[0]!;
    expect(await codeOf(() => reader.transport.reply(source, LOBBY))).toBe('ERROR_NOT_SUPPORTED');
  });

  test('gives everything back when it stops, more than once', async () => {
    const channel = await openLobby();
    await reader.transport.stop();
    await reader.transport.stop();
    expect(await codeOf(() => channel.send(message('x')))).toBe('ERROR_HANDLE_EOF');
    expect(await codeOf(() => reader.transport.listen(LOBBY, ANY_SIZE))).toBe(
      'ERROR_INVALID_HANDLE',
    );
    expect(await codeOf(() => reader.transport.open(LOCAL, LOBBY))).toBe('ERROR_INVALID_HANDLE');
    await writer.transport.listen(LOBBY, ANY_SIZE);
  });

  test('does not wait for ever for a reader that hangs', async () => {
    const clock = new VirtualClock();
    await strangeOwner((socket) => socket.write(ownerHello));
    const leaving = await localStation(directory, { clock });
    const channel = await leaving.transport.open(LOCAL, LOBBY);
    const waiting = codeOf(() => channel.send(message(new Uint8Array(MIB))));
    const stopped = leaving.transport.stop();
    clock.advance(2000);
    await stopped;
    expect(await waiting).toBe('ERROR_HANDLE_EOF');
  });

  test('that stops while a slot is being made does not leave it behind', async () => {
    const listening = codeOf(() => reader.transport.listen(LOBBY, ANY_SIZE));
    await reader.transport.stop();
    expect(await listening).toBe('ERROR_INVALID_HANDLE');
    expect(generations.find(LOBBY)).toBeUndefined();
  });
});
