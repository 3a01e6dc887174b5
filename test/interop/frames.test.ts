/** Every frame of the Browser protocol, as Wireshark reads it. */

import { encodeFrame, type Frame } from '@mailslot/discovery/internal';
import { encodeDatagram, encodeMailslotWrite, NetbiosName } from '@mailslot/core/netbios/internal';
import { expect, test } from 'vitest';

import { needsSamba } from '../support/samba.ts';
import { dissect } from '../support/tshark.ts';

const ANNOUNCEMENT = {
  updateCount: 0,
  periodMs: 60_000,
  osMajor: 10,
  osMinor: 0,
  serverType: 0x0001_1003,
  browserMajor: 15,
  browserMinor: 1,
  signature: 0xaa55,
};

const FRAMES: readonly (readonly [title: string, frame: Frame])[] = [
  ['Host Announcement', { kind: 'host-announcement', ...ANNOUNCEMENT, name: 'ANN', comment: 'hi' }],
  ['Request Announcement', { kind: 'announcement-request', reserved: 0, name: 'ANN' }],
  [
    'Browser Election Request',
    {
      kind: 'request-election',
      version: 1,
      criteria: 0x2001_0f08,
      uptimeMs: 6000,
      reserved: 0,
      name: 'ANN',
    },
  ],
  ['Get Backup List Request', { kind: 'get-backup-list-request', count: 4, token: 7 }],
  [
    'Get Backup List Response',
    { kind: 'get-backup-list-response', count: 2, token: 7, names: ['ANN', 'BOB'] },
  ],
  ['Become Backup Browser', { kind: 'become-backup', name: 'ANN' }],
  [
    'Domain/Workgroup Announcement',
    { kind: 'domain-announcement', ...ANNOUNCEMENT, domain: 'MSLAB', master: 'ANN' },
  ],
  ['Master Announcement', { kind: 'master-announcement', name: 'ANN' }],
  ['Reset Browser State', { kind: 'reset-state', flags: 2 }],
  [
    'Local Master Announcement',
    { kind: 'local-master-announcement', ...ANNOUNCEMENT, name: 'ANN', comment: '' },
  ],
  [
    'Host Announcement',
    {
      kind: 'lan-manager-announcement',
      serverType: 0x0001_1003,
      osMajor: 4,
      osMinor: 0,
      periodSeconds: 60,
      name: 'ANN',
      comment: 'hi',
    },
  ],
];

/** As it travels: in a mailslot write, in a datagram. */
function datagramOf(frame: Frame): { port: number; payload: Uint8Array } {
  const slot = frame.kind === 'lan-manager-announcement' ? 'LANMAN' : 'BROWSE';
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- each kind is encoded by its own layout
  const data = encodeFrame(frame as Extract<Frame, { kind: 'become-backup' }>);
  const header = { kind: 'group', id: 1, nodeType: 'B', address: '10.77.0.1', port: 138 } as const;
  const body = {
    from: NetbiosName.of('ANN', 0x00),
    to: NetbiosName.of('MSLAB', 0x1e),
    scope: '',
    data: encodeMailslotWrite({ slot, data, header: {} }, 1),
  };
  return { port: 138, payload: encodeDatagram(header, body) };
}

test.runIf(needsSamba())('Wireshark reads every frame without complaint', () => {
  const dissections = dissect(FRAMES.map(([, frame]) => datagramOf(frame)));
  expect(dissections.map(({ complaints }) => complaints)).toEqual(FRAMES.map(() => []));
  for (const [at, [title]] of FRAMES.entries()) expect(dissections[at]!.info).toContain(title);
});
