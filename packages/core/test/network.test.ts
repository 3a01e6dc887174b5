/** One program's place on the network. */

import { EventEmitter, once } from 'node:events';

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import {
  joinNetwork,
  type Mailslot,
  MailslotError,
  type MailslotOptions,
  type Network,
  type Transport,
} from '@mailslot/core';
import type { TransportHost } from '@mailslot/core/internal';
import { Lan } from '@mailslot/core/testing';
import { HOST_NAME_BYTES_MAX, PATH_BYTES_MAX } from '../src/name.ts';
import { FakeChannel, fakeTransport } from './support/fake-transport.ts';
import { codeOf, takeAll, uncaughtDuring } from './support/outcomes.ts';

/** Joins over transports that are fakes but for the members given. */
function join(transports: Partial<Transport>[] = []): Promise<Network> {
  return joinNetwork({ computerName: 'ANN-PC', transports: transports.map(fakeTransport) });
}

describe('who is reached', () => {
  const STATIONS = {
    ann: ['ANN-PC', 'WORKGROUP'],
    bob: ['BOB-PC', 'WORKGROUP'],
    bobToo: ['bob-pc', 'workgroup'],
    cat: ['CAT-PC', 'OFFICE'],
    dan: ['DAN-PC', 'OFFICE'],
  } as const;
  const lan = new Lan();
  const networks: Network[] = [];
  const slots = new Map<string, Mailslot>();

  beforeEach(async () => {
    for (const [station, [computerName, domain]] of Object.entries(STATIONS)) {
      const network = await lan.join(computerName, { domain });
      networks.push(network);
      slots.set(station, await network.createMailslot('lobby'));
    }
  });

  afterEach(async () => {
    await Promise.all(networks.splice(0).map((network) => network.close()));
  });

  test.each([
    ['\\\\.\\mailslot\\lobby', ['ann']],
    ['lobby', ['ann']],
    ['\\\\*\\mailslot\\lobby', ['ann', 'bob', 'bobToo']],
    ['\\\\BOB-PC\\mailslot\\lobby', ['bob', 'bobToo']],
    ['\\\\bob-pc\\MAILSLOT\\Lobby', ['bob', 'bobToo']],
    ['\\\\ANN-PC\\mailslot\\lobby', ['ann']],
    ['\\\\localhost\\mailslot\\lobby', ['ann']],
    ['\\\\127.0.0.1\\mailslot\\lobby', ['ann']],
    ['\\\\OFFICE\\mailslot\\lobby', ['cat', 'dan']],
    ['\\\\WORKGROUP\\mailslot\\lobby', ['ann', 'bob', 'bobToo']],
    ['\\\\NOBODY\\mailslot\\lobby', []],
    ['\\\\*\\mailslot\\elsewhere', []],
  ])('by %s from ann: %j', async (name, reached) => {
    await networks[0]!.send(name, 'hello');
    lan.clock.advance(10);
    const hearers: string[] = [];
    for (const [station, slot] of slots) {
      const texts = await takeAll(slot);
      if (texts.length > 0) hearers.push(station);
      expect(texts).toEqual(texts.length > 0 ? ['hello'] : []);
    }
    expect(hearers).toEqual(reached);
  });

  test('a reader learns from whom, to which name and over what', async () => {
    for (const to of ['\\\\*\\mailslot\\lobby', '\\\\BOB-PC\\mailslot\\lobby']) {
      await networks[0]!.send(to, 'hello');
      lan.clock.advance(10);
      expect(await slots.get('bob')!.read()).toMatchObject({
        from: 'ANN-PC',
        to,
        transport: 'memory',
        receivedAt: lan.clock.wallTime() - 9.8,
      });
    }
  });
});

describe('a message is delivered once', () => {
  test('when the network brings it twice', async () => {
    const lan = new Lan({ duplication: 1 });
    const [ann, bob] = [await lan.join('ANN-PC'), await lan.join('BOB-PC')];
    const [own, other] = [await ann.createMailslot('lobby'), await bob.createMailslot('lobby')];
    for (const text of ['one', 'two']) await ann.send('\\\\*\\mailslot\\lobby', text);
    lan.clock.advance(10);
    expect(await takeAll(own)).toEqual(['one', 'two']);
    expect(await takeAll(other)).toEqual(['one', 'two']);
    expect(bob.stats()['memory']).toMatchObject({ receivedMessages: 4, drops: { duplicate: 2 } });
  });

  test('when two transports bring it', async () => {
    const [cable, radio] = [new Lan(), new Lan({ latencyMs: 3 })];
    const join = (host: string): Promise<Network> => {
      const transports = [
        cable.transport(host),
        Object.assign(radio.transport(host), { name: 'radio' }),
      ];
      return joinNetwork({ computerName: host, transports });
    };
    const [ann, bob] = [await join('ANN-PC'), await join('BOB-PC')];
    const [own, other] = [await ann.createMailslot('lobby'), await bob.createMailslot('lobby')];
    for (const text of ['one', 'two']) await ann.send('\\\\*\\mailslot\\lobby', text);
    for (const lan of [cable, radio]) lan.clock.advance(10);
    expect(await takeAll(own)).toEqual(['one', 'two']);
    expect(await takeAll(other)).toEqual(['one', 'two']);
    expect(bob.stats()).toMatchObject({
      memory: { drops: {} },
      radio: { drops: { duplicate: 2 } },
    });
  });
});

describe('joining', () => {
  test('needs no transport: own mailslots work, writes to others go nowhere', async () => {
    await using network = await join();
    const slot = await network.createMailslot('lobby');
    await network.send('lobby', 'here');
    await network.send('\\\\*\\mailslot\\lobby', 'everywhere');
    await network.send('\\\\NOBODY\\mailslot\\lobby', 'nowhere');
    expect(await takeAll(slot)).toEqual(['here', 'everywhere']);
    expect(network.interfaces()).toEqual([]);
    expect(network.stats()).toEqual({});
  });

  test('takes names without regard to case, and WORKGROUP for a domain', async () => {
    await using network = await joinNetwork({ computerName: 'ann-pc', transports: [] });
    expect(network).toMatchObject({ computerName: 'ANN-PC', domain: 'WORKGROUP' });
    await using nameless = await joinNetwork({ transports: [], domain: 'Office' });
    expect(nameless.computerName).toMatch(/^[^.]+$/);
    expect(nameless.domain).toBe('OFFICE');
  });

  test('takes names of 63 bytes and not one more', async () => {
    const longest = 'ä'.repeat((HOST_NAME_BYTES_MAX - 1) / 2) + 'x';
    await joinNetwork({ computerName: longest, domain: longest, transports: [] });
    for (const name of [`${longest}x`, '', 'a\\b', 'a*']) {
      for (const names of [{ computerName: name }, { domain: name }]) {
        const join = () => joinNetwork({ ...names, transports: [] });
        expect(await codeOf(join)).toBe('ERROR_INVALID_NAME');
      }
    }
  });

  test('takes each transport once', async () => {
    expect(await codeOf(() => join([{}, {}]))).toBe('ERROR_INVALID_PARAMETER');
    await (await join([{}, { name: 'another' }])).close();
  });

  test('keeps the process alive, unless it is told not to', async () => {
    const unref = vi.fn<() => void>();
    await using network = await join([{ unref }, { name: 'second', unref }]);
    expect(unref).not.toHaveBeenCalled();
    expect(network.unref()).toBe(network);
    expect(unref).toHaveBeenCalledTimes(2);
  });

  test('fails as its transport does, and leaves none started', async () => {
    const busy = new MailslotError('ERROR_BUSY', 'Port 19795 is taken by another program.');
    const stop = vi.fn<Transport['stop']>();
    const good = fakeTransport({ name: 'good', stop });
    const bad = fakeTransport({ name: 'bad', start: () => Promise.reject(busy) });
    await expect(joinNetwork({ transports: [bad, good] })).rejects.toBe(busy);
    expect(stop).toHaveBeenCalledTimes(1);
  });

  test('is cancelled by its signal, before and while it starts', async () => {
    const controller = new AbortController();
    const start = vi.fn<Transport['start']>(async () => controller.abort());
    const stop = vi.fn<Transport['stop']>();
    const transports = [fakeTransport({ start, stop })];
    const join = () => joinNetwork({ transports, signal: controller.signal });
    expect(await codeOf(join)).toBe('ERROR_OPERATION_ABORTED');
    expect(stop).toHaveBeenCalledTimes(1);
    expect(await codeOf(join)).toBe('ERROR_OPERATION_ABORTED');
    expect(start).toHaveBeenCalledTimes(1);
  });
});

describe('creating a mailslot', () => {
  test('is for this computer only', async () => {
    await using network = await join();
    for (const host of ['*', 'BOB-PC', 'ANN-PC', 'localhost']) {
      const create = () => network.createMailslot(`\\\\${host}\\mailslot\\lobby`);
      expect(await codeOf(create)).toBe('ERROR_INVALID_NAME');
    }
  });

  test('makes the name one of a kind until it is closed (row 3)', async () => {
    await using network = await join();
    const slot = await network.createMailslot('lobby');
    const again = () => network.createMailslot('\\\\.\\mailslot\\LOBBY');
    expect(await codeOf(again)).toBe('ERROR_ALREADY_EXISTS');
    await slot.close();
    await again();
  });

  test('that a transport refuses leaves the name free', async () => {
    const taken = new MailslotError('ERROR_ALREADY_EXISTS', 'Another program has it.');
    const listen = vi.fn<Transport['listen']>(async () => ({ close: async () => {} }));
    listen.mockRejectedValueOnce(taken);
    await using network = await join([{ name: 'first' }, { name: 'second', listen }]);
    await expect(network.createMailslot('lobby')).rejects.toBe(taken);
    expect((await network.createMailslot('lobby')).name).toBe('\\\\.\\mailslot\\lobby');
  });

  test('is refused with names and options out of range', async () => {
    await using network = await join();
    const longest = 'é'.repeat((PATH_BYTES_MAX - 1) / 2) + 'x';
    await network.createMailslot(longest);
    const refused: [string, string, MailslotOptions?][] = [
      ['ERROR_FILENAME_EXCED_RANGE', `${longest}x`],
      ['ERROR_PATH_NOT_FOUND', ''],
      ['ERROR_INVALID_NAME', '\\\\.\\pipe\\lobby'],
      ['ERROR_INVALID_PARAMETER', 'lobby', { maxMessageSize: -1 }],
      ['ERROR_INVALID_PARAMETER', 'lobby', { readTimeoutMs: -1 }],
    ];
    for (const [code, name, options] of refused) {
      expect(await codeOf(() => network.createMailslot(name, options))).toBe(code);
    }
  });
});

describe('a signal', () => {
  test('that has fired stops every call before it does anything', async () => {
    await using network = await join();
    const slot = await network.createMailslot('lobby');
    const options = { signal: AbortSignal.abort() };
    const calls = [
      () => network.createMailslot('other', options),
      () => network.openMailslot('lobby', options),
      () => network.send('lobby', 'hello', options),
    ];
    for (const call of calls) expect(await codeOf(call)).toBe('ERROR_OPERATION_ABORTED');
    expect(slot.info().messageCount).toBe(0);
  });

  test('that fires on the way gives back what was taken', async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const close = vi.fn<() => Promise<void>>();
    const channel = new FakeChannel();
    await using network = await join([
      { listen: async () => ({ close }), open: async () => channel },
    ]);
    const codes = [
      codeOf(() => network.createMailslot('lobby', { signal })),
      codeOf(() => network.openMailslot('\\\\*\\mailslot\\lobby', { signal })),
      codeOf(() => network.send('\\\\*\\mailslot\\lobby', 'hello', { signal })),
    ];
    controller.abort();
    expect(new Set(await Promise.all(codes))).toEqual(new Set(['ERROR_OPERATION_ABORTED']));
    expect(close).toHaveBeenCalledTimes(1);
    expect(channel).toMatchObject({ sent: 0, closed: 2 });
  });
});

describe('closing', () => {
  test('closes every mailslot and writer, leaves, and tells once', async () => {
    const lan = new Lan();
    const [ann, bob] = [await lan.join('ANN-PC'), await lan.join('BOB-PC')];
    const slot = await ann.createMailslot('lobby');
    const writer = await ann.openMailslot('lobby');
    const reading = codeOf(() => slot.read());
    const closed = vi.fn<() => void>();
    ann.on('close', closed);
    slot.on('close', closed);
    await Promise.all([ann.close(), ann.close()]);
    expect(await reading).toBe('ERROR_OPERATION_ABORTED');
    expect(await codeOf(() => writer.write('late'))).toBe('ERROR_INVALID_HANDLE');
    expect(await codeOf(() => slot.read())).toBe('ERROR_INVALID_HANDLE');
    expect(closed).toHaveBeenCalledTimes(2);
    await bob.send('\\\\ANN-PC\\mailslot\\lobby', 'anyone?');
    lan.clock.advance(10);
    expect(ann.stats()['memory']).toMatchObject({ receivedMessages: 0 });
  });

  test.each(['after', 'while'])('refuses every call that comes %s it closes', async (when) => {
    const network = await join();
    const closing = network.close();
    if (when === 'after') await closing;
    const codes = [
      codeOf(() => network.createMailslot('lobby')),
      codeOf(() => network.openMailslot('\\\\*\\mailslot\\lobby')),
      codeOf(() => network.send('lobby', 'hello')),
    ];
    expect(new Set(await Promise.all(codes))).toEqual(new Set(['ERROR_INVALID_HANDLE']));
  });

  test('ends what is on its way', async () => {
    const gate = new EventEmitter();
    const opened = once(gate, 'open');
    const close = vi.fn<() => Promise<void>>();
    const channel = new FakeChannel();
    const network = await join([
      { listen: () => opened.then(() => ({ close })), open: () => opened.then(() => channel) },
    ]);
    const creating = codeOf(() => network.createMailslot('lobby'));
    const opening = codeOf(() => network.openMailslot('\\\\*\\mailslot\\lobby'));
    const closing = network.close();
    gate.emit('open');
    expect(await Promise.all([creating, opening])).toEqual([
      'ERROR_INVALID_HANDLE',
      'ERROR_INVALID_HANDLE',
    ]);
    expect(close).toHaveBeenCalledTimes(1);
    expect(channel.closed).toBe(1);
    await closing;
  });

  test('happens at the end of an await using', async () => {
    const stop = vi.fn<Transport['stop']>();
    {
      await using network = await join([{ stop }]);
      expect(network.interfaces()).toEqual([]);
    }
    expect(stop).toHaveBeenCalledTimes(1);
  });
});

describe('what the transports know', () => {
  test('comes by transport: interfaces, counts and the largest message', async () => {
    const lan = new Lan();
    const network = await joinNetwork({
      computerName: 'ANN-PC',
      transports: [
        lan.transport('ANN-PC'),
        fakeTransport({ name: 'narrow', maxMessageSize: () => 424 }),
        fakeTransport({ name: 'near', reach: 'computer' }),
      ],
    });
    expect(network.interfaces()).toEqual([
      { transport: 'memory', name: 'memory0', address: 'ANN-PC', family: 'other' },
    ]);
    await network.send('\\\\*\\mailslot\\lobby', 'hello');
    expect(network.stats()).toMatchObject({ memory: { sentMessages: 1, sentBytes: 5 } });
    expect(network.maxMessageSize('lobby')).toBe(Infinity);
    expect(network.maxMessageSize('\\\\*\\mailslot\\lobby')).toBe(424);
    expect(network.maxMessageSize('\\\\localhost\\mailslot\\lobby')).toBe(Infinity);
    await network.close();
  });

  test('comes as events: interfaces that change, problems to look at', async () => {
    let host: TransportHost | undefined;
    const cable = [{ name: 'eth0', address: '192.0.2.1', family: 'IPv4' as const }];
    await using network = await join([
      { start: async (given) => void (host = given), interfaces: () => cable },
    ]);
    const events: unknown[] = [];
    network.on('interfaces', (interfaces) => events.push(interfaces));
    network.on('problem', (problem) => events.push(problem));
    const problem = new MailslotError('ERROR_BUSY', 'Only so-so.');
    host!.interfacesChanged();
    host!.problem(problem);
    await vi.waitUntil(() => events.length === 2);
    expect(events).toEqual([[{ transport: 'fake', ...cable[0] }], problem]);
  });

  test('is told to who listens right after joining, even if it showed before', async () => {
    const problem = new MailslotError('ERROR_BUSY', 'Only so-so.');
    await using network = await join([{ start: async (host) => host.problem(problem) }]);
    const told = new Promise((resolve) => network.once('problem', resolve));
    expect(await told).toBe(problem);
  });

  test('never unwinds a transport when a listener throws', async () => {
    let host: TransportHost | undefined;
    await using network = await join([{ start: async (given) => void (host = given) }]);
    network.on('interfaces', () => {
      throw new Error('a bug of the program');
    });
    expect(await uncaughtDuring(() => host!.interfacesChanged())).toEqual([
      new Error('a bug of the program'),
    ]);
  });
});

test('a transport serves one network, and no second', async () => {
  const transports = [new Lan().transport('ANN-PC')];
  await using network = await joinNetwork({ transports });
  expect(network.interfaces()).toHaveLength(1);
  expect(await codeOf(() => joinNetwork({ transports }))).toBe('ERROR_INVALID_PARAMETER');
});

test('a call that is cancelled on the way gives back what comes after all', async () => {
  const channel = new FakeChannel();
  const finishers: (() => void)[] = [];
  const open = (): Promise<FakeChannel> =>
    new Promise((resolve) => {
      finishers.push(() => resolve(channel));
    });
  await using network = await join([{ open }]);
  const controller = new AbortController();
  const opening = network.openMailslot('\\\\*\\mailslot\\lobby', { signal: controller.signal });
  controller.abort();
  expect(await codeOf(() => opening)).toBe('ERROR_OPERATION_ABORTED');
  for (const finish of finishers) finish();
  await vi.waitUntil(() => channel.closed);
});

test('what is no message is refused before it is written', async () => {
  await using network = await join();
  await network.createMailslot('lobby');
  const writer = await network.openMailslot('lobby');
  for (const data of [5, [1, 2], { length: 3 }, null, new ArrayBuffer(2)]) {
    expect(await codeOf(() => writer.write(data as never))).toBe('ERROR_INVALID_PARAMETER');
  }
});
