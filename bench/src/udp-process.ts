/** One of the two processes of udp.ts: the reader or the writer, through a mailslot or a bare socket, on loopback. */

import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';

import { joinNetwork, udp } from '@mailslot/core';

import type { Report, Task } from './udp.ts';

const GROUP = '239.255.77.83';
const LOOPBACK = '127.0.0.1';

/** As the transport asks for, so that like is compared with like. */
const RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024;
const IN_FLIGHT_MAX = 64;
const TURN_DATAGRAMS_MAX = 64;

/** To read the clock costs as much as a part of a message: so it is read for so many. */
const CLOCK_EVERY = 64;

const { role, way, port, size, warmUpMs, runMs }: Task = JSON.parse(process.argv[2]!);

const report = (message: Report): void => void process.send!(message);

process.once('disconnect', () => process.exit());
if (role === 'reader') await read();
else await write();

async function read(): Promise<void> {
  let [count, beganMs, firstMs, lastMs] = [0, Infinity, 0, 0];
  const onMessage = (): void => {
    if (count % CLOCK_EVERY === 0) {
      lastMs = performance.now();
      beganMs = Math.min(beganMs, lastMs);
      if (lastMs < beganMs + warmUpMs) [count, firstMs] = [0, lastMs];
    }
    count++;
  };
  await (way === 'mailslot' ? readMailslot(onMessage) : readBare(onMessage));
  report({ count: 0, ms: 0 });
  process.on('message', () => {
    // Once what has arrived by now is counted.
    setImmediate(() => report({ count, ms: lastMs - firstMs }));
  });
}

async function readMailslot(onMessage: () => void): Promise<void> {
  const network = await joinNetwork({ transports: [udp({ interfaces: ['loopback'], port })] });
  const slot = await network.createMailslot('bench');
  slot.on('message', onMessage);
}

async function readBare(onMessage: () => void): Promise<void> {
  const socket = createSocket({ type: 'udp4', reuseAddr: true });
  socket.on('message', onMessage);
  socket.bind(port);
  await once(socket, 'listening');
  socket.setRecvBufferSize(RECEIVE_BUFFER_BYTES);
  if (way === 'multicast') socket.addMembership(GROUP, LOOPBACK);
}

async function write(): Promise<void> {
  const send = await (way === 'mailslot' ? openMailslot() : openBare());
  report({ count: 0, ms: 0 });
  await once(process, 'message');
  await writeFor(warmUpMs, send);
  report(await writeFor(runMs, send));
}

async function writeFor(
  durationMs: number,
  send: (data: Buffer) => Promise<void> | undefined,
): Promise<Report> {
  const data = Buffer.alloc(size, 'x');
  const startMs = performance.now();
  let count = 0;
  while (count % CLOCK_EVERY !== 0 || performance.now() < startMs + durationMs) {
    const wait = send(data);
    if (wait !== undefined) await wait;
    count++;
  }
  return { count, ms: performance.now() - startMs };
}

async function openMailslot(): Promise<(data: Buffer) => Promise<void>> {
  const network = await joinNetwork({ transports: [udp({ interfaces: ['loopback'], port })] });
  const writer = await network.openMailslot('\\\\*\\mailslot\\bench');
  return (data) => writer.write(data);
}

/** The least that neither fills memory nor keeps the event loop from turning. */
async function openBare(): Promise<(data: Buffer) => Promise<void> | undefined> {
  const socket = createSocket('udp4');
  socket.bind(0, LOOPBACK);
  await once(socket, 'listening');
  socket.setMulticastInterface(LOOPBACK);
  const to = way === 'multicast' ? GROUP : LOOPBACK;
  let [inFlight, sinceTurn] = [0, 0];
  let makeRoom: (() => void) | undefined;
  const sent = (): void => {
    if (--inFlight === IN_FLIGHT_MAX - 1) makeRoom?.();
  };
  const room = async (): Promise<void> => {
    await nextTurn();
    if (inFlight >= IN_FLIGHT_MAX) await new Promise<void>((resolve) => (makeRoom = resolve));
    sinceTurn = 0;
  };
  return (data) => {
    socket.send(data, port, to, sent);
    inFlight++;
    return ++sinceTurn < TURN_DATAGRAMS_MAX ? undefined : room();
  };
}
