import { describe, expect, test, vi } from 'vitest';

import {
  chooseInterfaces,
  directedBroadcast,
  type InterfaceChoice,
  type InterfaceRules,
  type InterfaceTable,
} from '../src/transports/udp/interfaces.ts';
import { Surroundings } from '../src/transports/udp/surroundings.ts';
import { address, loopback, mac, notebook, windows } from './support/interface-tables.ts';

const rules: InterfaceRules = {
  interfaces: undefined,
  families: ['IPv4', 'IPv6'],
  platform: 'linux',
};

function choose(table: InterfaceTable, options: Partial<InterfaceRules> = {}): InterfaceChoice {
  return chooseInterfaces(table, { ...rules, ...options });
}

/** The interfaces in use, as `name address`. */
function used(table: InterfaceTable, options: Partial<InterfaceRules> = {}): string[] {
  return choose(table, options).used.map(({ name, address }) => `${name} ${address}`);
}

describe('the interfaces in use', () => {
  const withoutIpv4: InterfaceTable = { ...loopback, eth0: [address('fe80::1/64')] };
  const tunnelsOnly: InterfaceTable = { ...loopback, tun0: [address('10.8.0.6/32')] };
  const lanWithExtras: InterfaceTable = {
    eth0: [
      address('10.0.0.100/32'),
      address('10.0.0.5/24'),
      address('2001:db8::5/128'),
      address('fe80::5/64'),
    ],
  };
  const macsUntold: InterfaceTable = {
    wlan0: [address('10.0.0.5/24', { mac: '00:00:00:00:00:00' })],
  };

  test.each<[string, InterfaceTable, string[]]>([
    [
      'are all but loopback and point-to-point, each family once',
      notebook,
      ['wlan0 fe80::20%wlan0', 'wlan0 192.168.1.20', 'docker0 172.17.0.1'],
    ],
    ['are those of IPv6 where there is no IPv4', withoutIpv4, ['eth0 fe80::1%eth0']],
    ['are loopback by IPv4 on a plane', loopback, ['lo 127.0.0.1']],
    ['are loopback where all else is point-to-point', tunnelsOnly, ['lo 127.0.0.1']],
    ['are not the tunnels of a Mac', mac, ['en0 fe80::a%en0', 'en0 10.0.0.5']],
    ['are not addresses without a subnet', lanWithExtras, ['eth0 10.0.0.5', 'eth0 fe80::5%eth0']],
    ['may lack a MAC address where the system tells none', macsUntold, ['wlan0 10.0.0.5']],
    ['are none where there is nothing', {}, []],
    ['are none where an interface has no address', { eth0: [], eth1: undefined }, []],
  ])('%s', (_, table, expected) => {
    expect(used(table).toSorted()).toEqual(expected.toSorted());
  });

  test('bear the zone as Windows has it, a number', () => {
    const { used } = choose(windows, { platform: 'win32' });
    expect(used.map(({ address, multicastInterface }) => [address, multicastInterface])).toEqual([
      ['fe80::7%12', '::%12'],
      ['192.168.1.7', '192.168.1.7'],
      ['fe80::8%40', '::%40'],
      ['172.28.0.1', '172.28.0.1'],
    ]);
  });

  test.each<[string, InterfaceTable, Partial<InterfaceRules>, string[]]>([
    ['a name', notebook, { interfaces: ['docker0'] }, ['docker0 172.17.0.1']],
    ['a name, though it is point-to-point', notebook, { interfaces: ['wg0'] }, ['wg0 10.9.0.2']],
    ['loopback by that word', notebook, { interfaces: ['loopback'] }, ['lo 127.0.0.1']],
    [
      'loopback by that word on Windows',
      windows,
      { interfaces: ['loopback'], platform: 'win32' },
      ['Loopback Pseudo-Interface 1 127.0.0.1'],
    ],
    ['a name that is not there, with nothing instead', notebook, { interfaces: ['eth7'] }, []],
    ['no names, with nothing instead', notebook, { interfaces: [] }, []],
    ['one family', notebook, { families: ['IPv6'] }, ['wlan0 fe80::20%wlan0']],
    [
      'a filter',
      notebook,
      { interfaces: ({ name }) => !name.startsWith('docker') },
      ['wlan0 192.168.1.20', 'wlan0 fe80::20%wlan0'],
    ],
    [
      'a filter that leaves nothing but loopback',
      { ...loopback, docker0: [address('172.17.0.1/16')] },
      { interfaces: ({ name }) => !name.startsWith('docker') },
      ['lo 127.0.0.1'],
    ],
    ['a filter that leaves nothing', notebook, { interfaces: () => false }, []],
    [
      'the address that DHCP gave, not the one made up before',
      { eth0: [address('169.254.3.4/16'), address('10.0.0.5/24')] },
      {},
      ['eth0 10.0.0.5'],
    ],
  ])('can be chosen: %s', (_, table, options, expected) => {
    expect(used(table, options).toSorted()).toEqual(expected.toSorted());
  });

  test('are what a filter sees, with everything it may want to know', () => {
    const filter = vi.fn<() => boolean>(() => true);
    choose({ eth0: [address('fe80::1/64')] }, { interfaces: filter });
    expect(filter).toHaveBeenCalledWith(
      expect.objectContaining({
        name: 'eth0',
        family: 'IPv6',
        address: 'fe80::1%eth0',
        prefixLength: 64,
        loopback: false,
        pointToPoint: false,
      }),
    );
  });

  test('say of the others why they are not used', () => {
    const { unused } = choose(
      { ...notebook, odd: [{ ...address('10.3.0.1/24'), cidr: null }] },
      { interfaces: ({ name }) => name !== 'docker0' },
    );
    expect(unused.map(({ name, address, why }) => `${name} ${address} ${why}`)).toEqual([
      'lo 127.0.0.1 loopback',
      'lo ::1 family',
      'wlan0 fd12::20 other-address',
      'docker0 172.17.0.1 left-out',
      'tun0 fe80::6%tun0 point-to-point',
      'tun0 10.8.0.6 point-to-point',
      'wg0 10.9.0.2 point-to-point',
      'odd 10.3.0.1 unknown-prefix',
    ]);
  });

  test('change their key with address, prefix and zone', () => {
    const tables = ['10.0.0.1/24', '10.0.0.2/24', '10.0.0.1/16'].map((cidr) => ({
      eth0: [address(cidr)],
    }));
    expect(new Set(tables.map((table) => choose(table).used[0]?.key)).size).toBe(3);
  });
});

describe('the directed broadcast address', () => {
  test.each([
    ['10.77.0.1', '255.255.255.0', '10.77.0.255'],
    ['10.77.0.1', '255.255.0.0', '10.77.255.255'],
    ['192.168.1.130', '255.255.255.192', '192.168.1.191'],
    ['127.0.0.1', '255.0.0.0', '127.255.255.255'],
    ['10.0.0.1', '255.255.255.252', '10.0.0.3'],
    ['10.0.0.1', '255.255.255.254', undefined],
    ['10.0.0.1', '255.255.255.255', undefined],
  ])('of %s %s is %s', (address, netmask, expected) => {
    expect(directedBroadcast(address, netmask)).toBe(expected);
  });
});

describe('a source address', () => {
  const table: InterfaceTable = {
    ...notebook,
    eth1: [address('192.168.1.21/24'), address('fe80::21/64', { scope: 4 })],
  };
  const seeds = [
    { address: '203.0.113.9', port: 19_795, family: 'IPv4' },
    { address: '2001:db8::9', port: 19_795, family: 'IPv6' },
    { address: '192.168.1.99', port: 19_795, family: 'IPv4' },
  ] as const;
  const surroundings = new Surroundings(table, seeds, 'linux');

  test.each([
    ['127.0.0.1', 'loopback', ['lo']],
    ['127.44.0.1', 'loopback', ['lo']],
    ['::1', 'loopback', ['lo']],
    ['172.17.0.5', 'on-link', ['docker0']],
    ['192.168.1.5', 'on-link', ['wlan0', 'eth1']],
    ['fd12::5', 'on-link', ['wlan0']],
    ['fe80::5%wlan0', 'on-link', ['wlan0']],
    ['fe80::5%eth1', 'on-link', ['eth1']],
    ['fe80::5', 'on-link', ['wlan0', 'tun0', 'eth1']],
    ['203.0.113.9', 'seed', []],
    ['2001:db8:0::9', 'seed', []],
    ['203.0.113.10', 'routed', []],
    ['2001:db8::10', 'routed', []],
    ['10.8.0.5', 'routed', []],
  ])('%s is %s, by %j', (source, trust, interfaces) => {
    expect(surroundings.locate(source)).toEqual({ trust, interfaces });
  });

  test('of this computer is loopback by IPv4, of which the system takes care, and on-link by IPv6', () => {
    expect(surroundings.locate('172.17.0.1')).toEqual({
      trust: 'loopback',
      interfaces: ['docker0'],
    });
    expect(surroundings.locate('fe80::21%eth1')).toEqual({
      trust: 'on-link',
      interfaces: ['eth1'],
    });
  });

  test('of a seed nearby is as near as it is', () => {
    expect(surroundings.locate('192.168.1.99').trust).toBe('on-link');
  });

  test('has the zone that Windows gives it', () => {
    const surroundings = new Surroundings(windows, [], 'win32');
    expect(surroundings.locate('fe80::99%40').interfaces).toEqual(['vEthernet (WSL)']);
  });

  test('is routed where there is no interface at all', () => {
    expect(new Surroundings({}, [], 'linux').locate('127.0.0.1').trust).toBe('routed');
  });
});
