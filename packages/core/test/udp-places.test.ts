import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import type { Source } from '@mailslot/core/internal';

import { PLACE_BYTES_MAX } from '../src/transports/transport.ts';
import { SOURCES_MAX } from '../src/transports/udp/sources.ts';
import { address, loopback } from './support/interface-tables.ts';
import { LOBBY, UdpStation } from './support/udp-station.ts';

const table = {
  ...loopback,
  eth0: [address('10.0.0.1/24'), address('fe80::1/64'), address('2001:db8::1/64')],
  eth1: [address('10.1.0.1/24'), address('fe80::11/64')],
};
/** Two interfaces on one network: who is heard there can have come in by either. */
const twice = { ...table, eth2: [address('10.1.0.3/24')] };

/** Seeds on no link of ours. */
const SEEDS = ['203.0.113.1', '203.0.113.2'];

function heard(station: UdpStation, at: string, port = 5000): Source {
  return station.hear(at, {}, { port })!.source;
}

async function listening(interfaces = table): Promise<UdpStation> {
  return UdpStation.listening(interfaces, { seeds: SEEDS });
}

/** What one station tells another of a third, as bytes in hex. */
async function told(source: string, to: string): Promise<string | undefined> {
  await using station = await listening();
  const place = station.transport.place(heard(station, source), heard(station, to));
  return place && Buffer.from(place).toString('hex');
}

/** The source that a station at one address is led to by being told of an address by another. */
async function ledTo(
  place: string,
  toldBy: string,
  interfaces = table,
): Promise<string | undefined> {
  await using station = await listening(interfaces);
  const source = station.transport.locate(Buffer.from(place, 'hex'), heard(station, toldBy));
  return source?.id;
}

/** The source that a seed on eth1 leads to on its own link, where these interfaces are in use. */
async function ledBySeed(interfaces: readonly string[]): Promise<string | undefined> {
  await using station = await UdpStation.listening(table, { interfaces, seeds: ['10.1.0.9'] });
  const place = Buffer.from('0413880a010008', 'hex');
  return station.transport.locate(place, heard(station, '10.1.0.9'))?.id;
}

const FE80_2 = 'fe800000000000000000000000000002';

describe('the place of a station', () => {
  test.each([
    ['10.0.0.2', '10.0.0.3', '0413880a000002'],
    ['fe80::2%eth0', 'fe80::3%eth0', `061388${FE80_2}`],
    ['fe80::2%eth0', '10.0.0.3', `061388${FE80_2}`],
    ['10.0.0.2', '2001:db8::3', '0413880a000002'],
    ['10.0.0.1', '10.0.0.3', '0413880a000001'],
    ['203.0.113.1', '203.0.113.2', '041388cb007101'],
  ])('is told to who is on its link: %s to %s', async (source, to, place) => {
    expect(await told(source, to)).toBe(place);
    expect(place.length / 2).toBeLessThanOrEqual(PLACE_BYTES_MAX);
  });

  test.each([
    ['10.1.0.2', '10.0.0.3'],
    ['fe80::2%eth1', 'fe80::3%eth0'],
    ['198.51.100.1', '10.0.0.3'],
    ['198.51.100.1', '198.51.100.2'],
    ['203.0.113.1', '10.0.0.3'],
    ['10.0.0.2', '203.0.113.1'],
  ])('is not told to who is on another: %s to %s', async (source, to) => {
    expect(await told(source, to)).toBeUndefined();
  });

  test('on loopback is told on loopback alone', async () => {
    await using station = await UdpStation.listening(table, { interfaces: ['loopback', 'eth0'] });
    const [one, other, beyond] = ['127.0.0.1', '127.0.0.2', '10.0.0.2'].map((at) =>
      heard(station, at),
    );
    expect(station.transport.place(one!, other!)).toBeDefined();
    expect(station.transport.place(one!, beyond!)).toBeUndefined();
  });

  test('of another transport is nothing that udp can tell', async () => {
    await using station = await listening();
    const foreign = { ...heard(station, '10.0.0.2'), transport: 'pigeon', interfaces: ['eth0'] };
    const own = heard(station, '10.0.0.3');
    expect(station.transport.place(foreign, own)).toBeUndefined();
    expect(station.transport.locate(station.transport.place(own, own)!, foreign)).toBeUndefined();
  });
});

describe('a place that a station tells of', () => {
  test.each([
    ['0413880a000002', '10.0.0.3', 'udp:10.0.0.2:5000'],
    ['0400010a000001', '10.0.0.3', 'udp:10.0.0.1:1'],
    [`061388${FE80_2}`, 'fe80::3%eth0', 'udp:fe80::2%eth0:5000'],
    [`061388${FE80_2}`, '10.1.0.3', 'udp:fe80::2%eth1:5000'],
    ['06138820010db8000000000000000000000002', '10.0.0.3', 'udp:2001:db8::2:5000'],
    ['041388cb007101', '203.0.113.2', 'udp:203.0.113.1:5000'],
  ])('leads there: %s, by %s', async (place, toldBy, id) => {
    expect(await ledTo(place, toldBy)).toBe(id);
  });

  test.each([
    ['another link', '0413880a010002', '10.0.0.3'],
    ['beyond a router', '041388c6336401', '10.0.0.3'],
    ['beyond a router, by one who is there', '041388c6336401', '198.51.100.2'],
    ['here, by one who is beyond a router', '0413880a000002', '198.51.100.2'],
    ['a seed, by one who is none', '041388cb007101', '10.0.0.3'],
    ['here, by a seed', '0413880a000002', '203.0.113.1'],
    ['loopback, by one who is not', '0413887f000001', '10.0.0.3'],
    ['all hosts of the link', '0413880a0000ff', '10.0.0.3'],
    ['all hosts', '041388ffffffff', '10.0.0.3'],
    ['the group', '044d53efff4d53', '10.0.0.3'],
    ['the IPv6 group', '064d53ff120000000000000000000080004d53', 'fe80::3%eth0'],
    ['nowhere', '04138800000000', '10.0.0.3'],
    ['no port', '0400000a000002', '10.0.0.3'],
    ['an IPv4 address in an IPv6 one', '06138800000000000000000000ffff0a000002', 'fe80::3%eth0'],
  ])('does not lead to %s', async (_, place, toldBy) => {
    expect(await ledTo(place, toldBy)).toBeUndefined();
  });

  test('on the link of a teller who can be on two is nowhere', async () => {
    expect(await ledTo(`061388${FE80_2}`, '10.1.0.9', twice)).toBeUndefined();
  });

  test('is the very source that was heard there', async () => {
    await using station = await listening();
    const [source, teller] = [heard(station, 'fe80::2%eth0'), heard(station, 'fe80::3%eth0')];
    const place = station.transport.place(source, teller)!;
    expect(station.transport.locate(place, teller)).toBe(source);
  });

  test('leads, before anything was heard there, where a datagram from there will come from', async () => {
    await using station = await listening();
    const teller = heard(station, '10.0.0.3');
    const led = station.transport.locate(Buffer.from('0413880a000002', 'hex'), teller)!;
    station.system.takeSent();
    await station.write(station.transport.reply(led, LOBBY));
    expect(station.system.takeSent()).toEqual(['10.0.0.1 > 10.0.0.2 5000']);
    const { id, trust, interfaces, address } = heard(station, '10.0.0.2');
    expect(led).toMatchObject({ id, trust, interfaces, address });
  });

  test('displaces nobody who was heard', async () => {
    await using station = await listening();
    const [known, teller] = [heard(station, '10.0.0.2'), heard(station, '10.0.0.3')];
    const place = Uint8Array.of(4, 0, 0, 10, 0, 0, 9);
    for (let port = 1; port <= 2 * SOURCES_MAX; port++) {
      new DataView(place.buffer).setUint16(1, port);
      station.transport.locate(place, teller);
    }
    expect(heard(station, '10.0.0.2')).toBe(known);
  });

  test('is not on an interface that the user left out, though the teller is a seed there', async () => {
    expect(await ledBySeed(['eth0', 'eth1'])).toBe('udp:10.1.0.8:5000');
    expect(await ledBySeed(['eth0'])).toBeUndefined();
  });

  test('may be any bytes at all', async () => {
    await using station = await listening();
    const teller = heard(station, '10.0.0.3');
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      fc
        .tuple(fc.constantFrom(4, 6), fc.uint8Array({ minLength: 6, maxLength: 18 }))
        .map(([version, rest]) => Uint8Array.of(version, ...rest)),
    );
    fc.assert(
      fc.property(bytes, (place) => {
        const source = station.transport.locate(place, teller);
        if (source === undefined) return;
        expect(source.interfaces).toContain('eth0');
        expect(station.transport.place(source, teller)).toEqual(place);
      }),
    );
  });
});
