/** Browse lists over TCP sockets on loopback: limits, hostile clients and hostile servers. */

import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import {
  encodeSessionPacket,
  NetbiosName,
  SESSION_ERRORS,
  SESSION_IDLE_MS_MAX,
  type SessionListener,
  SESSIONS_MAX,
  SESSIONS_PER_HOST_MAX,
} from '@mailslot/core/netbios/internal';
import { VirtualClock } from '@mailslot/core/testing';
import {
  type BrowseEntry,
  readBrowseList,
  type ReadBrowseListOptions,
  serveBrowseList,
} from '@mailslot/discovery/browser';

import { until } from '../support/real-time.ts';

const host = '127.0.0.1';
const entries: readonly BrowseEntry[] = [
  { name: 'ANN-PC', serverType: 0x1003, version: { major: 6, minor: 1 }, comment: 'Büro' },
];
const list = {
  domain: 'MSLAB',
  standing: 'master',
  servers: () => entries,
  domains: () => [],
} as const;

const request = encodeSessionPacket({
  kind: 'request',
  called: NetbiosName.of('ANN-PC', 0x20),
  calling: NetbiosName.of('BOB-PC', 0x00),
});

/** Resolves when the other end has closed a connection. */
const closed = async (socket: Socket): Promise<void> => {
  socket.resume();
  await until(() => socket.closed || socket.readableEnded);
};

describe('a list that is served', () => {
  let clock: VirtualClock;
  let listener: SessionListener;
  let sockets: Socket[];

  beforeEach(async () => {
    clock = new VirtualClock();
    sockets = [];
    listener = await serveBrowseList({ list, computerName: 'ANN-PC', host, port: 0, clock });
  });
  afterEach(async () => {
    for (const socket of sockets) socket.destroy();
    await listener.close();
  });

  /** A connection from one of this computer's many loopback addresses. */
  async function client(localAddress = '127.0.0.1'): Promise<Socket> {
    const socket = connect({ host, port: listener.address.port, localAddress });
    socket.on('error', () => {});
    sockets.push(socket);
    await once(socket, 'connect');
    return socket;
  }

  const read = (options: Partial<ReadBrowseListOptions> = {}) =>
    readBrowseList({ host, port: listener.address.port, ...options });

  test('is read', async () => {
    expect(await read()).toEqual({ entries, complete: true });
    await until(() => listener.stats.ended === 1);
    expect(listener.stats).toMatchObject({ open: 0, failed: 0 });
  });

  test('is read by many at once', async () => {
    const reads = Array.from({ length: SESSIONS_PER_HOST_MAX }, () => read());
    for (const { entries: found } of await Promise.all(reads)) expect(found).toEqual(entries);
  });

  test('is read on while another client sends rubbish, whose connection alone is closed', async () => {
    const honest = await client();
    honest.write(request);
    expect(await once(honest, 'data')).toEqual([Buffer.from([0x82, 0, 0, 0])]);
    const hostile = await client('127.0.0.2');
    hostile.write(Buffer.alloc(5000, 0xaa));
    await closed(hostile);
    await until(() => listener.stats.failed === 1);
    expect((await read()).entries).toEqual(entries);
    expect(honest.destroyed).toBe(false);
  });

  test('is not there under a name that is no server’s', async () => {
    const socket = await client();
    const called = NetbiosName.of('ANN-PC', 0x03);
    const calling = NetbiosName.of('BOB-PC', 0x03);
    socket.write(encodeSessionPacket({ kind: 'request', called, calling }));
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect([...answer]).toEqual([0x83, 0, 0, 1, SESSION_ERRORS.CALLED_NAME_NOT_PRESENT]);
    await closed(socket);
    await until(() => listener.stats.open === 0);
  });

  test(`has room for ${SESSIONS_PER_HOST_MAX} connections of a host, and turns others away`, async () => {
    for (let at = 0; at < SESSIONS_PER_HOST_MAX; at++) await client();
    await until(() => listener.stats.open === SESSIONS_PER_HOST_MAX);
    await closed(await client());
    expect(listener.stats.turnedAway).toBe(1);
    await client('127.0.0.2');
    await until(() => listener.stats.open === SESSIONS_PER_HOST_MAX + 1);
    sockets[0]!.end();
    await until(() => listener.stats.open === SESSIONS_PER_HOST_MAX);
    expect((await read()).entries).toEqual(entries);
  });

  test(`has room for ${SESSIONS_MAX} connections in all`, async () => {
    for (let at = 0; at < SESSIONS_MAX; at++) {
      await client(`127.0.1.${1 + Math.floor(at / SESSIONS_PER_HOST_MAX)}`);
    }
    await until(() => listener.stats.open === SESSIONS_MAX);
    await closed(await client('127.0.2.1'));
    expect(listener.stats.turnedAway).toBe(1);
  });

  test('is no place to idle: a client that says nothing whole is closed', async () => {
    const silent = await client();
    silent.write(request);
    await once(silent, 'data');
    const dripping = await client();
    await until(() => listener.stats.open === 2);
    dripping.write(request.subarray(0, 10));
    clock.advance(SESSION_IDLE_MS_MAX - 1);
    expect(listener.stats.idle).toBe(0);
    silent.write(encodeSessionPacket({ kind: 'keep-alive' }));
    dripping.write(request.subarray(10, 20));
    clock.advance(1);
    await Promise.all([closed(silent), closed(dripping)]);
    await until(() => listener.stats.idle === 2);
  });

  test('is read no more once it is closed, and its connections are', async () => {
    const socket = await client();
    await listener.close();
    await closed(socket);
    await expect(read()).rejects.toMatchObject({ code: 'ERROR_BAD_NETPATH' });
  });

  test('can be closed by a signal', async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const options = { list, computerName: 'ANN-PC', host, port: 0, signal };
    const other = await serveBrowseList(options);
    const { port } = other.address;
    controller.abort();
    await other.close();
    await expect(read({ port })).rejects.toMatchObject({ code: 'ERROR_BAD_NETPATH' });
    await expect(serveBrowseList(options)).rejects.toMatchObject({
      code: 'ERROR_OPERATION_ABORTED',
    });
  });

  test('has a port of its own', async () => {
    const { port } = listener.address;
    await expect(serveBrowseList({ list, computerName: 'X', host, port })).rejects.toMatchObject({
      code: 'ERROR_BUSY',
      message: expect.stringContaining('Another program has the port'),
    });
  });
});

describe('a list that is read', () => {
  let server: Server;
  let behave: (socket: Socket) => void;
  let read: (options?: Partial<ReadBrowseListOptions>) => ReturnType<typeof readBrowseList>;

  beforeEach(async () => {
    server = createServer((socket) => {
      socket.on('error', () => {});
      behave(socket);
    });
    server.listen(0, host);
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    read = (options = {}) => readBrowseList({ host, port, ...options });
  });
  afterEach(() => {
    server.close();
  });

  test('of a host that says nothing is given up after the timeout', async () => {
    behave = (socket) => socket.resume();
    await expect(read({ timeoutMs: 50 })).rejects.toMatchObject({ code: 'ERROR_SEM_TIMEOUT' });
  });

  test('is given up when its signal fires, before and after the connection', async () => {
    const controller = new AbortController();
    behave = () => controller.abort();
    const { signal } = controller;
    await expect(read({ signal })).rejects.toMatchObject({ code: 'ERROR_OPERATION_ABORTED' });
    await expect(read({ signal })).rejects.toMatchObject({ code: 'ERROR_OPERATION_ABORTED' });
  });

  test('of a host that hangs up is an error', async () => {
    behave = (socket) => socket.end();
    await expect(read()).rejects.toMatchObject({ code: 'ERROR_BAD_NETPATH' });
    behave = (socket) => socket.resetAndDestroy();
    await expect(read()).rejects.toMatchObject({ code: 'ERROR_BAD_NETPATH' });
  });

  test('of a host that refuses the name, or speaks otherwise, is an error that says so', async () => {
    const code = 'ERROR_BAD_NETPATH';
    const error = SESSION_ERRORS.CALLED_NAME_NOT_PRESENT;
    behave = (socket) => socket.end(encodeSessionPacket({ kind: 'negative-response', error }));
    await expect(read()).rejects.toMatchObject({
      code,
      message: expect.stringContaining('call it by its own name'),
    });
    behave = (socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n');
    await expect(read()).rejects.toMatchObject({
      code,
      message: expect.stringContaining('does not speak the protocol'),
    });
  });
});
