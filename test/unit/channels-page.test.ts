/** docs/channels.md against what is counted and told, both ways. */

import { channel, subscribe, unsubscribe } from 'node:diagnostics_channel';
import { readFileSync } from 'node:fs';

import {
  type DropReason,
  type InterfaceStats,
  joinNetwork,
  local,
  MailslotError,
  type Network,
  type NetworkTraces,
  type Transport,
  udp,
} from '@mailslot/core';
import { nats } from '@mailslot/core/nats';
import { netbios } from '@mailslot/core/netbios';
import { Lan } from '@mailslot/core/testing';
import { discover, type PresenceDropReason, type PresenceTraces } from '@mailslot/discovery';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { tableRows } from '../support/markdown-table.ts';

type Traces = NetworkTraces & PresenceTraces;

const read = (path: string): string =>
  readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

const page = read('docs/channels.md');

/** What a cell has in code quotes. */
const quoted = (cell: string): string[] =>
  Array.from(cell.matchAll(/`([^`]+)`/g), ([, word]) => word!);

const bytesOf = (traces: readonly { readonly bytes: number }[]): number =>
  traces.reduce((sum, { bytes }) => sum + bytes, 0);

/** The first column of the table with this heading. */
const named = (heading: string): string[] =>
  tableRows(page, heading).flatMap(([first]) => quoted(first!));

const CHANNELS = new Map(
  tableRows(page, 'channel').map(([name, payload]) => [quoted(name!)[0]!, quoted(payload!)]),
);

describe('the counters that docs/channels.md names are those there are', () => {
  test('of a transport and of its interfaces', async () => {
    const lan = new Lan();
    const ann = await lan.join('ANN-PC');
    await ann.send('\\\\*\\mailslot\\lobby', 'hello');
    const { memory } = ann.stats();
    expect(named('of a transport')).toEqual(Object.keys(memory!));
    expect(named('of an interface')).toEqual(Object.keys(memory!.interfaces['memory0']!));
  });

  test('in the sizes of each', () => {
    const transports = [udp(), local(), netbios(), nats({ servers: ['nats://127.0.0.1'] })];
    const sizes = transports.flatMap((one) =>
      Object.keys(one.stats().sizes).map((size) => `${one.name} ${size}`),
    );
    const rows = tableRows(page, 'in `sizes` of').map(
      ([transport, size]) => `${transport} ${quoted(size!)[0]}`,
    );
    expect(rows.toSorted()).toEqual(sizes.toSorted());
  });

  test('of presence', async () => {
    const lan = new Lan();
    const lobby = await discover('tanks', { network: await lan.join('ANN-PC') });
    const { messages: _, ...stats } = lobby.stats();
    expect(named('of presence').toSorted()).toEqual(Object.keys(stats).toSorted());
    expect(named('in `sizes` of presence')).toEqual(Object.keys(stats.sizes));
  });

  test('and so are the reasons of drops', () => {
    expect(named('dropped by a transport').toSorted()).toEqual(Object.keys(DROPS).toSorted());
    expect(named('dropped by presence').toSorted()).toEqual(Object.keys(PRESENCE_DROPS).toSorted());
  });
});

describe('the channels that docs/channels.md names', () => {
  const told = new Map<string, object[]>();
  const listeners = new Map<string, (payload: unknown) => void>();

  beforeEach(() => {
    for (const name of CHANNELS.keys()) {
      const listener = (payload: unknown): void => {
        told.set(name, [...(told.get(name) ?? []), payload as object]);
      };
      listeners.set(name, listener);
      subscribe(name, listener);
    }
  });

  afterEach(() => {
    for (const [name, listener] of listeners) unsubscribe(name, listener);
    told.clear();
  });

  /** All of one channel. */
  const of = <Name extends keyof Traces>(name: Name): Traces[Name][] =>
    (told.get(name) ?? []) as Traces[Name][];

  test('are those that the sources name', () => {
    const sources = ['core', 'discovery'].map((name) => read(`packages/${name}/src/traces.ts`));
    const names = sources.join('\n').match(/mailslot(:\w+){2}/g);
    expect([...CHANNELS.keys()].toSorted()).toEqual([...new Set(names)].toSorted());
  });

  test('each tell what their row says, and no more', async () => {
    await anEventfulDay();
    for (const [name, payload] of CHANNELS) {
      const keys = new Set(told.get(name)?.flatMap((one) => Object.keys(one)));
      expect([name, [...keys]]).toEqual([name, payload]);
    }
  });

  test('tell as much as is counted', async () => {
    const { ann, bob, presence } = await anEventfulDay();
    const received = of('mailslot:datagram:received');
    expect(received).toHaveLength(ann.receivedDatagrams + bob.receivedDatagrams);
    expect(bytesOf(received)).toBe(ann.receivedBytes + bob.receivedBytes);
    expect(of('mailslot:datagram:dropped')).toContainEqual({
      transport: 'memory',
      reason: 'no-slot',
    });
    const sent = of('mailslot:presence:sent').filter(({ service }) => service === 'tanks');
    expect(sent).toHaveLength(presence.sent);
    expect(of('mailslot:presence:dropped')).toContainEqual({
      service: 'tanks',
      reason: 'malformed',
    });
  });

  test('cost no payload while nobody listens', async () => {
    for (const [name, listener] of listeners) unsubscribe(name, listener);
    const channels = [...CHANNELS.keys()].map((name) => channel(name));
    let published = 0;
    for (const one of channels) one.publish = () => published++;
    await anEventfulDay();
    // What is inherited depends on who listens.
    for (const one of channels) Reflect.deleteProperty(one, 'publish');
    expect(published).toBe(0);
  });
});

/** A day on which everything happens that can be told. Resolves to what was counted. */
async function anEventfulDay() {
  const lan = new Lan();
  const ann = await lan.join('ANN-PC');
  const bob = await lan.join('BOB-PC');
  const lobby = await discover('tanks', { name: 'Ann', network: ann });
  const others = [
    await discover('planes', { name: 'Bob', network: bob }),
    await discover('planes', { name: 'Cid', network: bob }),
  ];
  await bob.send('\\\\*\\mailslot\\nobody', 'hello');
  await bob.send('\\\\*\\mailslot\\mpp', 'what?');
  await lan.clock.advanceAsync(5_000);
  lan.unplug('ANN-PC');
  lan.plugIn('ANN-PC');
  const restless = await joinNetwork({ transports: [restlessTransport()] });
  const closing = Promise.all([lobby, ...others].map((one) => one.close()));
  await lan.clock.advanceAsync(1_000);
  await closing;
  await Promise.all([ann, bob, restless].map((one) => one.close()));
  return { ann: counted(ann), bob: counted(bob), presence: lobby.stats() };
}

function counted(network: Network): InterfaceStats {
  return network.stats()['memory']!.interfaces['memory0']!;
}

/** A transport on which something happens at once. */
function restlessTransport(): Transport {
  const memory = new Lan().transport('restless');
  return Object.assign(memory, {
    async start(host: Parameters<Transport['start']>[0]) {
      host.woke();
      host.problem(new MailslotError('ERROR_BUSY', 'Another program has the port.'));
    },
  });
}

/** Every reason, as the compiler sees to. */
const DROPS: Record<DropReason, true> = {
  malformed: true,
  version: true,
  elsewhere: true,
  echo: true,
  duplicate: true,
  'no-slot': true,
  interface: true,
  'too-large': true,
  'queue-full': true,
  incomplete: true,
  unsent: true,
};

const PRESENCE_DROPS: Record<PresenceDropReason, true> = {
  malformed: true,
  version: true,
  realm: true,
  security: true,
  late: true,
  duplicate: true,
  older: true,
  echo: true,
  unknown: true,
  unasked: true,
  limit: true,
};
