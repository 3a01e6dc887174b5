/** The side of the LAN of what a bridge relays: how stations beyond it are heard, written to and told of. */

import { beforeEach, describe, expect, test } from 'vitest';

import type { Address, Datagram, Source } from '@mailslot/core/internal';

import { PLACE_BYTES_MAX } from '../src/transports/transport.ts';
import { decodeFrame, encodeFrame, encodeHeader } from '../src/transports/udp/frame.ts';
import { address, loopback } from './support/interface-tables.ts';
import { GROUP, LOBBY, UdpStation } from './support/udp-station.ts';

const table = { ...loopback, eth0: [address('10.0.0.1/24')], eth1: [address('10.1.0.1/24')] };
const ALL: Address = { kind: 'domain', tag: 0x8c0312d1 };
const FAR = 'far---';
const BRIDGE = '10.0.0.9';

let station: UdpStation;

beforeEach(async () => {
  station = await UdpStation.listening(table);
  return () => station[Symbol.asyncDispose]();
});

/** A station beyond the bridge, as it is heard here. */
function hearFar(id = FAR, at = BRIDGE): Datagram {
  return station.hear(at, { station: id, from: '', relayed: true })!;
}

function hearNear(at: string): Source {
  return station.hear(at, { station: 'near--', from: '' })!.source;
}

/** What was sent since the last call. */
function sent() {
  return station.system.sent.splice(0).map(({ address, port, bytes }) => {
    const { header } = decodeFrame(bytes);
    return { to: `${address} ${port}`, ...header };
  });
}

function told(source: Source, to: Source): string | undefined {
  const place = station.transport.place(source, to);
  if (place === undefined) return undefined;
  expect(place.length).toBeLessThanOrEqual(PLACE_BYTES_MAX);
  return Buffer.from(place).toString('hex');
}

describe('a station beyond a bridge', () => {
  test('is a place of its own, though it shares one, and has no address', () => {
    const [far, further] = [hearFar(), hearFar('far-er')];
    expect(far).toMatchObject({ station: FAR, relayed: true, address: ALL });
    expect(far.source).toMatchObject({
      id: `udp:10.0.0.9:40000/${Buffer.from(FAR).toString('hex')}`,
      address: undefined,
      trust: 'relayed',
      interfaces: ['eth0'],
    });
    expect(further.source.id).not.toBe(far.source.id);
    expect(hearFar().source.id).toBe(far.source.id);
  });

  test('is the same host by whichever bridge it is heard, and no host of this network', () => {
    const [one, other] = [hearFar(), hearFar(FAR, '10.1.0.9')].map(({ source }) => source);
    expect(other!.id).not.toBe(one!.id);
    expect(other!.host).toBe(one!.host);
    expect(hearFar('far-er').source.host).not.toBe(one!.host);
    expect(station.hear('10.0.0.2', { station: FAR })!.source.host).toBeUndefined();
  });

  test('is written to by the bridge, which is told whom it is for', async () => {
    const { source } = hearFar();
    station.system.takeSent();
    await station.write(station.transport.reply(source, LOBBY));
    const whom = { kind: 'station', station: FAR };
    expect(sent()).toMatchObject([{ to: '10.0.0.9 40000', address: whom, station: 'self--' }]);
  });

  test('is not knocked at, since it is the bridge that would refuse', async () => {
    const { source } = hearFar();
    station.system.takeSent();
    const message = { sequence: 1, data: new Uint8Array(1), anonymous: true };
    station.transport.knock(source, LOBBY, message, () => {});
    await station.clock.advanceAsync(0);
    expect(sent()).toEqual([]);
  });

  test('is beyond the link if its bridge is', async () => {
    await using seeded = await UdpStation.listening(table, { seeds: ['192.0.2.1'] });
    const frame = { station: FAR, from: '', relayed: true };
    const [seed, routed] = ['192.0.2.1', '192.0.2.2'].map((at) => seeded.hear(at, frame));
    expect([seed?.source.trust, routed?.source.trust]).toEqual(['relayed', 'routed']);
  });

  test('gives the bridge no name: what is for it is not for the bridge alone', async () => {
    station.hear(BRIDGE, { station: FAR, from: 'FAR-PC', relayed: true });
    station.system.takeSent();
    await station.write(await station.transport.open({ kind: 'name', name: 'FAR-PC' }, LOBBY));
    expect(station.system.takeSent().filter((route) => route.includes(BRIDGE))).toEqual([]);
  });

  test('is told to neighbours by the place of the bridge and its own id', () => {
    const { source } = hearFar();
    const near = hearNear('10.0.0.2');
    expect(told(source, near)).toBe(`049c400a000009${Buffer.from(FAR).toString('hex')}`);
    expect(told(source, hearNear('10.1.0.2'))).toBeUndefined();
    const place = station.transport.place(source, near)!;
    expect(station.transport.locate(place, near)?.id).toBe(source.id);
    expect(station.transport.locate(place, hearNear('10.1.0.2'))).toBeUndefined();
    expect(station.transport.locate(place.subarray(1), near)).toBeUndefined();
    expect(station.transport.locate(place.subarray(-6), near)).toBeUndefined();
  });

  test('is told of others by their ids, and tells of them so: addresses mean nothing to it', () => {
    const { source } = hearFar();
    const near = hearNear('10.0.0.2');
    expect(told(near, source)).toBe(Buffer.from('near--').toString('hex'));
    expect(told(hearFar('far-er').source, source)).toBe(Buffer.from('far-er').toString('hex'));
    const other = station.transport.locate(Buffer.from('far-er'), source);
    expect(other?.id).toBe(hearFar('far-er').source.id);
    const liar = Buffer.from('049c400a000002', 'hex');
    expect(station.transport.locate(liar, source)).toBeUndefined();
  });
});

describe('a bridge on udp', () => {
  const relayed: Datagram = {
    slot: LOBBY.key,
    address: ALL,
    station: FAR,
    sequence: 77,
    from: '',
    source: { transport: 'nats', id: 'x', trust: 'on-link', address: undefined, interfaces: [] },
    data: new Uint8Array([7]),
  };

  test('says what it brings in the name of its station, marked, to all of the domain', async () => {
    station.transport.relaying.relay(relayed, undefined);
    await station.clock.advanceAsync(0);
    const marked = { station: FAR, relayed: true, address: ALL };
    expect(sent()).toMatchObject([
      { to: `${GROUP} 19795`, ...marked },
      { to: `${GROUP} 19795`, ...marked },
    ]);
  });

  test('says what is for one to that one, in fragments if need be', async () => {
    const near = hearNear('10.0.0.2');
    const large = { ...relayed, data: new Uint8Array(2_000) };
    station.transport.relaying.relay(
      { ...large, address: { kind: 'station', station: 'near--' } },
      near,
    );
    await station.clock.advanceAsync(10);
    const one = { to: '10.0.0.2 40000', address: { kind: 'direct' }, relayed: true };
    expect(sent()).toMatchObject([one, one]);
  });

  test('drops what it knows no place for', () => {
    const whom: Address = { kind: 'station', station: 'near--' };
    station.transport.relaying.relay({ ...relayed, address: whom }, undefined);
    expect(station.system.sent).toEqual([]);
    expect(station.transport.stats().drops).toEqual({ unsent: 1 });
  });

  test('gets whole what is for stations beyond it', () => {
    const whom: Address = { kind: 'station', station: FAR };
    const frame = encodeHeader({ slot: LOBBY.key, address: whom, station: 'near--', from: '' });
    station.hearBytes(encodeFrame(frame, 1, new Uint8Array([1])), '10.0.0.2');
    expect(station.received).toMatchObject([{ address: whom, station: 'near--' }]);
  });
});
