/** The fault injector for the local transport: every call to a stream socket fails once, as the system may let it fail. */

import { Server, Socket } from 'node:net';

import { afterEach, describe, expect, test, vi } from 'vitest';

import { MailslotError } from '@mailslot/core';

import {
  type LocalStation,
  localStation,
  LOBBY,
  message,
  socketDirectory,
} from './support/local-station.ts';
import { uncaughtDuring } from './support/outcomes.ts';

const CODES = ['ENETUNREACH', 'EADDRNOTAVAIL', 'ENODEV', 'EPERM', 'ENOBUFS'];

/** What a call may reject with; a program that tries again gets what it wants. */
const TOLD = [
  'ERROR_ACCESS_DENIED',
  'ERROR_NOT_ENOUGH_MEMORY',
  'ERROR_HANDLE_EOF',
  'ERROR_FILE_NOT_FOUND',
  'ERROR_BUSY',
];

function fault(code: string): Error {
  return Object.assign(new Error(`injected ${code}`), { code });
}

/** Lets the `nth` call of a kind fail from now on, and counts them. */
function inject(
  call: 'listen' | 'connect' | 'write',
  nth: number,
  code: string,
): { count: number } {
  const calls = { count: 0 };
  const target = (call === 'listen' ? Server : Socket).prototype as unknown as Record<
    string,
    (...args: unknown[]) => unknown
  >;
  const original = target[call]!;
  vi.spyOn(target, call).mockImplementation(function fail(this: Server | Socket, ...args) {
    if (calls.count++ !== nth) return original.apply(this, args);
    if (this instanceof Socket) this.destroy(fault(code));
    else process.nextTick(() => this.emit('error', fault(code)));
    return call === 'write' ? false : this;
  });
  return calls;
}

afterEach(() => void vi.restoreAllMocks());

/** Tries until it succeeds. What fails is told in words of ours. */
async function insist<Result>(call: () => Promise<Result> | Result): Promise<Result> {
  for (let tries = 0; ; tries++) {
    try {
      return await call();
    } catch (error) {
      expect(error).toBeInstanceOf(MailslotError);
      expect(TOLD).toContain((error as MailslotError).code);
      expect(tries).toBeLessThan(3);
    }
  }
}

/** One station creates a mailslot, another opens it and writes until something arrives. */
async function correspond(reader: LocalStation, writer: LocalStation): Promise<void> {
  await insist(() => reader.transport.listen(LOBBY, { maxMessageSize: 0 }));
  await vi.waitFor(
    async () => {
      const channel = await insist(() => writer.transport.open({ kind: 'local' }, LOBBY));
      await insist(() => channel.send(message('hello')) ?? Promise.resolve());
      channel.close();
      expect(reader.received.length).toBeGreaterThan(0);
    },
    { timeout: 10_000, interval: 5 },
  );
}

describe.each(['listen', 'connect', 'write'] as const)('%s', (call) => {
  test.each(CODES)('failing once with %s, whichever time, harms nobody', async (code) => {
    let calls = 3;
    for (let nth = 0; nth < calls; nth++) {
      const directory = await socketDirectory();
      const [reader, writer] = [await localStation(directory), await localStation(directory)];
      const counted = inject(call, nth, code);
      expect(await uncaughtDuring(() => correspond(reader, writer))).toEqual([]);
      vi.restoreAllMocks();
      calls = Math.min(calls, counted.count);
    }
    expect(calls).toBeGreaterThan(0);
  });
});
