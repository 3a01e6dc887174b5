/** The writing end. Rows are those of the table in docs/semantics.md. */

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import { joinNetwork, type Network } from '@mailslot/core';
import { Lan } from '@mailslot/core/testing';
import { FakeChannel, fakeTransport } from './support/fake-transport.ts';
import { codeOf, takeAll } from './support/outcomes.ts';

const EVERYONE = '\\\\*\\mailslot\\lobby';

/** As on udp: memory takes no larger message. */
const MESSAGE_BYTES_MAX = 65_536;

const lan = new Lan();
let ann: Network;
let bob: Network;

beforeEach(async () => {
  ann = await lan.join('ANN-PC');
  bob = await lan.join('BOB-PC');
});

afterEach(async () => {
  await Promise.all([ann.close(), bob.close()]);
});

describe('on this computer, a writer', () => {
  test('needs a mailslot to write to (row 14)', async () => {
    for (const name of ['lobby', '\\\\.\\mailslot\\lobby', '\\\\.\\mailslot\\a\\b']) {
      expect(await codeOf(() => ann.openMailslot(name))).toBe('ERROR_FILE_NOT_FOUND');
    }
  });

  test('does not find the mailslots of other computers', async () => {
    await bob.createMailslot('lobby');
    expect(await codeOf(() => ann.send('lobby', 'hello'))).toBe('ERROR_FILE_NOT_FOUND');
  });

  test('is one of any number (row 16)', async () => {
    const slot = await ann.createMailslot('lobby');
    const open = Array.from({ length: 100 }, () => ann.openMailslot('lobby'));
    const writers = await Promise.all(open);
    for (const writer of writers) await writer.write('hello');
    expect(await takeAll(slot)).toEqual(writers.map(() => 'hello'));
  });

  test('fails once its mailslot is closed, and never reaches the next (rows 40, 41)', async () => {
    const slot = await ann.createMailslot('lobby');
    const writer = await ann.openMailslot('lobby');
    await slot.close();
    expect(await codeOf(() => writer.write('late'))).toBe('ERROR_HANDLE_EOF');
    const next = await ann.createMailslot('lobby');
    expect(await codeOf(() => writer.write('late'))).toBe('ERROR_HANDLE_EOF');
    await ann.send('lobby', 'new');
    expect(await takeAll(next)).toEqual(['new']);
  });
});

describe('on the network, a writer', () => {
  test('takes a message of the largest size, and refuses one byte more (row 53)', async () => {
    const slot = await bob.createMailslot('lobby');
    const writer = await ann.openMailslot(EVERYONE);
    expect(writer.maxMessageSize).toBe(MESSAGE_BYTES_MAX);
    await writer.write(new Uint8Array(MESSAGE_BYTES_MAX));
    lan.clock.advance(10);
    expect(slot.info().nextSize).toBe(MESSAGE_BYTES_MAX);
    const tooLarge = new Uint8Array(MESSAGE_BYTES_MAX + 1);
    expect(await codeOf(() => writer.write(tooLarge))).toBe('ERROR_BAD_NETPATH');
  });

  test('reaches a mailslot that is made later (row 52)', async () => {
    const writer = await ann.openMailslot('\\\\BOB-PC\\mailslot\\lobby');
    await writer.write('to nobody');
    lan.clock.advance(10);
    const slot = await bob.createMailslot('lobby');
    await writer.write('to bob');
    lan.clock.advance(10);
    expect(await takeAll(slot)).toEqual(['to bob']);
  });

  test('sends bytes as they were, whatever is done to them after', async () => {
    const slot = await bob.createMailslot('lobby');
    const bytes = [Uint8Array.of(1, 2, 3), Buffer.from([4, 5, 6])];
    for (const each of bytes) {
      await ann.send(EVERYONE, each);
      each.fill(0);
    }
    lan.clock.advance(10);
    expect((await slot.read()).data).toEqual(Uint8Array.of(1, 2, 3));
    expect((await slot.read()).data).toEqual(Uint8Array.of(4, 5, 6));
  });

  test('writes no faster than the slowest transport takes it', async () => {
    const room: (() => void)[] = [];
    const channel = () => ({
      maxMessageSize: Infinity,
      send: () => new Promise<void>((resolve) => room.push(resolve)),
      close() {},
    });
    await using network = await joinNetwork({
      transports: ['first', 'second'].map((name) =>
        fakeTransport({ name, open: async () => channel() }),
      ),
    });
    const writer = await network.openMailslot(EVERYONE);
    const written = vi.fn<() => void>();
    const writing = writer.write('hello').then(() => written());
    room[0]!();
    await lan.clock.advanceAsync(0);
    expect(written).not.toHaveBeenCalled();
    room[1]!();
    await writing;
  });
});

describe('a writer that is closed', () => {
  test('refuses to write; closing again does nothing', async () => {
    await ann.createMailslot('lobby');
    const writer = await ann.openMailslot('lobby');
    writer.close();
    writer.close();
    expect(await codeOf(() => writer.write('late'))).toBe('ERROR_INVALID_HANDLE');
  });

  test('is closed at the end of an await using, with its way out', async () => {
    const channel = new FakeChannel();
    const transport = fakeTransport({ open: async () => channel });
    await using network = await joinNetwork({ transports: [transport] });
    {
      await using writer = await network.openMailslot(EVERYONE);
      expect(writer.name).toBe(EVERYONE);
    }
    expect(channel.closed).toBe(1);
  });
});
