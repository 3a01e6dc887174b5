/** One of the two processes of local.ts: the reader or the writer, on a mailslot or on a bare socket. */

import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

import { joinNetwork, local } from '@mailslot/core';

import type { Report, Task } from './local.ts';

/** Bytes of a batch on the bare socket, as in the transport. */
const BATCH_BYTES = 64 * 1024;

const FRAME_HEADER_BYTES = 4;

/** Time between two lone messages: enough for both processes to fall asleep. */
const LONE_GAP_MS = 2;

const { role, way, directory, size, warmUp, count, lone }: Task = JSON.parse(process.argv[2]!);
const total = warmUp + count;
const path = join(directory, 'bare');

/** CLOCK_MONOTONIC: the same for every process of the machine. */
const nowNs = (): bigint => process.hrtime.bigint();
const report = (message: Report): void => void process.send!(message);

const readers = { mailslot: readMailslot, 'one by one': readBare, 'in batches': readBare };
const writers = { mailslot: writeMailslot, 'one by one': writeBare, 'in batches': writeBatches };

process.once('disconnect', () => process.exit());
await (role === 'reader' ? readers : writers)[way]();

/** Counts messages, and reports when the last one is there. */
function counter(): (data: Uint8Array) => void {
  let seen = 0;
  const latenciesMs: number[] = [];
  return (data) => {
    if (lone) {
      const sentNs = Buffer.from(data.buffer, data.byteOffset, 8).readBigUInt64BE();
      latenciesMs.push(Number(nowNs() - sentNs) / 1e6);
    }
    if (++seen === total) report({ atNs: String(nowNs()), latenciesMs: latenciesMs.slice(warmUp) });
  };
}

async function readMailslot(): Promise<void> {
  const network = await joinNetwork({ transports: [local({ directory })] });
  const slot = await network.createMailslot('bench');
  const onMessage = counter();
  slot.on('message', (message) => onMessage(message.data));
  report({ atNs: '0' });
}

async function readBare(): Promise<void> {
  const onMessage = counter();
  let held: Buffer = Buffer.alloc(0);
  const server = createServer((socket) => {
    socket.on('data', (chunk: Buffer) => {
      const stream = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
      let at = 0;
      while (stream.length - at >= FRAME_HEADER_BYTES) {
        const end = at + FRAME_HEADER_BYTES + stream.readUInt32BE(at);
        if (end > stream.length) break;
        onMessage(stream.subarray(at + FRAME_HEADER_BYTES, end));
        at = end;
      }
      held = stream.subarray(at);
    });
  });
  server.listen(path);
  await once(server, 'listening');
  report({ atNs: '0' });
}

/** Writes what the task asks for and reports when it began, without the warm-up. */
async function writeAll(write: (data: Buffer) => unknown): Promise<void> {
  report({ atNs: '0' });
  await once(process, 'message');
  const data = Buffer.alloc(size, 'x');
  let startNs = 0n;
  for (let number = 0; number < total; number++) {
    if (number === warmUp) startNs = nowNs();
    if (lone) {
      if (number >= warmUp) await setTimeout(LONE_GAP_MS);
      data.writeBigUInt64BE(nowNs());
    }
    await write(data);
  }
  report({ atNs: String(startNs) });
}

async function writeMailslot(): Promise<void> {
  const network = await joinNetwork({ transports: [local({ directory })] });
  const writer = await network.openMailslot('bench');
  await writeAll((data) => writer.write(data));
}

async function writeBare(): Promise<void> {
  const socket = connect(path);
  await once(socket, 'connect');
  await writeAll((data) => {
    const frame = Buffer.allocUnsafe(FRAME_HEADER_BYTES + data.length);
    frame.writeUInt32BE(data.length);
    frame.set(data, FRAME_HEADER_BYTES);
    return socket.write(frame) ? undefined : once(socket, 'drain');
  });
}

/** The most one can do: the program itself puts messages together. */
async function writeBatches(): Promise<void> {
  const socket = connect(path);
  await once(socket, 'connect');
  const frameBytes = FRAME_HEADER_BYTES + size;
  let batch = Buffer.allocUnsafeSlow(BATCH_BYTES);
  let length = 0;
  let written = 0;
  await writeAll((data) => {
    length = batch.writeUInt32BE(data.length, length);
    batch.set(data, length);
    length += data.length;
    written++;
    if (length + frameBytes <= BATCH_BYTES && written < total) return undefined;
    const full = batch.subarray(0, length);
    batch = Buffer.allocUnsafeSlow(BATCH_BYTES);
    length = 0;
    return socket.write(full) ? undefined : once(socket, 'drain');
  });
}
