import { getEventListeners } from 'node:events';

import { MailslotError, type Network } from '@mailslot/core';
import { slotPath, switchboardOf } from '@mailslot/core/internal';
import { Lan } from '@mailslot/core/testing';
import { discover, type Lobby, type Peer, type PresenceEvent, watch } from '@mailslot/discovery';
import type { Observable } from 'rxjs';
import * as v from 'valibot';
import { beforeEach, describe, expect, test } from 'vitest';

import { EVENTS_WAITING_MAX } from '../src/event-iterator.ts';
import { PEER_ID_BYTES, peerKeyOf, writePeerKey } from '../src/presence/peer-id.ts';
import { PROBLEMS_MAX } from '../src/watcher.ts';

/** Long enough for a newcomer's question and everybody's answer. */
const MEET_MS = 50;

let lan: Lan;

beforeEach(() => {
  lan = new Lan();
});

async function enter(name: string, info: unknown = null): Promise<Lobby> {
  return discover('tanks', { name, info, network: await lan.join(name) });
}

async function leave(...lobbies: readonly { close(): Promise<void> }[]): Promise<void> {
  const closing = Promise.all(lobbies.map((lobby) => lobby.close()));
  await lan.clock.advanceAsync(1000);
  await closing;
}

const names = (peers: readonly Peer[]): string[] => peers.map((peer) => peer.name);

async function refusal(promise: Promise<unknown>): Promise<MailslotError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(MailslotError);
  return error as MailslotError;
}

describe('a lobby', () => {
  test('introduces itself anew when the computer has slept', async () => {
    const [ann, bob] = [await enter('Ann'), await enter('Bob')];
    await lan.clock.advanceAsync(5000);
    const before = bob.stats().received;
    ann.network.emit('wake');
    await lan.clock.advanceAsync(20);
    expect(bob.stats().received).toBe(before + 1);
  });

  test('lists the others, not itself, by name and then by id', async () => {
    const [ann] = [await enter('Ann'), await enter('Cid'), await enter('Bob'), await enter('Bob')];
    await lan.clock.advanceAsync(MEET_MS);
    expect(names(ann.peers)).toEqual(['Bob', 'Bob', 'Cid']);
    const [first, second] = ann.peers;
    expect(first!.id < second!.id).toBe(true);
  });

  test('gives a newcomer everybody at once', async () => {
    for (const name of ['Ann', 'Bob', 'Cid', 'Dot']) await enter(name);
    await lan.clock.advanceAsync(5000);
    const newcomer = await enter('Eve');
    await lan.clock.advanceAsync(10);
    expect(names(newcomer.peers)).toEqual(['Ann', 'Bob', 'Cid', 'Dot']);
  });

  test('shows a peer with its port, info and address', async () => {
    const ann = await enter('Ann');
    await discover('tanks', {
      name: 'Bob',
      port: 4711,
      info: { seats: 4 },
      network: await lan.join('BOB-PC'),
    });
    await lan.clock.advanceAsync(MEET_MS);
    const [bob] = ann.peers;
    expect(bob).toMatchObject({ name: 'Bob', port: 4711, info: { seats: 4 } });
    expect(bob!.addresses).toEqual(['BOB-PC']);
  });

  test('is invisible to other services and other domains', async () => {
    const ann = await enter('Ann');
    await discover('chess', { name: 'Bob', network: await lan.join('BOB') });
    await discover('tanks', { name: 'Cid', network: await lan.join('CID', { domain: 'OFFICE' }) });
    await lan.clock.advanceAsync(MEET_MS);
    expect(ann.peers).toEqual([]);
  });

  test('sees a change, a goodbye and a crash, each once', async () => {
    const ann = await enter('Ann');
    const [bob, cid] = [await enter('Bob', { seats: 4 }), await enter('Cid')];
    await lan.clock.advanceAsync(MEET_MS);
    const events: string[] = [];
    ann.events$.subscribe((event) => {
      if ('peer' in event) events.push(`${event.type} ${event.peer.name}`);
    });
    await bob.update({ seats: 3 });
    await lan.clock.advanceAsync(2000);
    expect(ann.peers[0]!.info).toEqual({ seats: 3 });
    await leave(bob);
    await cid.network.close();
    await lan.clock.advanceAsync(5000);
    expect(events).toEqual(['update Bob', 'down Bob', 'suspect Cid', 'down Cid']);
  });

  test('lists a restarted peer as another', async () => {
    const ann = await enter('Ann');
    const before = await enter('Bob');
    await lan.clock.advanceAsync(MEET_MS);
    await leave(before);
    const after = await enter('Bob');
    await lan.clock.advanceAsync(MEET_MS);
    expect(ann.peers.map((peer) => peer.id)).toEqual([after.me.id]);
    expect(after.me.id).not.toBe(before.me.id);
  });

  test('sees another of the same process that shares its network', async () => {
    const network = await lan.join('ANN');
    const [one, two] = [
      await discover('tanks', { name: 'One', network }),
      await discover('tanks', { name: 'Two', network }),
    ];
    await lan.clock.advanceAsync(MEET_MS);
    expect(names(one.peers)).toEqual(['Two']);
    expect(names(two.peers)).toEqual(['One']);
  });

  test('leaves a network that it was given open, and closes one that it made', async () => {
    const given = await lan.join('ANN');
    await leave(await discover('tanks', { network: given }));
    expect(given.interfaces()).toHaveLength(1);
    const transport = lan.transport('BOB');
    const made = await discover('tanks', { transports: [transport] });
    const { network } = made;
    await made.close();
    await expect(network.createMailslot('x')).rejects.toMatchObject({
      code: 'ERROR_INVALID_HANDLE',
    });
  });

  test('says when the network goes and comes, and finds the others again', async () => {
    const ann = await enter('Ann');
    await enter('Bob');
    await lan.clock.advanceAsync(MEET_MS);
    const seen: string[] = [];
    ann.events$.subscribe(({ type }) => seen.push(type));
    lan.unplug('Ann');
    expect(ann.isolated).toBe(true);
    await lan.clock.advanceAsync(20_000);
    lan.plugIn('Ann');
    await lan.clock.advanceAsync(MEET_MS);
    expect(names(ann.peers)).toEqual(['Bob']);
    expect(seen).toEqual(['isolated', 'suspect', 'down', 'online', 'up']);
  });
});

describe('a lobby whose network', () => {
  test('is closed under it ends, and says no more', async () => {
    const [ann] = [await enter('Ann'), await enter('Bob')];
    await lan.clock.advanceAsync(MEET_MS);
    const events = ann[Symbol.asyncIterator]();
    await events.next();
    await ann.network.close();
    await enter('Cid');
    await lan.clock.advanceAsync(1000);
    expect((await events.next()).done).toBe(true);
    expect((await refusal(ann.update(1))).code).toBe('ERROR_INVALID_HANDLE');
  });
});

describe('peers$', () => {
  test('gives the current list first, then one list for all changes of a moment', async () => {
    const ann = await enter('Ann');
    const lists: string[][] = [];
    ann.peers$.subscribe((peers) => lists.push(names(peers)));
    lan.set({ latencyMs: 1 });
    await enter('Bob');
    await enter('Cid');
    lan.clock.advance(1);
    lan.clock.advance(1);
    expect(lists).toEqual([[], ['Bob', 'Cid']]);
  });

  test('completes on close, as events$ and messages$ do', async () => {
    const ann = await enter('Ann');
    let completed = 0;
    const streams: readonly Observable<unknown>[] = [
      ann.peers$,
      ann.events$,
      ann.messages$,
      ann.problems$,
    ];
    for (const stream of streams) {
      stream.subscribe({ complete: () => completed++ });
    }
    await leave(ann);
    expect(completed).toBe(4);
  });
});

describe('waitFor', () => {
  test('resolves with the list once that many are there', async () => {
    const ann = await enter('Ann');
    const waiting = ann.waitFor(2);
    await enter('Bob');
    await enter('Cid');
    await lan.clock.advanceAsync(MEET_MS);
    expect(names(await waiting)).toEqual(['Bob', 'Cid']);
    expect(names(await ann.waitFor(1))).toEqual(['Bob', 'Cid']);
  });

  test('rejects when they do not come in time, and says how many did', async () => {
    const ann = await enter('Ann');
    const refused = refusal(ann.waitFor(1, { timeoutMs: 500 }));
    await lan.clock.advanceAsync(500);
    expect(await refused).toMatchObject({ code: 'ERROR_SEM_TIMEOUT' });
  });

  test('rejects on its signal and on close, and lets the signal go', async () => {
    const ann = await enter('Ann');
    const controller = new AbortController();
    const onSignal = refusal(ann.waitFor(1, { signal: controller.signal }));
    controller.abort();
    expect((await onSignal).code).toBe('ERROR_OPERATION_ABORTED');
    expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
    const onClose = refusal(ann.waitFor(1));
    await leave(ann);
    expect((await onClose).code).toBe('ERROR_OPERATION_ABORTED');
    expect((await refusal(ann.waitFor(1))).code).toBe('ERROR_OPERATION_ABORTED');
  });
});

describe('async iteration', () => {
  test('gives those already there as up, then events, and ends on close', async () => {
    const [ann, bob] = [await enter('Ann'), await enter('Bob')];
    await lan.clock.advanceAsync(MEET_MS);
    const seen: string[] = [];
    const loop = (async () => {
      for await (const event of ann) seen.push(event.type);
    })();
    await leave(bob);
    await leave(ann);
    await loop;
    expect(seen).toEqual(['up', 'down']);
  });

  test('ends with an error when the loop falls too far behind, and not before', async () => {
    const [ann, bob] = [await enter('Ann'), await enter('Bob', 0)];
    await lan.clock.advanceAsync(MEET_MS);
    const events: AsyncIterator<PresenceEvent, void> = ann[Symbol.asyncIterator]();
    for (let change = 1; change <= EVENTS_WAITING_MAX; change++) {
      await bob.update(change);
      lan.clock.advance(150);
    }
    for (let event = 0; event < EVENTS_WAITING_MAX; event++) {
      expect((await events.next()).done).toBe(false);
    }
    await expect(events.next()).rejects.toMatchObject({ code: 'ERROR_NOT_ENOUGH_MEMORY' });
  });

  test('can be left', async () => {
    const [ann] = [await enter('Ann'), await enter('Bob')];
    await lan.clock.advanceAsync(MEET_MS);
    for await (const event of ann) {
      expect(event.type).toBe('up');
      break;
    }
    await leave(ann);
  });
});

describe('messages between peers', () => {
  test('arrive at that peer alone, with their sender', async () => {
    const [ann, bob, cid] = [await enter('Ann'), await enter('Bob'), await enter('Cid')];
    await lan.clock.advanceAsync(MEET_MS);
    const heard: string[] = [];
    for (const [name, lobby] of Object.entries({ ann, bob, cid })) {
      lobby.messages$.subscribe(({ from, text }) => heard.push(`${name}: ${from.name} ${text()}`));
    }
    await ann.send(ann.peers[0]!, 'hello');
    await ann.send(cid.me.id, new TextEncoder().encode('hej'));
    await lan.clock.advanceAsync(MEET_MS);
    expect(heard).toEqual(['bob: Ann hello', 'cid: Ann hej']);
  });

  test('are delivered once, however often they come', async () => {
    const [ann, bob] = [await enter('Ann'), await enter('Bob')];
    await lan.clock.advanceAsync(MEET_MS);
    lan.set({ duplication: 1 });
    const heard: string[] = [];
    bob.messages$.subscribe(({ text }) => heard.push(text()));
    await ann.send(bob.me, 'once');
    await lan.clock.advanceAsync(MEET_MS);
    expect(heard).toEqual(['once']);
  });

  test('count only from a host where their sender was heard', async () => {
    const [ann, bob] = [await enter('Ann'), await enter('Bob')];
    const mallory = switchboardOf((await enter('Mallory')).network);
    await lan.clock.advanceAsync(MEET_MS);
    const heard: string[] = [];
    bob.messages$.subscribe(({ text }) => heard.push(text()));
    const slot = slotPath(`MPP\\${bob.me.id}`);
    const forged = new Uint8Array([...new Uint8Array(PEER_ID_BYTES), 0x21]);
    writePeerKey(peerKeyOf(ann.me.id), forged, 0);
    const outlet = await mallory.open({ kind: 'domain' }, slot);
    await outlet.write(forged);
    await ann.send(bob.me, 'true');
    await lan.clock.advanceAsync(MEET_MS);
    expect(heard).toEqual(['true']);
  });

  test('can be cancelled', async () => {
    const [ann, bob] = [await enter('Ann'), await enter('Bob')];
    await lan.clock.advanceAsync(MEET_MS);
    const refused = refusal(ann.send(bob.me, 'hello', { signal: AbortSignal.abort() }));
    expect((await refused).code).toBe('ERROR_OPERATION_ABORTED');
  });

  test('to one who is not there are refused', async () => {
    const [ann, bob] = [await enter('Ann'), await enter('Bob')];
    await lan.clock.advanceAsync(MEET_MS);
    await leave(bob);
    expect(await refusal(ann.send(bob.me, 'hello'))).toMatchObject({ code: 'ERROR_BAD_NETPATH' });
  });
});

/** What happens to peers and to ourselves, as words. */
function events(of: Lobby): string[] {
  const seen: string[] = [];
  of.events$.subscribe((event) => {
    const reason = event.type === 'down' ? `: ${event.reason}` : '';
    seen.push('peer' in event ? `${event.type} ${event.peer.name}${reason}` : event.type);
  });
  return seen;
}

describe('a peer that falls silent', () => {
  test('is suspected, and cleared when it is heard; the list stays as it was', async () => {
    const [ann] = [await enter('Ann'), await enter('Bob'), await enter('Cid')];
    await lan.clock.advanceAsync(10_000);
    const seen = events(ann);
    let lists = 0;
    ann.peers$.subscribe(() => lists++);
    lan.suspend('Bob', 'stops');
    await lan.until(() => seen.length > 0, { withinMs: 1500 });
    expect(seen).toEqual(['suspect Bob']);
    lan.resume('Bob');
    await lan.clock.advanceAsync(5000);
    expect(seen).toEqual(['suspect Bob', 'clear Bob']);
    expect(names(ann.peers)).toEqual(['Bob', 'Cid']);
    expect(lists).toBe(1);
  });

  test('is suspected, then gone, if its whole host is', async () => {
    const [ann] = [await enter('Ann'), await enter('Bob'), await enter('Cid')];
    await lan.clock.advanceAsync(10_000);
    const seen = events(ann);
    lan.unplug('Bob');
    await lan.clock.advanceAsync(2500);
    expect(seen).toEqual(['suspect Bob', 'down Bob: expired']);
  });

  test('is gone sooner if its process alone has ended', async () => {
    const [ann, bob] = [await enter('Ann'), await enter('Bob'), await enter('Cid')];
    await lan.clock.advanceAsync(10_000);
    const seen = events(ann);
    await bob.network.close();
    await lan.clock.advanceAsync(1500);
    expect(seen).toEqual(['suspect Bob', 'down Bob: expired']);
  });

  test('is not the one to blame if nobody at all is heard: we are isolated, then online again', async () => {
    const ann = await enter('Ann');
    for (const name of ['Bob', 'Cid', 'Dot', 'Eve']) await enter(name);
    await lan.clock.advanceAsync(10_000);
    const seen = events(ann);
    lan.partition(['Ann']);
    await lan.clock.advanceAsync(9000);
    expect(seen).toEqual([]);
    expect(ann.isolated).toBe(false);
    await lan.until(() => ann.isolated, { withinMs: 3000 });
    expect(seen).toEqual(['isolated']);
    lan.heal();
    await lan.until(() => !ann.isolated, { withinMs: 1000 });
    await lan.clock.advanceAsync(5000);
    expect(seen.filter((event) => !/^(suspect|clear)/.test(event))).toEqual(['isolated', 'online']);
    expect(names(ann.peers)).toEqual(['Bob', 'Cid', 'Dot', 'Eve']);
  });

  test('is gone if we have been isolated for long, and so are all the others', async () => {
    const ann = await enter('Ann');
    for (const name of ['Bob', 'Cid', 'Dot']) await enter(name);
    await lan.clock.advanceAsync(10_000);
    const seen = events(ann);
    lan.partition(['Ann']);
    await lan.clock.advanceAsync(30_000);
    expect(ann.peers).toEqual([]);
    const firstDown = seen.findIndex((event) => event.startsWith('down'));
    expect(seen.indexOf('isolated')).toBeLessThan(firstDown);
    expect(seen).toContain('isolated');
    lan.heal();
    await lan.clock.advanceAsync(5000);
    expect(seen.filter((event) => event === 'online')).toHaveLength(1);
    expect(names(ann.peers)).toEqual(['Bob', 'Cid', 'Dot']);
  });

  test('is told to those who iterate, too', async () => {
    const [ann] = [await enter('Ann'), await enter('Bob'), await enter('Cid')];
    await lan.clock.advanceAsync(10_000);
    const iterator: AsyncIterator<PresenceEvent, void> = ann[Symbol.asyncIterator]();
    lan.unplug('Bob');
    await lan.clock.advanceAsync(2500);
    const types: string[] = [];
    for (let event = 0; event < 4; event++) {
      const { value } = await iterator.next();
      types.push(value!.type);
    }
    expect(types).toEqual(['up', 'up', 'suspect', 'down']);
  });
});

describe('a watcher', () => {
  test('sees and is not seen', async () => {
    const ann = await enter('Ann');
    const watcher = await watch('tanks', { network: await lan.join('EVE') });
    await lan.clock.advanceAsync(10_000);
    expect(names(watcher.peers)).toEqual(['Ann']);
    expect(ann.peers).toEqual([]);
    await leave(watcher);
    await lan.clock.advanceAsync(10_000);
    expect(ann.peers).toEqual([]);
  });
});

describe('a schema', () => {
  const Room = v.object({ seats: v.pipe(v.number(), v.minValue(0)) });

  test('types info on both sides and keeps misfits off the list, as problems', async () => {
    const ann = await discover('tanks', {
      schema: Room,
      info: { seats: 4 },
      network: await lan.join('ANN'),
    });
    const problems: string[] = [];
    ann.problems$.subscribe(({ error }) => problems.push(error.message));
    const bob = await enter('Bob', { seats: 'many' });
    await lan.clock.advanceAsync(MEET_MS);
    expect(ann.peers).toEqual([]);
    expect(problems[0]).toContain("Peer Bob's info does not fit the schema at seats");
    await bob.update({ seats: 2 });
    await lan.clock.advanceAsync(200);
    const seats: number = ann.peers[0]!.info.seats;
    expect(seats).toBe(2);
    const events: PresenceEvent[] = [];
    ann.events$.subscribe((event) => events.push(event));
    await bob.update({ seats: -1 });
    await lan.clock.advanceAsync(200);
    expect(events).toMatchObject([{ type: 'down', reason: 'invalid' }]);
  });

  test('holds for the own info, which stays as it was when it is refused', async () => {
    const network: Network = await lan.join('ANN');
    const options = { schema: Room, network };
    expect(await refusal(discover('tanks', { ...options, info: { seats: -1 } }))).toMatchObject({
      code: 'ERROR_INVALID_PARAMETER',
    });
    const ann = await discover('tanks', { ...options, info: { seats: 4 } });
    await refusal(ann.update({ seats: -2 }));
    expect(ann.me.info).toEqual({ seats: 4 });
  });

  test('that throws, or answers later, makes a problem of a peer and no more', async () => {
    const throwing = v.pipe(
      v.unknown(),
      v.check(() => {
        throw new Error('a bug\u001b[2J of the program');
      }),
    );
    for (const schema of [throwing, v.objectAsync({})]) {
      const watcher = await watch('tanks', { schema, network: await lan.join('EYE') });
      const problems: string[] = [];
      watcher.problems$.subscribe(({ error }) => problems.push(error.message));
      await enter('Bob');
      await lan.clock.advanceAsync(MEET_MS);
      expect(watcher.peers).toEqual([]);
      expect(problems).not.toEqual([]);
      expect(problems.join('')).not.toContain('\u001b');
      await leave(watcher);
    }
  });

  test('tells as many misfits as its limit, and no more for a while', async () => {
    const watcher = await watch('tanks', { schema: Room, network: await lan.join('EYE') });
    let problems = 0;
    watcher.problems$.subscribe(() => problems++);
    for (let number = 0; number <= PROBLEMS_MAX; number++) await enter(`Misfit ${number}`);
    await lan.clock.advanceAsync(MEET_MS);
    expect(problems).toBe(PROBLEMS_MAX);
    await lan.clock.advanceAsync(10_000);
    await enter('Another');
    await lan.clock.advanceAsync(MEET_MS);
    expect(problems).toBeGreaterThan(PROBLEMS_MAX);
  });

  test('must answer at once', async () => {
    const schema = v.objectAsync({});
    const refused = await refusal(
      discover('tanks', { schema, info: {}, network: await lan.join('ANN') }),
    );
    expect(refused.message).toContain('asynchronously');
  });
});

describe('bad input', () => {
  test('is refused with a sentence that helps', async () => {
    const network = await lan.join('ANN');
    const refusals = await Promise.all([
      refusal(discover('', { network })),
      refusal(discover('tanks', { network, info: 'x'.repeat(999) })),
      refusal(discover('tanks', { network, name: 'x'.repeat(64) })),
      refusal(discover('tanks', { network, port: 65_536 })),
      refusal(discover('tanks', { network, tuning: { intervalMsMin: 1 } })),
      refusal(discover('tanks', { network, info: 10n })),
    ]);
    for (const { code, message } of refusals) {
      expect(code).toBe('ERROR_INVALID_PARAMETER');
      expect(message).toMatch(/^.{20,}\.$/);
    }
  });

  test('leaves a lobby as it was', async () => {
    const [ann, bob] = [await enter('Ann', 'small'), await enter('Bob')];
    await refusal(ann.update('x'.repeat(999)));
    await lan.clock.advanceAsync(MEET_MS);
    expect(ann.me.info).toBe('small');
    expect(bob.peers[0]!.info).toBe('small');
  });

  test('a network without a transport for presence is refused', async () => {
    const refused = await refusal(discover('tanks', { transports: [] }));
    expect(refused.code).toBe('ERROR_NOT_SUPPORTED');
  });

  test('an aborted signal starts nothing', async () => {
    const options = { network: await lan.join('ANN'), signal: AbortSignal.abort() };
    expect((await refusal(discover('tanks', options))).code).toBe('ERROR_OPERATION_ABORTED');
  });

  test('a closed lobby says so', async () => {
    const ann = await enter('Ann');
    await leave(ann, ann);
    expect((await refusal(ann.update(1))).code).toBe('ERROR_INVALID_HANDLE');
    expect((await refusal(ann.send('x', 'y'))).code).toBe('ERROR_INVALID_HANDLE');
  });
});
