/** What `os.networkInterfaces()` says on computers of many kinds, for tests. */

import { isIPv6 } from 'node:net';
import type { NetworkInterfaceInfo } from 'node:os';

type Table = NodeJS.Dict<NetworkInterfaceInfo[]>;

const NO_MAC = '00:00:00:00:00:00';

/**
 * One address, as `10.0.0.1/24` or `fe80::1/64`.
 *
 * `scope` is the number of the interface, which the system tells for link-local addresses only.
 */
export function address(
  cidr: string,
  options: { readonly internal?: boolean; readonly scope?: number; readonly mac?: string } = {},
): NetworkInterfaceInfo {
  const { internal = false, scope = 2 } = options;
  const { mac = internal ? NO_MAC : '02:00:00:00:00:01' } = options;
  const [bits = '', length = ''] = cidr.split('/');
  const common = { address: bits, mac, internal, cidr };
  if (!isIPv6(bits)) return { ...common, family: 'IPv4', netmask: ipv4Mask(Number(length)) };
  const scopeid = bits.startsWith('fe80') ? scope : 0;
  return { ...common, family: 'IPv6', netmask: ipv6Mask(Number(length)), scopeid };
}

export const loopback: Table = {
  lo: [address('127.0.0.1/8', { internal: true }), address('::1/128', { internal: true })],
};

/** A Linux notebook with Docker and a VPN. */
export const notebook: Table = {
  ...loopback,
  wlan0: [address('192.168.1.20/24'), address('fd12::20/64'), address('fe80::20/64', { scope: 3 })],
  docker0: [address('172.17.0.1/16')],
  tun0: [address('10.8.0.6/32'), address('fe80::6/64', { scope: 9 })],
  wg0: [address('10.9.0.2/24', { mac: NO_MAC })],
};

/** A Mac, whose system keeps tunnels of its own. */
export const mac: Table = {
  lo0: loopback['lo'],
  en0: [address('fe80::a/64'), address('10.0.0.5/24')],
  utun3: [address('fe80::b/64', { mac: NO_MAC })],
};

export const windows: Table = {
  'Loopback Pseudo-Interface 1': loopback['lo']!,
  'Wi-Fi': [address('fe80::7/64', { scope: 12 }), address('192.168.1.7/24')],
  'vEthernet (WSL)': [address('fe80::8/64', { scope: 40 }), address('172.28.0.1/20')],
};

function ipv4Mask(length: number): string {
  const mask = length === 0 ? 0 : (0xffffffff << (32 - length)) >>> 0;
  return [24, 16, 8, 0].map((shift) => (mask >>> shift) & 0xff).join('.');
}

function ipv6Mask(length: number): string {
  const groups = Array.from({ length: 8 }, (_, at) => {
    const bits = Math.min(16, Math.max(0, length - 16 * at));
    return ((0xffff << (16 - bits)) & 0xffff).toString(16);
  });
  return groups.join(':');
}
