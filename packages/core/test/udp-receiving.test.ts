import { describe, expect, test } from 'vitest';

import { encodeFrame, encodeHeader } from '../src/transports/udp/frame.ts';
import { SOURCES_MAX } from '../src/transports/udp/sources.ts';
import { address, loopback } from './support/interface-tables.ts';
import { LOBBY, UdpStation } from './support/udp-station.ts';

const eth0 = { ...loopback, eth0: [address('10.0.0.1/24')] };
const both = { ...eth0, eth1: [address('10.1.0.1/24'), address('fe80::1/64')] };

const DIRECT = encodeHeader({
  slot: LOBBY.key,
  address: { kind: 'direct' },
  station: 'other-',
  from: '',
});

describe('a datagram that arrives', () => {
  test('is handed over with all that its frame and its address tell', async () => {
    await using station = await UdpStation.listening(both);
    const datagram = station.hear('fe80::2%eth1', {}, { port: 4242, sequence: 9 });
    expect(datagram).toMatchObject({
      slot: LOBBY.key,
      address: { kind: 'domain', tag: 0x8c0312d1 },
      station: 'other-',
      sequence: 9,
      from: 'BOB-PC',
      source: {
        transport: 'udp',
        id: 'udp:fe80::2%eth1:4242',
        trust: 'on-link',
        address: 'fe80::2%eth1',
        interfaces: ['eth1'],
      },
      data: new Uint8Array([1, 2, 3]),
    });
    expect(station.transport.stats()).toMatchObject({ receivedMessages: 1, receivedBytes: 3 });
  });

  test('at a private socket is taken as one at the shared one is', async () => {
    await using station = await UdpStation.listening(eth0);
    const at = station.system.socketOn('10.0.0.1');
    const direct = { address: { kind: 'direct' } } as const;
    expect(station.hear('10.0.0.2', direct, { at })?.address).toEqual({ kind: 'direct' });
  });

  test('of the same place has the very same source', async () => {
    await using station = await UdpStation.listening(eth0);
    const [first, other, second] = [1, 2, 1].map((port) => station.hear('10.0.0.2', {}, { port }));
    expect(first!.source).toBe(second!.source);
    expect(first!.source).not.toBe(other!.source);
  });

  test('in fragments is handed over as one', async () => {
    await using station = await UdpStation.listening(eth0);
    const data = Uint8Array.from({ length: 65_536 }, (_, at) => at % 251);
    const datagram = station.hear('10.0.0.2', {}, { data });
    expect(station.received).toHaveLength(1);
    expect(Buffer.compare(datagram!.data, data)).toBe(0);
    expect(station.transport.stats()).toMatchObject({ receivedMessages: 1, receivedBytes: 65_536 });
  });
});

/** A frame with some bytes changed. */
function frame(bytes: Partial<Record<number, number>> = {}): Uint8Array {
  return Object.assign(encodeFrame(DIRECT, 1, new Uint8Array(3)), bytes);
}

describe('a datagram is dropped and counted', () => {
  test.each([
    ['another protocol', new TextEncoder().encode('GET / HTTP/1.1\r\n\r\n'), 'malformed'],
    ['nothing at all', new Uint8Array(0), 'malformed'],
    ['a path longer than the frame', frame({ 3: 200 }), 'malformed'],
    ['a later version', frame({ 1: 0x20 }), 'version'],
    ['a flag of a later version', frame({ 2: 0x80 }), 'version'],
  ])('for being %s', async (_, bytes, reason) => {
    await using station = await UdpStation.listening(eth0);
    station.hearBytes(bytes, '10.0.0.2');
    expect(station.received).toEqual([]);
    expect(station.transport.stats()).toMatchObject({
      receivedMessages: 0,
      drops: { [reason]: 1 },
    });
    expect(station.problems).toEqual([]);
  });

  test('for being our own', async () => {
    await using station = await UdpStation.listening(eth0);
    expect(station.hear('10.0.0.1', { station: 'self--' })).toBeUndefined();
    expect(station.transport.stats().drops).toEqual({ echo: 1 });
  });

  test('for the reason that the network gives', async () => {
    await using station = await UdpStation.listening(eth0);
    station.verdict = 'no-slot';
    station.hear('10.0.0.2');
    expect(station.transport.stats()).toMatchObject({
      receivedMessages: 1,
      drops: { 'no-slot': 1 },
    });
  });

  test('for lacking its other fragments after two seconds, at the next look', async () => {
    await using station = await UdpStation.listening(eth0);
    const fragment = { index: 0, count: 2, total: 11 };
    station.hearBytes(encodeFrame(DIRECT, 1, new Uint8Array(10), fragment), '10.0.0.2');
    await station.poll();
    expect(station.transport.stats().drops).toEqual({ incomplete: 1 });
  });
});

describe('a datagram that came by an interface which is not in use', () => {
  test.each([
    ['eth1', '10.0.0.2'],
    ['eth1', '127.0.0.1'],
    ['eth1', '203.0.113.1'],
    ['eth1', 'fe80::2%eth0'],
    ['loopback', '10.0.0.1'],
    ['loopback', '10.0.0.2'],
  ])('is dropped by who chose %s: from %s', async (chosen, source) => {
    await using station = await UdpStation.listening(both, { interfaces: [chosen] });
    expect(station.hear(source)).toBeUndefined();
    expect(station.transport.stats().drops).toEqual({ interface: 1 });
  });

  test.each([
    ['eth1', '10.1.0.2'],
    ['eth1', 'fe80::2%eth1'],
    ['eth1', '10.1.0.1'],
    ['loopback', '127.0.0.1'],
    ['loopback', '127.9.9.9'],
  ])('is not one from where it was to come: %s, from %s', async (chosen, source) => {
    await using station = await UdpStation.listening(both, { interfaces: [chosen] });
    expect(station.hear(source)).toBeDefined();
  });

  test('is taken from a seed', async () => {
    const options = { interfaces: ['eth1'], seeds: ['203.0.113.1', '10.0.0.9'] };
    await using station = await UdpStation.listening(both, options);
    expect(station.hear('203.0.113.1')?.source.trust).toBe('seed');
    expect(station.hear('10.0.0.9')).toBeDefined();
  });

  test('is taken by who left nothing out, unless it is of loopback, which we are not on', async () => {
    const tunnel = { ...both, tun0: [address('10.8.0.1/32')] };
    await using station = await UdpStation.listening(tunnel);
    expect(station.hear('10.8.0.2')?.source.trust).toBe('routed');
    expect(station.hear('203.0.113.1')?.source.trust).toBe('routed');
    expect(station.hear('127.0.0.1')).toBeUndefined();
    expect(station.transport.stats().drops).toEqual({ interface: 1 });
  });

  test('is judged anew when the interfaces change', async () => {
    await using station = await UdpStation.listening(eth0);
    expect(station.hear('10.1.0.2')?.source.trust).toBe('routed');
    await station.moveTo(both);
    expect(station.hear('10.1.0.2')?.source).toMatchObject({
      trust: 'on-link',
      interfaces: ['eth1'],
    });
    await station.moveTo(loopback);
    expect(station.hear('127.0.0.1')?.source.trust).toBe('loopback');
  });
});

/** Hears each of very many places once. */
function flood(station: UdpStation, address: string, count = SOURCES_MAX): void {
  for (let port = 1; port <= count; port++) station.hear(address, {}, { port });
}

describe('a flood of forged places', () => {
  test('displaces who was heard once, as they are, and not who is heard again', async () => {
    await using station = await UdpStation.listening(eth0);
    const [once, peer] = [station.hear('10.0.0.2')!.source, station.hear('10.0.0.3')!.source];
    flood(station, '10.0.0.4', SOURCES_MAX - 2);
    expect(station.hear('10.0.0.3')!.source).toBe(peer);
    flood(station, '10.0.0.5');
    expect(station.hear('10.0.0.3')!.source).toBe(peer);
    expect(station.hear('10.0.0.2')!.source).not.toBe(once);
  });

  test('displaces in the end who was heard again and is silent since', async () => {
    await using station = await UdpStation.listening(eth0);
    const silent = station.hear('10.0.0.2')!.source;
    station.hear('10.0.0.3');
    station.hear('10.0.0.2');
    flood(station, '10.0.0.4', 2 * SOURCES_MAX);
    expect(station.hear('10.0.0.2')!.source).not.toBe(silent);
  });

  test('leaves names with those who bear them still', async () => {
    await using station = await UdpStation.listening(eth0);
    station.hear('10.0.0.2', { from: 'ANN-PC' });
    flood(station, '10.0.0.4', 2 * SOURCES_MAX);
    station.hear('10.0.0.9', { from: 'ANN-PC' });
    station.system.takeSent();
    await station.write(await station.transport.open({ kind: 'name', name: 'ANN-PC' }, LOBBY));
    expect(station.system.takeSent()).toEqual([
      '10.0.0.1 > 239.255.77.83 19795',
      '10.0.0.1 > 10.0.0.9 40000',
    ]);
  });
});

describe('a listener that is closed twice', () => {
  test('counts once, so that who listens later hears', async () => {
    await using station = new UdpStation(eth0);
    await station.start();
    const listening = await station.transport.listen();
    await Promise.all([listening.close(), listening.close()]);
    expect(station.system.shared).toEqual([]);
    await station.transport.listen();
    expect(station.hear('10.0.0.2')).toBeDefined();
  });

  test('does not close for another', async () => {
    await using station = await UdpStation.listening(eth0);
    const listening = await station.transport.listen();
    await Promise.all([listening.close(), listening.close()]);
    expect(station.hear('10.0.0.2')).toBeDefined();
  });
});
