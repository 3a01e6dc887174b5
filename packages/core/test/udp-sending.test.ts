import { describe, expect, test } from 'vitest';

import { domainTag, slotPath } from '@mailslot/core/internal';

import {
  BURST_FRAGMENTS,
  BURST_PAUSE_MS,
  IN_FLIGHT_HARD_MAX,
  IN_FLIGHT_MAX,
  PACED_BYTES_MAX,
  TURN_DATAGRAMS_MAX,
} from '../src/transports/udp/outbox.ts';
import {
  IPV6_LOOKUPS_MAX,
  IPV6_MS_MAX,
  NAME_COPIES_MAX,
  NAME_MS_MAX,
} from '../src/transports/udp/sources.ts';
import { address, loopback } from './support/interface-tables.ts';
import { codeOf } from './support/outcomes.ts';
import { GROUP, GROUP6, LOBBY, UdpStation } from './support/udp-station.ts';

const eth0 = { ...loopback, eth0: [address('10.0.0.1/24')] };
const both = { ...eth0, eth1: [address('10.1.0.1/24')] };
const dualStack = { ...loopback, eth0: [address('10.0.0.1/24'), address('fe80::1/64')] };

const overIpv4 = `10.0.0.1 > ${GROUP} 19795`;
const overIpv6 = `fe80::1%eth0 > ${GROUP6} 19795`;

describe('a message to the domain', () => {
  test('goes to the group on every interface, and says whose it is', async () => {
    await using station = await UdpStation.listening(both);
    const channel = await station.transport.open({ kind: 'domain' }, slotPath('Tanks\\Map'));
    await channel.send({ sequence: 7, data: new Uint8Array([1, 2]), anonymous: false });
    expect(station.system.sent.map(({ frame }) => frame)).toEqual(
      Array.from({ length: 2 }, () => ({
        header: {
          slot: 'TANKS\\MAP',
          address: { kind: 'domain', tag: domainTag('workgroup') },
          station: 'self--',
          from: 'ANN-PC',
        },
        sequence: 7,
        fragment: undefined,
        data: new Uint8Array([1, 2]),
      })),
    );
    expect(station.transport.stats()).toMatchObject({ sentMessages: 1, sentBytes: 2 });
  });

  test('leaves the sender out on request', async () => {
    await using station = await UdpStation.listening(eth0);
    const channel = await station.transport.open({ kind: 'domain' }, LOBBY);
    await channel.send({ sequence: 1, data: new Uint8Array(0), anonymous: true });
    expect(station.system.sent[0]?.frame.header.from).toBe('');
  });

  test('is as it was when it was written, whatever the writer does with the bytes then', async () => {
    await using station = await UdpStation.listening(eth0);
    station.system.busy = true;
    const channel = await station.transport.open({ kind: 'domain' }, LOBBY);
    const data = new Uint8Array([1, 2, 3]);
    void channel.send({ sequence: 1, data, anonymous: false });
    data.fill(9);
    expect([...station.system.sent[0]!.frame.data]).toEqual([1, 2, 3]);
  });

  test('also goes to the broadcast address of each IPv4 interface, if asked for', async () => {
    const table = { ...both, eth2: [address('fe80::2/64')] };
    await using station = await UdpStation.listening(table, { broadcast: true });
    expect(await station.routes()).toEqual([
      `10.0.0.1 > ${GROUP} 19795`,
      '10.0.0.1 > 10.0.0.255 19795',
      `10.1.0.1 > ${GROUP} 19795`,
      '10.1.0.1 > 10.1.0.255 19795',
      `fe80::2%eth2 > ${GROUP6} 19795`,
    ]);
    expect(station.system.socketOn('10.0.0.1').broadcast).toBe(true);
    expect(station.system.socketOn('0.0.0.0').broadcast).toBe(false);
  });

  test('also goes to each seed, from the interface it is on, or as the system sees fit', async () => {
    await using station = await UdpStation.listening(both, {
      families: ['IPv4'],
      seeds: ['10.1.0.9', '10.0.0.9:5000', '203.0.113.1', '2001:db8::1'],
    });
    expect((await station.routes()).slice(2)).toEqual([
      '10.1.0.1 > 10.1.0.9 19795',
      '10.0.0.1 > 10.0.0.9 5000',
      '0.0.0.0 > 203.0.113.1 19795',
    ]);
  });

  test('goes nowhere but where it may', async () => {
    await using station = await UdpStation.listening(both, { interfaces: ['eth1'] });
    expect(await station.routes()).toEqual([`10.1.0.1 > ${GROUP} 19795`]);
    expect(station.system.private.map(({ bound }) => bound?.address)).toEqual(['10.1.0.1']);
  });

  test('is counted as unsent where there is no interface', async () => {
    await using station = await UdpStation.listening({});
    expect(await station.routes()).toEqual([]);
    expect(station.transport.stats().drops).toEqual({ unsent: 1 });
  });

  test('has no way to a mailslot of this computer', async () => {
    await using station = await UdpStation.listening(eth0);
    const open = () => station.transport.open({ kind: 'local' }, LOBBY);
    expect(await codeOf(open)).toBe('ERROR_FILE_NOT_FOUND');
  });
});

describe('where an interface has both families, a message goes', () => {
  test('over IPv4 alone', async () => {
    await using station = await UdpStation.listening(dualStack);
    station.hear('10.0.0.2');
    expect(await station.routes()).toEqual([overIpv4]);
  });

  test('over both for a minute after a station was heard that is known by IPv6 alone', async () => {
    await using station = await UdpStation.listening(dualStack);
    station.hear('fe80::2%eth0', { station: 'six---' });
    expect(await station.routes()).toEqual([overIpv4, overIpv6]);
    await station.clock.advanceAsync(IPV6_MS_MAX);
    expect(await station.routes()).toEqual([overIpv4, overIpv6]);
    await station.poll();
    expect(await station.routes()).toEqual([overIpv4]);
  });

  test('over IPv4 alone once the station was heard over that too', async () => {
    await using station = await UdpStation.listening(dualStack);
    station.hear('fe80::2%eth0', { station: 'both--' });
    station.hear('10.0.0.2', { station: 'both--' });
    expect(await station.routes()).toEqual([overIpv4]);
  });

  test('over IPv6 only where that station is', async () => {
    const table = { ...dualStack, eth1: [address('10.1.0.1/24'), address('fe80::11/64')] };
    await using station = await UdpStation.listening(table);
    station.hear('fe80::2%eth0', { station: 'six---' });
    expect(await station.routes()).toEqual([overIpv4, overIpv6, `10.1.0.1 > ${GROUP} 19795`]);
  });

  test('over both if this program does not listen, and so cannot know', async () => {
    await using station = new UdpStation(dualStack);
    await station.start();
    expect(await station.routes()).toEqual([overIpv4, overIpv6]);
  });

  test('is looked up so many times a second, however often a sender by IPv6 changes', async () => {
    await using station = await UdpStation.listening(dualStack);
    for (let change = 0; change <= IPV6_LOOKUPS_MAX; change++) {
      const both = { station: `dual${change}`.padEnd(6, '-') };
      station.hear('10.0.0.2', both);
      station.hear('fe80::2%eth0', both);
      expect(await station.routes()).toEqual([overIpv4]);
    }
    station.hear('fe80::3%eth0', { station: 'six---' });
    expect(await station.routes()).toEqual([overIpv4]);
    station.clock.advance(1000);
    expect(await station.routes()).toEqual([overIpv4, overIpv6]);
  });

  test('as before after other interfaces have changed', async () => {
    await using station = await UdpStation.listening(dualStack);
    station.hear('fe80::2%eth0', { station: 'six---' });
    await station.moveTo({ ...dualStack, eth1: [address('10.1.0.1/24')] });
    expect(await station.routes()).toEqual([overIpv4, overIpv6, `10.1.0.1 > ${GROUP} 19795`]);
  });
});

async function routesTo(station: UdpStation, name: string): Promise<string[]> {
  station.system.takeSent();
  await station.write(await station.transport.open({ kind: 'name', name }, LOBBY));
  return station.system.takeSent();
}

describe('a message to a name', () => {
  test('that was never heard goes to everyone, with the name in it', async () => {
    await using station = await UdpStation.listening(eth0);
    const channel = await station.transport.open({ kind: 'name', name: 'BOB-PC' }, LOBBY);
    await station.write(channel);
    expect(station.system.sent.map(({ frame }) => frame.header.address)).toEqual([
      { kind: 'name', name: 'BOB-PC' },
    ]);
  });

  test('goes by unicast too to every station that was heard under it', async () => {
    await using station = await UdpStation.listening(both);
    station.hear('10.0.0.2', { station: 'bob--1' }, { port: 1 });
    station.hear('10.1.0.2', { station: 'bob--2' }, { port: 2 });
    station.hear('10.0.0.3', { station: 'cleo--', from: 'CLEO-PC' });
    expect((await routesTo(station, 'BOB-PC')).slice(2)).toEqual([
      '10.0.0.1 > 10.0.0.2 1',
      '10.1.0.1 > 10.1.0.2 2',
    ]);
  });

  test('remembers the name of one that does not say it each time', async () => {
    await using station = await UdpStation.listening(eth0);
    station.hear('10.0.0.2');
    station.hear('10.0.0.2', { from: '' });
    expect(await routesTo(station, 'BOB-PC')).toHaveLength(2);
  });

  test('does not go where another name was heard since', async () => {
    await using station = await UdpStation.listening(eth0);
    station.hear('10.0.0.2');
    station.hear('10.0.0.2', { from: 'BOB2-PC' });
    expect(await routesTo(station, 'BOB-PC')).toHaveLength(1);
    expect(await routesTo(station, 'BOB2-PC')).toHaveLength(2);
  });

  test('does not go where nothing was heard for five minutes', async () => {
    await using station = await UdpStation.listening(eth0);
    station.hear('10.0.0.2');
    station.clock.advance(NAME_MS_MAX);
    expect(await routesTo(station, 'BOB-PC')).toHaveLength(2);
    station.clock.advance(1);
    expect(await routesTo(station, 'BOB-PC')).toHaveLength(1);
  });

  test('is not drawn out of the network by who claims the name from beyond', async () => {
    await using station = await UdpStation.listening(eth0, { seeds: ['203.0.113.2'] });
    station.hear('203.0.113.1');
    expect(await routesTo(station, 'BOB-PC')).not.toContain('0.0.0.0 > 203.0.113.1 40000');
    station.hear('203.0.113.2');
    expect(await routesTo(station, 'BOB-PC')).toContain('0.0.0.0 > 203.0.113.2 40000');
  });

  test('has a bounded number of copies, however many claim the name', async () => {
    await using station = await UdpStation.listening(eth0);
    for (let port = 1; port <= NAME_COPIES_MAX + 10; port++) station.hear('10.0.0.2', {}, { port });
    expect(await routesTo(station, 'BOB-PC')).toHaveLength(1 + NAME_COPIES_MAX);
  });

  test('still finds its computer after the interfaces have changed', async () => {
    await using station = await UdpStation.listening(eth0);
    station.hear('10.0.0.2');
    station.hear('10.0.0.2', { from: '' });
    await station.moveTo({ ...loopback, eth0: [address('10.0.0.99/24')] });
    expect((await routesTo(station, 'BOB-PC')).slice(1)).toEqual(['10.0.0.99 > 10.0.0.2 40000']);
  });
});

describe('an answer', () => {
  test('goes to the place that asked, from its interface, for it alone', async () => {
    await using station = await UdpStation.listening(both);
    const { source } = station.hear('10.1.0.2', {}, { port: 4242 })!;
    const channel = station.transport.reply(source, LOBBY);
    await station.write(channel);
    expect(station.system.sent[0]?.frame.header.address).toEqual({ kind: 'direct' });
    expect(station.system.takeSent()).toEqual(['10.1.0.1 > 10.1.0.2 4242']);
  });

  test('finds another socket when that of before has gone', async () => {
    await using station = await UdpStation.listening(eth0);
    const channel = station.transport.reply(station.hear('10.0.0.2')!.source, LOBBY);
    await station.write(channel);
    await station.moveTo({ ...loopback, eth0: [address('10.0.0.99/24')] });
    await station.write(channel);
    expect(station.system.takeSent()).toEqual([
      '10.0.0.1 > 10.0.0.2 40000',
      '10.0.0.99 > 10.0.0.2 40000',
    ]);
  });

  test('has no way to what another transport heard', async () => {
    await using station = await UdpStation.listening(eth0);
    const { source } = station.hear('10.0.0.2')!;
    expect(await codeOf(() => station.transport.reply({ ...source }, LOBBY))).toBe(
      'ERROR_NOT_SUPPORTED',
    );
  });
});

describe('a large message', () => {
  test('leaves in bursts, with a pause after each', async () => {
    await using station = await UdpStation.listening(eth0);
    const channel = await station.transport.open({ kind: 'domain' }, LOBBY);
    let done = false;
    const sending = channel
      .send({ sequence: 1, data: new Uint8Array(20_000), anonymous: false })!
      .then(() => (done = true));
    await station.clock.advanceAsync(0);
    expect(station.system.sent).toHaveLength(BURST_FRAGMENTS);
    await station.clock.advanceAsync(BURST_PAUSE_MS);
    expect(station.system.sent).toHaveLength(2 * BURST_FRAGMENTS);
    expect(done).toBe(false);
    await station.clock.advanceAsync(BURST_PAUSE_MS);
    await sending;
    expect(station.system.sent).toHaveLength(18);
    expect(station.system.sent.at(-1)?.frame.fragment).toEqual({
      index: 17,
      count: 18,
      total: 20_000,
    });
  });

  test('waits for the one before it', async () => {
    await using station = await UdpStation.listening(eth0);
    const channel = await station.transport.open({ kind: 'domain' }, LOBBY);
    for (const sequence of [1, 2]) {
      void channel.send({ sequence, data: new Uint8Array(20_000), anonymous: false });
    }
    await station.clock.advanceAsync(10);
    const sequences = station.system.sent.map(({ frame }) => frame.sequence);
    expect(sequences).toEqual(sequences.toSorted((a, b) => a - b));
    expect(sequences).toHaveLength(36);
  });

  test('leaves to its last fragment although the transport stops', async () => {
    const station = await UdpStation.listening(eth0);
    const channel = await station.transport.open({ kind: 'domain' }, LOBBY);
    void channel.send({ sequence: 1, data: new Uint8Array(20_000), anonymous: false });
    const stopped = station.transport.stop();
    await station.clock.advanceAsync(10);
    await stopped;
    expect(station.system.sent).toHaveLength(18);
    expect(station.system.open).toEqual([]);
  });

  test('has room for so many, and is counted as unsent beyond', async () => {
    await using station = await UdpStation.listening(eth0);
    const channel = await station.transport.open({ kind: 'domain' }, LOBBY);
    const data = new Uint8Array(65_536);
    const each = 57 * 1_200;
    const room = Math.floor(PACED_BYTES_MAX / each);
    for (let sequence = 0; sequence < room + 3; sequence++) {
      void channel.send({ sequence, data, anonymous: false });
    }
    expect(station.transport.stats().drops).toEqual({ unsent: 3 });
    await station.clock.advanceAsync(1_000);
    expect(station.system.sent).toHaveLength(room * 57);
  });

  test('beyond the largest size is counted as unsent', async () => {
    await using station = await UdpStation.listening(eth0);
    const channel = await station.transport.open({ kind: 'domain' }, LOBBY);
    expect(channel.maxMessageSize).toBe(65_536);
    expect(station.transport.maxMessageSize()).toBe(65_536);
    await station.write(channel, new Uint8Array(65_537));
    expect(station.transport.stats()).toMatchObject({ sentMessages: 0, drops: { unsent: 1 } });
  });
});

describe('a system that takes all at once', () => {
  test('does not let a writer who awaits every message keep the event loop from turning', async () => {
    await using station = await UdpStation.listening(eth0);
    const channel = await station.transport.open({ kind: 'domain' }, LOBBY);
    let turned = false;
    setImmediate(() => (turned = true));
    for (let sequence = 0; sequence < TURN_DATAGRAMS_MAX; sequence++) {
      expect(turned).toBe(false);
      await channel.send({ sequence, data: new Uint8Array(1), anonymous: false });
      // As node:dgram says it has sent: before the event loop turns.
      await new Promise((resolve) => process.nextTick(resolve));
    }
    expect(turned).toBe(true);
  });
});

describe('a system that does not keep up', () => {
  test('makes writers wait until there is room', async () => {
    await using station = await UdpStation.listening(eth0);
    const channel = await station.transport.open({ kind: 'domain' }, LOBBY);
    station.system.busy = true;
    const send = (sequence: number) =>
      channel.send({ sequence, data: new Uint8Array(1), anonymous: false });
    for (let sequence = 1; sequence < IN_FLIGHT_MAX; sequence++) {
      expect(send(sequence)).toBeUndefined();
    }
    const wait = send(IN_FLIGHT_MAX);
    expect(wait).toBeInstanceOf(Promise);
    expect(send(IN_FLIGHT_MAX + 1)).toBe(wait);
    station.system.drain();
    await wait;
    expect(send(1)).toBeUndefined();
  });

  test('does not make this program hold more than so much for writers who do not wait', async () => {
    await using station = await UdpStation.listening(eth0);
    const channel = await station.transport.open({ kind: 'domain' }, LOBBY);
    station.system.busy = true;
    for (let sequence = 0; sequence < IN_FLIGHT_HARD_MAX + 5; sequence++) {
      void channel.send({ sequence, data: new Uint8Array(1), anonymous: false });
    }
    expect(station.system.sent).toHaveLength(IN_FLIGHT_HARD_MAX);
    expect(station.transport.stats().drops).toEqual({ unsent: 5 });
    station.system.drain();
  });
});
