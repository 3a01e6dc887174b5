import { subscribe, unsubscribe } from 'node:diagnostics_channel';

import { Counters } from '@mailslot/core/internal';
import { Lan } from '@mailslot/core/testing';
import { describe, expect, test } from 'vitest';

import { ANY_INTERFACE, INTERFACES_MAX } from '../src/transports/counters.ts';
import { address, loopback } from './support/interface-tables.ts';
import { UdpStation } from './support/udp-station.ts';

const eth0 = { ...loopback, eth0: [address('10.0.0.1/24')] };
const both = { ...eth0, eth1: [address('10.1.0.1/24')] };

describe('counters', () => {
  test('keep datagrams of each interface apart from messages', () => {
    const counters = new Counters('udp');
    counters.sent(5);
    for (const name of ['eth0', 'eth1']) counters.departed(name, 20);
    counters.arrived('eth0', 30);
    counters.drop('malformed');
    expect(counters.snapshot({ sources: 1 })).toEqual({
      sentMessages: 1,
      sentBytes: 5,
      receivedMessages: 0,
      receivedBytes: 0,
      drops: { malformed: 1 },
      interfaces: {
        eth0: { sentDatagrams: 1, sentBytes: 20, receivedDatagrams: 1, receivedBytes: 30 },
        eth1: { sentDatagrams: 1, sentBytes: 20, receivedDatagrams: 0, receivedBytes: 0 },
      },
      sizes: { sources: 1 },
    });
  });

  test('are copies: what was read does not change', () => {
    const counters = new Counters('udp');
    counters.arrived('eth0', 1);
    const before = counters.snapshot();
    counters.arrived('eth0', 1);
    counters.drop('echo');
    expect(before.interfaces['eth0']!.receivedDatagrams).toBe(1);
    expect(before.drops).toEqual({});
  });

  test('of interfaces that come and go stay few, and their sums right', () => {
    const counters = new Counters('udp');
    const names = Array.from({ length: 3 * INTERFACES_MAX }, (_, at) => `veth${at}`);
    for (const [at, name] of names.entries()) {
      counters.departed(name, at);
      counters.arrived(name, 1);
      const { interfaces } = counters.snapshot();
      expect(interfaces[name]).toMatchObject({ sentBytes: at });
      expect(Object.keys(interfaces).length).toBeLessThanOrEqual(INTERFACES_MAX + 1);
    }
    const { interfaces } = counters.snapshot();
    const sum = Object.values(interfaces).reduce((sum, { sentBytes }) => sum + sentBytes, 0);
    expect(sum).toBe((names.length * (names.length - 1)) / 2);
    expect(interfaces[ANY_INTERFACE]!.receivedDatagrams).toBe(names.length - INTERFACES_MAX);
  });

  test('up to the limit are told apart', () => {
    const counters = new Counters('udp');
    for (let at = 0; at < INTERFACES_MAX; at++) counters.arrived(`eth${at}`, 1);
    expect(counters.snapshot().interfaces).not.toHaveProperty(ANY_INTERFACE);
    counters.arrived('one more', 1);
    expect(counters.snapshot().interfaces).toHaveProperty(ANY_INTERFACE);
  });

  test('of a network have each interface in use, also if nothing has passed', async () => {
    const ann = await new Lan().join('ANN-PC');
    const { interfaces } = ann.stats()['memory']!;
    expect(interfaces).toEqual({
      memory0: { sentDatagrams: 0, sentBytes: 0, receivedDatagrams: 0, receivedBytes: 0 },
    });
  });

  test('are told one by one, as long as somebody listens', () => {
    const counters = new Counters('udp');
    const told: unknown[] = [];
    const listener = (payload: unknown): void => void told.push(payload);
    counters.drop('echo');
    subscribe('mailslot:datagram:dropped', listener);
    counters.drop('malformed');
    unsubscribe('mailslot:datagram:dropped', listener);
    counters.drop('echo');
    expect(told).toEqual([{ transport: 'udp', reason: 'malformed' }]);
  });
});

describe('udp counts', () => {
  test('a message to all once, and its datagrams on each interface', async () => {
    await using station = await UdpStation.listening(both);
    await station.routes();
    const { sentMessages, interfaces } = station.transport.stats();
    expect(sentMessages).toBe(1);
    expect(interfaces['eth0']).toMatchObject({ sentDatagrams: 1, receivedDatagrams: 0 });
    expect(interfaces['eth1']).toEqual(interfaces['eth0']);
    expect(interfaces['eth0']!.sentBytes).toBeGreaterThan(10);
  });

  test('every fragment of a large message', async () => {
    await using station = await UdpStation.listening(eth0);
    station.hear('10.0.0.2', {}, { data: new Uint8Array(10_000) });
    const { receivedMessages, interfaces } = station.transport.stats();
    expect(receivedMessages).toBe(1);
    expect(interfaces['eth0']!.receivedDatagrams).toBe(9);
  });

  test('what came by the interface that its sender is on, dropped or not', async () => {
    await using station = await UdpStation.listening(both, { interfaces: ['eth0'] });
    station.hear('10.0.0.2');
    station.hear('10.1.0.2');
    const { drops, interfaces } = station.transport.stats();
    expect(drops).toEqual({ interface: 1 });
    expect(interfaces['eth0']).toMatchObject({ receivedDatagrams: 1 });
    expect(interfaces['eth1']).toMatchObject({ receivedDatagrams: 1, sentDatagrams: 0 });
  });

  test('what is from beyond all interfaces, or no frame at all, where it belongs to none', async () => {
    await using station = await UdpStation.listening(both);
    station.hear('192.0.2.1');
    station.hearBytes(new Uint8Array(100), '10.0.0.2');
    const { drops, interfaces } = station.transport.stats();
    expect(drops).toEqual({ malformed: 1 });
    expect(Object.keys(interfaces)).toEqual([ANY_INTERFACE]);
    expect(interfaces[ANY_INTERFACE]!.receivedDatagrams).toBe(2);
  });

  test('what its tables hold', async () => {
    await using station = await UdpStation.listening(eth0);
    station.hear('10.0.0.2');
    station.hear('10.0.0.3');
    const { sizes } = station.transport.stats();
    expect(sizes).toMatchObject({ sources: 2, correspondents: 0, incompleteMessages: 0 });
    expect(sizes['sockets']).toBe(station.system.open.length);
  });
});
