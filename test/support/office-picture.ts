/** What the dashboard gets of an office in which a good deal goes on. */

import type { Picture, PicturedPeer } from '../../packages/cli/src/dashboard/picture.ts';

const NOW = 1_800_000_000_000;

const WINDOW_MS = 300_000;

const NAMES = ['Reception', 'Ann', 'Bob', 'Workshop', 'Cleo', 'Dan', 'Lab 2', 'Printer'];

function peer(name: string, at: number): PicturedPeer {
  const isWireless = at % 3 === 1;
  const watchers = [1, 2].map((step) => `id-${(at + step * 3) % NAMES.length}`);
  return {
    id: `id-${at}`,
    name,
    port: at % 2 === 0 ? 4711 + at : null,
    info: at === 0 ? '{"room":"E 12","seats":4}' : '',
    state: 'up',
    since: NOW - 240_000 + at * 20_000,
    reason: null,
    addresses: [isWireless ? `192.168.7.${20 + at}` : `10.1.0.${10 + at}`],
    interfaces: [isWireless ? 'wlan0' : 'eth0'],
    heardBy: isWireless ? ['unicast'] : ['multicast'],
    watchedBy: watchers.filter((id) => id !== 'id-7'),
    spans: [{ state: 'up', since: NOW - 240_000 + at * 20_000 }],
  };
}

const PEERS = NAMES.map(peer);

const SILENT: PicturedPeer = {
  ...PEERS[4]!,
  state: 'suspect',
  since: NOW - 9000,
  spans: [
    { state: 'up', since: NOW - 290_000 },
    { state: 'suspect', since: NOW - 150_000 },
    { state: 'up', since: NOW - 135_000 },
    { state: 'suspect', since: NOW - 9000 },
  ],
};

const GONE: PicturedPeer = {
  ...PEERS[7]!,
  state: 'down',
  reason: 'expired',
  since: NOW - 80_000,
  watchedBy: [],
  spans: [
    { state: 'up', since: NOW - 300_000 },
    { state: 'suspect', since: NOW - 95_000 },
    { state: 'down', since: NOW - 80_000 },
  ],
};

/** A curve with a burst in it. */
function samples(base: number, burst: number): number[] {
  return Array.from({ length: WINDOW_MS / 1000 }, (_, at) =>
    Math.round(base + base * 0.3 * Math.sin(at / 7) + burst * Math.exp(-(((at - 190) / 12) ** 2))),
  );
}

export const OFFICE: Picture = {
  time: NOW,
  windowMs: WINDOW_MS,
  seenFrom: {
    computer: 'CONTROL-ROOM',
    domain: 'OFFICE',
    interfaces: [
      { transport: 'udp', name: 'eth0', address: '10.1.0.2' },
      { transport: 'udp', name: 'wlan0', address: '192.168.7.9' },
      { transport: 'netbios', name: 'eth0', address: '10.1.0.2' },
    ],
  },
  services: [
    {
      id: 'cbb92c8a',
      name: 'scanners',
      locked: false,
      isolated: false,
      peers: PEERS.map((each) => [SILENT, GONE].find(({ id }) => id === each.id) ?? each),
      hidden: 0,
      strangers: 0,
      loss: 0.04,
      drops: { late: 31, limit: 2 },
    },
  ],
  traffic: [
    {
      transport: 'udp',
      received: samples(22, 60),
      sent: samples(4, 9),
      drops: { duplicate: 812, 'no-slot': 44, 'queue-full': 17, malformed: 3 },
    },
    { transport: 'netbios', received: samples(2, 3), sent: samples(1, 0), drops: {} },
  ],
  classic: {
    problem: null,
    hosts: [
      { name: 'FILESERVER', domain: 'OFFICE', version: '6.1', comment: 'Samba 4.17.12-Debian' },
      {
        name: 'SCANNER',
        domain: 'OFFICE',
        version: '4.0',
        comment: 'Second floor, beside the lift',
      },
    ],
  },
  notes: [
    'udp({ interfaces }): There is no interface eth1. It is used as soon as it comes; those that are up now: lo, eth0, wlan0.',
  ],
};
