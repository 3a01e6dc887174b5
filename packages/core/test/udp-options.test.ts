import { describe, expect, test } from 'vitest';

import { udp, type UdpOptions } from '@mailslot/core';

import { parseOptions, SEEDS_MAX } from '../src/transports/udp/options.ts';
import { codeOf } from './support/outcomes.ts';

/** What a program in plain JavaScript may pass. */
function mistyped(options: Record<string, unknown>): UdpOptions {
  return options;
}

describe('the options of udp()', () => {
  test('may be left out', () => {
    expect(parseOptions({})).toEqual({
      port: 19_795,
      groups: { IPv4: '239.255.77.83', IPv6: 'ff12::8000:4d53' },
      hops: 1,
      families: ['IPv4', 'IPv6'],
      interfaces: undefined,
      broadcast: 'auto',
      seeds: [],
      portRange: [0, 0],
    });
  });

  test('replace what they name, and only that', () => {
    const settings = parseOptions({ port: 4000, groups: { IPv4: '239.1.2.3' }, hops: 4 });
    expect(settings).toMatchObject({
      port: 4000,
      groups: { IPv4: '239.1.2.3', IPv6: 'ff12::8000:4d53' },
      hops: 4,
    });
  });

  test.each<[string, UdpOptions]>([
    ['port 0', { port: 0 }],
    ['port 65536', { port: 65_536 }],
    ['half a port', { port: 1.5 }],
    ['no hops', { hops: 0 }],
    ['256 hops', { hops: 256 }],
    ['no family', { families: [] }],
    ['a unicast group', { groups: { IPv4: '10.0.0.1' } }],
    ['a group of the other family', { groups: { IPv4: 'ff12::1' } }],
    ['a group that is a name', { groups: { IPv6: 'example' } }],
    ['a range upside down', { portRange: [5000, 4000] }],
    ['a range from port 0', { portRange: [0, 4000] }],
    ['too many seeds', { seeds: Array.from({ length: SEEDS_MAX + 1 }, () => '10.0.0.1') }],
    ['interfaces in one string', mistyped({ interfaces: 'loopback' })],
    ['interfaces by number', mistyped({ interfaces: [1] })],
    ['seeds in one string', mistyped({ seeds: '10.1.2.3' })],
    ['a seed that is no text', mistyped({ seeds: [10] })],
    ['families in one string', mistyped({ families: 'IPv4' })],
    ['a range that is one port', mistyped({ portRange: 4000 })],
    ['broadcast in words', mistyped({ broadcast: 'no' })],
  ])('are refused: %s', async (_, options) => {
    expect(await codeOf(() => udp(options))).toBe('ERROR_INVALID_PARAMETER');
  });

  test('take as many seeds as there may be', () => {
    const seeds = Array.from({ length: SEEDS_MAX }, (_, at) => `10.0.0.${at}`);
    expect(parseOptions({ seeds }).seeds).toHaveLength(SEEDS_MAX);
  });
});

describe('a seed', () => {
  test.each([
    ['10.1.2.3', '10.1.2.3', 19_795, 'IPv4'],
    ['10.1.2.3:5000', '10.1.2.3', 5000, 'IPv4'],
    ['fe80::1%eth0', 'fe80::1%eth0', 19_795, 'IPv6'],
    ['[fe80::1%eth0]', 'fe80::1%eth0', 19_795, 'IPv6'],
    ['[fe80::1%eth0]:5000', 'fe80::1%eth0', 5000, 'IPv6'],
    ['2001:db8::1', '2001:db8::1', 19_795, 'IPv6'],
    ['[2001:db8::1]:65535', '2001:db8::1', 65_535, 'IPv6'],
  ])('%s is %s, port %i', (seed, address, port, family) => {
    expect(parseOptions({ seeds: [seed] }).seeds).toEqual([{ address, port, family }]);
  });

  test.each([
    '',
    'example.org',
    '10.1.2',
    '10.1.2.3.4',
    '10.1.2.256',
    '10.1.2.3:',
    '10.1.2.3:0',
    '10.1.2.3:65536',
    '10.1.2.3:http',
    '[10.1.2.3]:5000',
    '[fe80::1%eth0',
    '[fe80::1%eth0]5000',
    'fe80::1',
    ' 10.1.2.3',
    '239.1.2.3',
    'ff12::1%eth0',
  ])('%j is none', async (seed) => {
    expect(await codeOf(() => udp({ seeds: [seed] }))).toBe('ERROR_INVALID_PARAMETER');
  });
});
