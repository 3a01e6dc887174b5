/** What the network is built on, and presence too: subscriptions, outlets, taps. */

import { beforeEach, describe, expect, test } from 'vitest';

import { joinNetwork, type Network, type Transport } from '@mailslot/core';
import {
  type Datagram,
  slotPath,
  type Source,
  type Switchboard,
  switchboardOf,
  type TransportHost,
  utf8Bytes,
} from '@mailslot/core/internal';
import { Lan } from '@mailslot/core/testing';
import { SENDERS_MAX } from '../src/route.ts';
import { SEQUENCE_WINDOW } from '../src/sequence-window.ts';
import { FakeChannel, fakeTransport } from './support/fake-transport.ts';
import { codeOf, takeAll, uncaughtDuring } from './support/outcomes.ts';

const LOBBY = slotPath('lobby');
const EVERYONE = '\\\\*\\mailslot\\lobby';

let lan: Lan;
let ann: Network;
let bob: Network;
let board: Switchboard;

beforeEach(async () => {
  lan = new Lan();
  ann = await lan.join('ANN-PC');
  bob = await lan.join('BOB-PC');
  board = switchboardOf(bob);
});

/** A subscriber, and the text of all that it was given. */
function subscriber(): { receive: (datagram: Datagram) => void; log: string[] } {
  const log: string[] = [];
  return { log, receive: ({ data }) => void log.push(new TextDecoder().decode(data)) };
}

/** A transport for this computer and one for the network, and what they are asked for. */
function nearAndFar(log: string[]): Transport[] {
  return (['computer', 'network'] as const).map((reach) => {
    const name = reach === 'computer' ? 'near' : 'far';
    const none = fakeTransport();
    return fakeTransport({
      name,
      reach,
      listen: (...given) => (log.push(`${name} listens`), none.listen(...given)),
      open: (...given) => (log.push(`${name} opens`), none.open(...given)),
    });
  });
}

async function say(...texts: string[]): Promise<void> {
  for (const text of texts) await ann.send(EVERYONE, text);
  lan.clock.advance(10);
}

describe('a subscription', () => {
  test('receives beside any number of others and the mailslot of that name', async () => {
    const [first, second] = [subscriber(), subscriber()];
    await board.subscribe(LOBBY, first.receive);
    await board.subscribe(LOBBY, second.receive);
    const slot = await bob.createMailslot('lobby');
    await say('hello');
    expect([first.log, second.log, await takeAll(slot)]).toEqual([['hello'], ['hello'], ['hello']]);
  });

  test('gets each message once, or each copy if it asks for copies', async () => {
    lan.set({ duplication: 1 });
    const [once, copies] = [subscriber(), subscriber()];
    await board.subscribe(LOBBY, once.receive);
    await board.subscribe(LOBBY, copies.receive, { copies: true });
    await say('one', 'two');
    expect(once.log).toEqual(['one', 'two']);
    expect(copies.log.toSorted()).toEqual(['one', 'one', 'two', 'two']);
  });

  test('gets a message by the first copy that it accepts, and is asked about no other after that', async () => {
    lan.set({ duplication: 1 });
    const [any, second] = [subscriber(), subscriber()];
    const asked = { any: 0, second: 0 };
    await board.subscribe(LOBBY, any.receive, { accepts: () => ++asked.any > 0 });
    await say('one');
    expect([any.log, asked.any]).toEqual([['one'], 1]);
    const other = slotPath('other');
    await board.subscribe(other, second.receive, { accepts: () => ++asked.second % 2 === 0 });
    for (const text of ['two', 'three']) {
      await ann.send('\\\\*\\mailslot\\other', text);
      lan.clock.advance(10);
    }
    expect([second.log, asked.second]).toEqual([['two', 'three'], 4]);
  });

  test('gets what its own station writes', async () => {
    const own = subscriber();
    await board.subscribe(LOBBY, own.receive);
    await bob.send(EVERYONE, 'to all');
    await bob.send('\\\\BOB-PC\\mailslot\\lobby', 'to me');
    expect(own.log).toEqual(['to all', 'to me']);
  });

  test('ends when it is closed, by itself and twice without harm', async () => {
    const [closed, open] = [subscriber(), subscriber()];
    const subscription = await board.subscribe(LOBBY, closed.receive);
    await board.subscribe(LOBBY, open.receive);
    await subscription.close();
    await subscription.close();
    await say('hello');
    expect([closed.log, open.log]).toEqual([[], ['hello']]);
  });

  test('that throws keeps nothing from the others', async () => {
    const other = subscriber();
    await board.subscribe(LOBBY, () => {
      throw new Error('a bug above');
    });
    await board.subscribe(LOBBY, other.receive);
    expect(await uncaughtDuring(() => say('hello'))).toEqual([new Error('a bug above')]);
    expect(other.log).toEqual(['hello']);
  });

  test('takes no name: only transports that reach the network listen for it', async () => {
    const log: string[] = [];
    await using network = await joinNetwork({ transports: nearAndFar(log) });
    await switchboardOf(network).subscribe(LOBBY, () => {});
    expect(log).toEqual(['far listens']);
  });
});

describe('an outlet', () => {
  test('to a name reaches past a mailslot of another process, if only the network is wanted', async () => {
    const log: string[] = [];
    await using network = await joinNetwork({ transports: nearAndFar(log) });
    const board = switchboardOf(network);
    await board.open({ kind: 'domain' }, LOBBY);
    expect(log.splice(0)).toEqual(['near opens', 'far opens']);
    await board.open({ kind: 'domain' }, LOBBY, { networkOnly: true });
    expect(log).toEqual(['far opens']);
  });

  test('leaves the computer name out when it is asked to', async () => {
    const slot = await ann.createMailslot('lobby');
    const outlet = await board.open({ kind: 'domain' }, LOBBY);
    await outlet.write(utf8Bytes('named'));
    await outlet.write(utf8Bytes('nameless'), { anonymous: true });
    lan.clock.advance(10);
    expect([(await slot.read()).from, (await slot.read()).from]).toEqual(['BOB-PC', '']);
  });

  test('writes nothing to a transport of this computer for a name that is owned here', async () => {
    const channel = new FakeChannel();
    const near = fakeTransport({ reach: 'computer', open: async () => channel });
    await using network = await joinNetwork({ transports: [near] });
    await network.send(EVERYONE, 'to whoever owns it');
    expect(channel.sent).toBe(1);
    const slot = await network.createMailslot('lobby');
    await network.send(EVERYONE, 'to me');
    expect(channel.sent).toBe(1);
    expect(await takeAll(slot)).toEqual(['to me']);
  });
});

describe('a reply', () => {
  const REPLY = slotPath('reply');

  test('goes to the very station that a message came from', async () => {
    const cat = await lan.join('CAT-PC');
    const [atAnn, atCat] = [await ann.createMailslot('reply'), await cat.createMailslot('reply')];
    await board.subscribe(LOBBY, ({ source }) => {
      void board.reply(source, REPLY).write(utf8Bytes('bob'));
    });
    await say('who is there?');
    expect(await takeAll(atAnn)).toEqual(['bob']);
    expect(await takeAll(atCat)).toEqual([]);
  });

  test('to oneself comes at once', async () => {
    const slot = await bob.createMailslot('reply');
    await board.subscribe(LOBBY, ({ source }) => {
      const outlet = board.reply(source, REPLY);
      expect(outlet.maxMessageSize).toBe(Infinity);
      void outlet.write(utf8Bytes('myself'));
      outlet.close();
    });
    await bob.send(EVERYONE, 'who is there?');
    expect(await takeAll(slot)).toEqual(['myself']);
  });

  test('has the limits of its transport, which must be one of ours', async () => {
    const sources: Datagram['source'][] = [];
    await board.subscribe(LOBBY, ({ source }) => void sources.push(source));
    await say('hello');
    const outlet = board.reply(sources[0]!, REPLY);
    const tooLarge = new Uint8Array(outlet.maxMessageSize + 1);
    expect(await codeOf(() => outlet.write(tooLarge))).toBe('ERROR_BAD_NETPATH');
    await using network = await joinNetwork({ transports: [] });
    const foreign = (): unknown => switchboardOf(network).reply(sources[0]!, REPLY);
    expect(await codeOf(foreign)).toBe('ERROR_NOT_SUPPORTED');
  });
});

function sourceOf(transport: string): Source {
  const id = `${transport}:1`;
  return { transport, id, trust: 'on-link', address: undefined, interfaces: [] };
}

describe('what only some transports can', () => {
  const place = new Uint8Array([1]);

  test('is asked of the transport that heard the source', async () => {
    const asked: unknown[] = [];
    const able = fakeTransport({
      name: 'able',
      knock: (to, slot, { data, anonymous }) => asked.push([to.id, slot.key, data, anonymous]),
      place: () => place,
      locate: (bytes, toldBy) => (bytes === place ? toldBy : undefined),
    });
    await using network = await joinNetwork({ transports: [fakeTransport(), able] });
    const both = switchboardOf(network);
    const one = sourceOf('able');
    both.knock(one, LOBBY, place, () => {});
    expect(asked).toEqual([['able:1', LOBBY.key, place, true]]);
    expect(both.placeOf(one, one)).toBe(place);
    expect(both.sourceOf(place, one)).toBe(one);
    expect(both.placeOf(one, sourceOf('fake'))).toBeUndefined();
    expect(both.placeOf(sourceOf('fake'), one)).toBeUndefined();
  });

  test('is silently not done where none can, nor when the network is closed', async () => {
    const knocks: string[] = [];
    const able = fakeTransport({ name: 'able', knock: (to) => knocks.push(to.id) });
    const network = await joinNetwork({ transports: [fakeTransport(), able] });
    const both = switchboardOf(network);
    for (const transport of ['fake', 'pigeon', 'local']) {
      both.knock(sourceOf(transport), LOBBY, place, () => {});
      expect(both.placeOf(sourceOf(transport), sourceOf(transport))).toBeUndefined();
      expect(both.sourceOf(place, sourceOf(transport))).toBeUndefined();
    }
    await network.close();
    both.knock(sourceOf('able'), LOBBY, place, () => {});
    expect(knocks).toEqual([]);
  });

  test('a refusal that its hearer fails to take ends nobody else', async () => {
    const able = fakeTransport({ name: 'able', knock: (_, __, ___, refused) => refused() });
    await using network = await joinNetwork({ transports: [able] });
    const failure = new Error('in the callback');
    const uncaught = await uncaughtDuring(() =>
      switchboardOf(network).knock(sourceOf('able'), LOBBY, place, () => {
        throw failure;
      }),
    );
    expect(uncaught).toEqual([failure]);
  });
});

describe('what is dropped', () => {
  test('is counted by its reason', async () => {
    await bob.createMailslot('small', { maxMessageSize: 3 });
    await (await bob.createMailslot('lobby')).close();
    await ann.send('\\\\NOBODY\\mailslot\\small', 'elsewhere');
    await ann.send('\\\\*\\mailslot\\small', 'too-large');
    await say('no-slot');
    expect(bob.stats()['memory']).toMatchObject({
      receivedMessages: 3,
      drops: { elsewhere: 1, 'no-slot': 1, 'too-large': 1 },
    });
  });

  describe('because of where it comes from', () => {
    let network: Network;
    let host: TransportHost;
    let hello: Datagram;
    const receiveFrom = (sender: number) => host.receive({ ...hello, station: `${sender}` });

    beforeEach(async () => {
      const transport = fakeTransport({ start: async (given) => void (host = given) });
      network = await joinNetwork({ transports: [transport], clock: lan.clock });
      await network.createMailslot('lobby');
      board.tap((datagram) => (hello = datagram));
      await say('hello');
    });

    test('is what the own station sent, come back', () => {
      const { id } = switchboardOf(network).station;
      expect(host.receive({ ...hello, station: id })).toBe('echo');
      expect(host.receive(hello)).toBeUndefined();
    });

    test('is a copy of what one of the last 4 096 senders sent', () => {
      for (let sender = 1; sender <= SENDERS_MAX; sender++) receiveFrom(sender);
      expect(receiveFrom(1)).toBe('duplicate');
      receiveFrom(SENDERS_MAX + 1);
      expect(receiveFrom(2)).toBeUndefined();
    });

    test('is no longer what a forged number far ahead put behind, two seconds later', () => {
      const next = (ahead: number) => ({ ...hello, sequence: (hello.sequence + ahead) >>> 0 });
      host.receive(hello);
      host.receive(next(2 ** 30));
      lan.clock.advance(2000);
      expect(host.receive(next(1))).toBe('duplicate');
      lan.clock.advance(1);
      expect(host.receive(next(2))).toBeUndefined();
      expect(host.receive(next(3))).toBeUndefined();
    });

    test('is what lags far behind, unless it came over a channel of its own', () => {
      const { sequence, source } = hello;
      const late = { ...hello, sequence: (sequence - SEQUENCE_WINDOW) >>> 0 };
      expect(host.receive(hello)).toBeUndefined();
      expect(host.receive(late)).toBe('duplicate');
      expect(host.receive({ ...late, source: { ...source, trust: 'local' } })).toBeUndefined();
    });
  });
});

test('a tap sees every datagram that arrives, until it is taken off', async () => {
  const log: string[] = [];
  const remove = board.tap(({ slot, from }) => void log.push(`${from} ${slot}`));
  await ann.send('\\\\NOBODY\\mailslot\\lobby', 'not for us');
  lan.clock.advance(10);
  remove();
  await say('hello');
  expect(log).toEqual(['ANN-PC LOBBY']);
});

test('a closed network opens nothing more', async () => {
  let heard: Datagram | undefined;
  board.tap((datagram) => (heard = datagram));
  await say('hello');
  await bob.close();
  const calls = [
    () => board.own(LOBBY, { receive() {}, maxMessageSize: 0 }),
    () => board.subscribe(LOBBY, () => {}),
    () => board.open({ kind: 'domain' }, LOBBY),
    () => board.reply(heard!.source, LOBBY),
  ];
  for (const call of calls) expect(await codeOf(call)).toBe('ERROR_INVALID_HANDLE');
});
