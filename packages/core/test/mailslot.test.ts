/** The reading end. Rows are those of the table in docs/semantics.md. */

import { getEventListeners } from 'node:events';

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import {
  joinNetwork,
  type Mailslot,
  type Message,
  type Network,
  type Timer,
  type Writer,
} from '@mailslot/core';
import { VirtualClock } from '@mailslot/core/testing';
import { QUEUE_BYTES_MAX, QUEUE_MESSAGES_MAX } from '../src/message-queue.ts';
import { codeOf, takeAll, uncaughtDuring } from './support/outcomes.ts';

const UINT32_MAX = 2 ** 32 - 1;

let clock: VirtualClock;
let network: Network;
let slot: Mailslot;
let writer: Writer;

beforeEach(async () => {
  clock = new VirtualClock();
  network = await joinNetwork({ computerName: 'ann-pc', transports: [], clock });
  slot = await network.createMailslot('lobby');
  writer = await network.openMailslot('lobby');
});

afterEach(() => network.close());

async function write(...messages: (string | Uint8Array)[]): Promise<void> {
  for (const message of messages) await writer.write(message);
}

describe('a message', () => {
  test('says what, from whom, to which name, over what and when', async () => {
    clock.advance(5000);
    await write('hello');
    expect(await slot.read()).toMatchObject({
      data: new TextEncoder().encode('hello'),
      from: 'ANN-PC',
      to: '\\\\.\\mailslot\\lobby',
      transport: 'local',
      receivedAt: clock.wallTime(),
    });
  });

  test('is as it was written, whatever the writer does to its bytes after', async () => {
    const [bytes, buffer] = [Uint8Array.of(1, 2, 3), Buffer.from([4, 5, 6])];
    await write(bytes, buffer);
    bytes.fill(0);
    buffer.fill(0);
    expect((await slot.read()).data).toEqual(Uint8Array.of(1, 2, 3));
    expect((await slot.read()).data).toEqual(Uint8Array.of(4, 5, 6));
  });

  test('is text to the letter, with U+FFFD for what is no text', async () => {
    await write('\uFEFFgrüß dich 🙂', Uint8Array.of(0x61, 0xff));
    expect(await takeAll(slot)).toEqual(['\uFEFFgrüß dich 🙂', 'a\uFFFD']);
  });
});

describe('a slot', () => {
  test('is empty at first, and tells what it was made with (rows 21, 32)', async () => {
    const made = await network.createMailslot('made', { maxMessageSize: 77, readTimeoutMs: 250 });
    expect(made.info()).toEqual({
      maxMessageSize: 77,
      nextSize: undefined,
      messageCount: 0,
      readTimeoutMs: 250,
      droppedCount: 0,
    });
    expect(slot.info()).toMatchObject({ maxMessageSize: 0, readTimeoutMs: Infinity });
  });

  test('counts what waits and knows the size of the next (row 33)', async () => {
    await write('four', '', 'seven77');
    const sizes: (number | undefined)[] = [];
    for (let left = 3; left > 0; left--) {
      expect(slot.info().messageCount).toBe(left);
      sizes.push(slot.info().nextSize);
      await slot.read();
    }
    expect(sizes).toEqual([4, 0, 7]);
  });

  test('keeps the messages of all its writers in order, one to a read (row 24)', async () => {
    const second = await network.openMailslot('\\\\.\\MAILSLOT\\Lobby');
    await writer.write('one');
    await second.write('two');
    await writer.write('three');
    expect(await takeAll(slot)).toEqual(['one', 'two', 'three']);
  });

  test('keeps what a writer wrote before it closed (row 37)', async () => {
    await write('last words');
    writer.close();
    expect(await takeAll(slot)).toEqual(['last words']);
  });

  test('takes a message of exactly its limit and refuses one byte more (row 19)', async () => {
    await network.createMailslot('small', { maxMessageSize: 10 });
    await network.send('small', new Uint8Array(10));
    expect(await codeOf(() => network.send('small', new Uint8Array(11)))).toBe(
      'ERROR_INVALID_PARAMETER',
    );
  });

  test('takes any size if it was made without a limit (rows 20, 22)', async () => {
    for (const size of [0, 424, 425, 426, 4093, 65_537, 2 ** 20]) {
      await write(new Uint8Array(size));
      expect((await slot.read()).data).toHaveLength(size);
    }
  });

  test('takes a limit of 32 bits and no larger, smaller or broken one', async () => {
    const largest = await network.createMailslot('largest', { maxMessageSize: UINT32_MAX });
    expect(largest.info().maxMessageSize).toBe(UINT32_MAX);
    for (const maxMessageSize of [UINT32_MAX + 1, -1, 0.5, NaN]) {
      const create = () => network.createMailslot('limited', { maxMessageSize });
      expect(await codeOf(create)).toBe('ERROR_INVALID_PARAMETER');
    }
  });

  test('drops the newest when it holds 65 536 messages, counts it and tells (row 44)', async () => {
    const dropped: string[] = [];
    slot.on('drop', (message, reason) => dropped.push(`${message.text()}: ${reason}`));
    for (let count = 1; count <= QUEUE_MESSAGES_MAX; count++) await writer.write('kept');
    expect(dropped).toEqual([]);
    await writer.write('one too many');
    expect(slot.info()).toMatchObject({ messageCount: QUEUE_MESSAGES_MAX, droppedCount: 1 });
    expect(dropped).toEqual(['one too many: queue-full']);
    await slot.read();
    await writer.write('room again');
    expect(slot.info()).toMatchObject({ messageCount: QUEUE_MESSAGES_MAX, droppedCount: 1 });
  });

  test('drops the newest when it holds 64 MiB', async () => {
    await write(new Uint8Array(QUEUE_BYTES_MAX), '', 'x');
    expect(slot.info()).toMatchObject({ messageCount: 2, droppedCount: 1 });
  });
});

describe('a read', () => {
  test('takes a message that is there, even without waiting (row 46)', async () => {
    await write('there');
    expect((await slot.read({ timeoutMs: 0 })).text()).toBe('there');
  });

  test('does not wait with a timeout of 0 (row 28)', async () => {
    expect(await codeOf(() => slot.read({ timeoutMs: 0 }))).toBe('ERROR_SEM_TIMEOUT');
  });

  test('gives up when its time is over, not before (row 29)', async () => {
    let code: string | undefined;
    void codeOf(() => slot.read({ timeoutMs: 1000 })).then((ended) => (code = ended));
    await clock.advanceAsync(999);
    expect(code).toBeUndefined();
    await clock.advanceAsync(1);
    expect(code).toBe('ERROR_SEM_TIMEOUT');
  });

  test('waits for ever unless told otherwise (row 30)', async () => {
    const reading = slot.read();
    await clock.advanceAsync(365 * 24 * 3_600_000);
    await write('at last');
    expect((await reading).text()).toBe('at last');
  });

  test('is woken by an empty message (row 23)', async () => {
    const reading = slot.read();
    await write('');
    expect((await reading).data).toHaveLength(0);
  });

  test('is served in the order in which it was asked for (rows 31, 45)', async () => {
    const readings = [slot.read(), slot.read(), slot.read()];
    await write('first', 'second', 'third');
    const messages = await Promise.all(readings);
    expect(messages.map((message) => message.text())).toEqual(['first', 'second', 'third']);
  });

  test('leaves a message that is larger than its buffer at the head (row 25)', async () => {
    await write('four', 'x');
    expect(await codeOf(() => slot.read({ bufferSize: 3 }))).toBe('ERROR_INSUFFICIENT_BUFFER');
    expect(slot.info()).toMatchObject({ messageCount: 2, nextSize: 4 });
    expect((await slot.read({ bufferSize: 4 })).text()).toBe('four');
  });

  test('fails at once while it waits if what comes is too large; that stays (row 26)', async () => {
    const [small, large] = [slot.read({ bufferSize: 3 }), slot.read({ bufferSize: 4 })];
    const refused = codeOf(() => small);
    await write('four', 'kept');
    expect(await refused).toBe('ERROR_INSUFFICIENT_BUFFER');
    expect((await large).text()).toBe('four');
    expect(await takeAll(slot)).toEqual(['kept']);
  });

  test('takes an empty message into no buffer at all (row 27)', async () => {
    const none = { bufferSize: 0, timeoutMs: 0 };
    expect(await codeOf(() => slot.read(none))).toBe('ERROR_SEM_TIMEOUT');
    await write('', 'x');
    expect((await slot.read(none)).data).toHaveLength(0);
    expect(await codeOf(() => slot.read(none))).toBe('ERROR_INSUFFICIENT_BUFFER');
  });

  test('refuses a timeout that is no time, and a buffer of no size', async () => {
    for (const wrong of [-1, NaN]) {
      const calls = [
        () => slot.read({ timeoutMs: wrong }),
        () => slot.setReadTimeout(wrong),
        () => slot.read({ bufferSize: wrong }),
      ];
      for (const call of calls) expect(await codeOf(call)).toBe('ERROR_INVALID_PARAMETER');
    }
  });

  test('takes the timeout set last, unless it waits already (row 35)', async () => {
    const ended: string[] = [];
    const read = (name: string) => slot.read().catch(() => ended.push(`${name} at ${clock.now()}`));
    slot.setReadTimeout(100);
    void read('earlier');
    slot.setReadTimeout(50);
    void read('later');
    await clock.advanceAsync(200);
    expect(ended).toEqual(['later at 51', 'earlier at 101']);
  });

  test('ends when its signal fires, and no message is lost by it (row 47)', async () => {
    const controller = new AbortController();
    const [cancelled, next] = [slot.read({ signal: controller.signal }), slot.read()];
    const code = codeOf(() => cancelled);
    controller.abort(new Error('enough'));
    await write('for the next', 'for later');
    expect(await code).toBe('ERROR_OPERATION_ABORTED');
    await expect(cancelled).rejects.toMatchObject({ cause: { message: 'enough' } });
    expect((await next).text()).toBe('for the next');
    expect(await takeAll(slot)).toEqual(['for later']);
  });

  test('does not begin when its signal has fired already', async () => {
    await write('kept');
    expect(await codeOf(() => slot.read({ signal: AbortSignal.abort() }))).toBe(
      'ERROR_OPERATION_ABORTED',
    );
    expect(await takeAll(slot)).toEqual(['kept']);
  });

  test('leaves nothing behind on its signal and the clock when it ends', async () => {
    const { signal } = new AbortController();
    const schedule = vi.spyOn(clock, 'schedule');
    const reading = slot.read({ signal, timeoutMs: 1000 });
    const [timer] = schedule.mock.results.map(({ value }) => vi.spyOn(value as Timer, 'cancel'));
    expect(getEventListeners(signal, 'abort')).toHaveLength(1);
    await write('done');
    await reading;
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
    expect(timer).toHaveBeenCalledTimes(1);
  });

  test('keeps the message that came before its signal fired', async () => {
    const controller = new AbortController();
    const reading = slot.read({ signal: controller.signal });
    await write('in time');
    controller.abort();
    expect((await reading).text()).toBe('in time');
  });
});

describe('a listener', () => {
  let log: string[];
  const record = (message: Message): void => void log.push(message.text());

  beforeEach(() => {
    log = [];
  });

  test('takes each message as it comes', async () => {
    slot.on('message', record);
    await write('one', 'two');
    expect(log).toEqual(['one', 'two']);
    expect(slot.info().messageCount).toBe(0);
  });

  test('takes earlier messages first, but never before on() has returned', async () => {
    await write('one', 'two');
    slot.on('message', record);
    expect(log).toEqual([]);
    await write('three');
    expect(log).toEqual(['one', 'two', 'three']);
  });

  test('takes exactly one with once()', async () => {
    await write('one', 'two');
    slot.once('message', record);
    await write('three');
    expect(log).toEqual(['one']);
    expect(await takeAll(slot)).toEqual(['two', 'three']);
    slot.once('message', record);
    await write('four', 'five');
    expect(log).toEqual(['one', 'four']);
  });

  test('leaves the rest in the queue when it is taken off', async () => {
    await write('one', 'two', 'three');
    slot.addListener('message', (message) => {
      record(message);
      if (message.text() === 'two') slot.removeAllListeners('message');
    });
    await write('four');
    expect(log).toEqual(['one', 'two']);
    expect(await takeAll(slot)).toEqual(['three', 'four']);
  });

  test('that throws becomes an uncaught exception, and delivery goes on', async () => {
    slot.on('message', (message) => {
      record(message);
      throw new Error(`no ${message.text()}`);
    });
    const uncaught = await uncaughtDuring(() => write('one', 'two'));
    expect(uncaught).toEqual([new Error('no one'), new Error('no two')]);
    expect(log).toEqual(['one', 'two']);
  });

  test('is not entered again while it runs: what it writes to its own slot waits its turn', async () => {
    slot.on('message', (message) => {
      log.push(`begin ${message.text()}`);
      if (message.text() === 'one') void writer.write('two');
      log.push(`end ${message.text()}`);
    });
    await write('one');
    expect(log).toEqual(['begin one', 'end one', 'begin two', 'end two']);
  });

  test('may answer another for as long as both like', async () => {
    const pong = await network.createMailslot('pong');
    const toPong = await network.openMailslot('pong');
    let rounds = 0;
    slot.on('message', () => void toPong.write('ping'));
    pong.on('message', () => void (++rounds < 50_000 && writer.write('pong')));
    expect(await uncaughtDuring(() => write('serve'))).toEqual([]);
    expect(rounds).toBe(50_000);
  });

  test('yields to reads that wait', async () => {
    const reading = slot.read();
    slot.on('message', record);
    await write('for the read', 'for the listener');
    expect((await reading).text()).toBe('for the read');
    expect(log).toEqual(['for the listener']);
  });
});

describe('for await', () => {
  test('gives each message, earlier ones first, until the slot is closed', async () => {
    await write('one', 'two');
    const log: string[] = [];
    const done = (async () => {
      for await (const message of slot) log.push(message.text());
    })();
    await clock.advanceAsync(0);
    await write('three');
    await slot.close();
    await done;
    expect(log).toEqual(['one', 'two', 'three']);
  });

  test('ends when the slot is closed while it waits', async () => {
    const next = slot[Symbol.asyncIterator]().next();
    await slot.close();
    expect(await next).toEqual({ done: true, value: undefined });
  });

  test('waits for ever, whatever the read timeout', async () => {
    slot.setReadTimeout(10);
    const next = slot[Symbol.asyncIterator]().next();
    await clock.advanceAsync(1000);
    await write('late');
    expect(((await next).value as Message).text()).toBe('late');
  });

  test('leaves the slot open, and the rest in it, when the loop is left', async () => {
    await write('one', 'two');
    for await (const message of slot) {
      expect(message.text()).toBe('one');
      break;
    }
    expect(await takeAll(slot)).toEqual(['two']);
  });
});

test('reads, loops and listeners take from one queue, each message once', async () => {
  const log: string[] = [];
  const reading = slot.read();
  const loop = slot[Symbol.asyncIterator]();
  const next = loop.next();
  slot.on('message', (message) => log.push(message.text()));
  await write('read', 'loop', 'listener');
  expect((await reading).text()).toBe('read');
  expect(((await next).value as Message).text()).toBe('loop');
  expect(log).toEqual(['listener']);
});

describe('a shared handle', () => {
  test('reads the same queue and has the same timeout (rows 35, 38)', async () => {
    const second = slot.share();
    expect(second.name).toBe(slot.name);
    await write('one', 'two');
    expect((await second.read()).text()).toBe('one');
    expect((await slot.read()).text()).toBe('two');
    second.setReadTimeout(123);
    expect(slot.info().readTimeoutMs).toBe(123);
  });

  test('keeps the slot and its messages alive until the last is closed (row 38)', async () => {
    const second = slot.share();
    await write('kept');
    await slot.close();
    expect(await codeOf(() => network.createMailslot('lobby'))).toBe('ERROR_ALREADY_EXISTS');
    expect(await takeAll(second)).toEqual(['kept']);
    await second.close();
    await (await network.createMailslot('lobby')).close();
  });

  test('that closes ends its own reads, no others', async () => {
    const second = slot.share();
    const [own, other] = [second.read(), slot.read()];
    const code = codeOf(() => own);
    await second.close();
    expect(await code).toBe('ERROR_OPERATION_ABORTED');
    await write('for the other');
    expect((await other).text()).toBe('for the other');
  });
});

describe('closing', () => {
  test('rejects waiting reads at once (row 48)', async () => {
    const codes = [codeOf(() => slot.read()), codeOf(() => slot.read({ timeoutMs: 1000 }))];
    await slot.close();
    expect(await Promise.all(codes)).toEqual([
      'ERROR_OPERATION_ABORTED',
      'ERROR_OPERATION_ABORTED',
    ]);
  });

  test('tells, once, and closing again does nothing', async () => {
    const closed = vi.fn<() => void>();
    slot.on('close', closed);
    await Promise.all([slot.close(), slot.close()]);
    await slot.close();
    expect(closed).toHaveBeenCalledTimes(1);
  });

  test('deletes what was not read (row 39)', async () => {
    await write('unread');
    await slot.close();
    await using again = await network.createMailslot('lobby');
    expect(again.info().messageCount).toBe(0);
  });

  test('leaves a handle that answers nothing but ERROR_INVALID_HANDLE', async () => {
    await slot.close();
    const calls = [
      () => slot.read(),
      () => slot.info(),
      () => slot.setReadTimeout(0),
      () => slot.share(),
    ];
    for (const call of calls) expect(await codeOf(call)).toBe('ERROR_INVALID_HANDLE');
    expect(await slot[Symbol.asyncIterator]().next()).toEqual({ done: true, value: undefined });
  });

  test('happens at the end of an await using', async () => {
    {
      await using brief = await network.createMailslot('brief');
      expect(brief.info().messageCount).toBe(0);
    }
    await using again = await network.createMailslot('brief');
    expect(again.name).toBe('\\\\.\\mailslot\\brief');
  });

  test('from within a listener ends the delivery', async () => {
    await write('one', 'two');
    const log: string[] = [];
    slot.on('message', (message) => {
      log.push(message.text());
      void slot.close();
    });
    await clock.advanceAsync(0);
    expect(log).toEqual(['one']);
  });
});
