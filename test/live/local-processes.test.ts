/** Messages between processes of one computer. */

import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { joinNetwork, local, type Mailslot, type Network } from '@mailslot/core';
import { forkSource } from '../support/fork-source.ts';

const PROGRAM = new URL('children/local-program.ts', import.meta.url);
const MIB = 1024 * 1024;

let directory: string;
let network: Network;
let home: Mailslot;
let children: ChildProcess[];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'ms-'));
  network = await joinNetwork({ transports: [local({ directory })] });
  home = await network.createMailslot('home');
  children = [];
});

afterEach(async () => {
  for (const child of children) child.kill('SIGKILL');
  await network.close();
  await rm(directory, { recursive: true, force: true });
});

/** Starts the other process. It has done what it does when this resolves, and may have ended. */
async function start(role: string): Promise<{ child: ChildProcess; exited: Promise<unknown[]> }> {
  const child = forkSource(PROGRAM, [role, directory]);
  children.push(child);
  const exited = once(child, 'exit');
  await Promise.race([once(child, 'message'), exited]);
  return { child, exited };
}

test('messages of any size go there and come back, in order', async () => {
  await start('echo');
  const echo = await network.openMailslot('echo');
  const sent = [0, 100, MIB, 16 * MIB, 0, 1].map((size, index) => {
    const data = Buffer.alloc(size);
    for (let at = 0; at < size; at += 1021) data[at] = at * 31 + index;
    return data;
  });
  for (const data of sent) await echo.write(data);
  for (const data of sent) {
    const message = await home.read({ timeoutMs: 10_000 });
    expect(Buffer.compare(message.data, data)).toBe(0);
    expect(message).toMatchObject({
      from: 'ECHO',
      to: '\\\\.\\mailslot\\home',
      transport: 'local',
    });
  }
});

describe('a process that ends', () => {
  test.each([
    ['writeAndEnd', 20_000],
    ['writeAndExit', 100],
    ['writeCloseAndExit', 20_000],
  ])('loses nothing of what it has written: %s', async (role, count) => {
    const { exited } = await start(role);
    for (let number = 0; number < count; number++) {
      expect((await home.read({ timeoutMs: 10_000 })).text()).toBe(`${number}`.padEnd(100));
    }
    expect(await exited).toEqual([0, null]);
    expect(home.info()).toMatchObject({ messageCount: 0, droppedCount: 0 });
  });

  test('is not held up by a mailslot it has open, but by one that it has created', async () => {
    expect(await (await start('open')).exited).toEqual([0, null]);
    const { child, exited } = await start('read');
    const one = await Promise.race([exited, network.openMailslot('silence')]);
    expect(one).toHaveProperty('write');
    child.kill();
    expect(await exited).toEqual([null, 'SIGTERM']);
  });
});

test('a writer learns that the reader was killed, and does not reach its successor', async () => {
  const { child, exited } = await start('echo');
  const writer = await network.openMailslot('echo');
  await writer.write('still there?');
  expect((await home.read({ timeoutMs: 10_000 })).text()).toBe('still there?');
  child.kill('SIGKILL');
  await exited;
  await expect(writer.write('and now?')).rejects.toMatchObject({ code: 'ERROR_HANDLE_EOF' });
  await start('echo');
  await expect(writer.write('and now?')).rejects.toMatchObject({ code: 'ERROR_HANDLE_EOF' });
  await network.send('echo', 'who are you?');
  expect((await home.read({ timeoutMs: 10_000 })).text()).toBe('who are you?');
});

test('a writer waits for a reader that is stopped, and everybody else does not', async () => {
  const { child } = await start('echo');
  const writer = await network.openMailslot('echo');
  const everyone = await network.openMailslot('\\\\*\\mailslot\\echo');
  child.kill('SIGSTOP');
  let written = 0;
  const writing = (async () => {
    for (; written < 20; written++) await writer.write(new Uint8Array(100_000));
  })();
  // It ends although nobody reads, since others might.
  for (let count = 0; count < 10; count++) await everyone.write(new Uint8Array(100_000));
  expect(written).toBeLessThan(20);
  expect(network.stats()['local']?.drops['unsent']).toBeGreaterThan(0);
  child.kill('SIGCONT');
  await writing;
  for (let count = 0; count < 20; count++) await home.read({ timeoutMs: 10_000 });
});

test('what was written to a reader that is stopped arrives, though its writer has gone meanwhile', async () => {
  const { child } = await start('echo');
  child.kill('SIGSTOP');
  const { exited } = await start('ask');
  await exited;
  child.kill('SIGCONT');
  expect((await home.read({ timeoutMs: 10_000 })).text()).toBe('who is there?');
});
