/** One frame of each kind. */

import type { Frame, FrameKind, FrameOf } from '../../src/browser/frames/frame.ts';

const announcement = {
  updateCount: 0,
  periodMs: 720_000,
  name: 'ANN-PC',
  osMajor: 6,
  osMinor: 1,
  serverType: 0x0001_9003,
  browserMajor: 0x0f,
  browserMinor: 0x01,
  signature: 0xaa55,
  comment: "Ann's desk",
};

export const EXAMPLES: { readonly [Kind in FrameKind]: FrameOf<Kind> } = {
  'host-announcement': { kind: 'host-announcement', ...announcement },
  'announcement-request': { kind: 'announcement-request', reserved: 0, name: 'ANN-PC' },
  'request-election': {
    kind: 'request-election',
    version: 1,
    criteria: 0x2001_0f02,
    uptimeMs: 3_600_000,
    reserved: 0,
    name: 'ANN-PC',
  },
  'get-backup-list-request': { kind: 'get-backup-list-request', count: 4, token: 1 },
  'get-backup-list-response': {
    kind: 'get-backup-list-response',
    count: 2,
    token: 1,
    names: ['BOB-PC', 'ANN-PC'],
  },
  'become-backup': { kind: 'become-backup', name: 'BOB-PC' },
  'domain-announcement': {
    kind: 'domain-announcement',
    updateCount: 0,
    periodMs: 900_000,
    domain: 'WORKGROUP',
    osMajor: 6,
    osMinor: 1,
    serverType: 0x8000_1000,
    browserMajor: 0x0f,
    browserMinor: 0x01,
    signature: 0xaa55,
    master: 'ANN-PC',
  },
  'master-announcement': { kind: 'master-announcement', name: 'ANN-PC' },
  'reset-state': { kind: 'reset-state', flags: 2 },
  'local-master-announcement': {
    kind: 'local-master-announcement',
    ...announcement,
    serverType: 0x0005_9003,
  },
  'lan-manager-announcement': {
    kind: 'lan-manager-announcement',
    serverType: 0x0001_9003,
    osMajor: 6,
    osMinor: 1,
    periodSeconds: 60,
    name: 'ANN-PC',
    comment: "Ann's desk",
  },
} satisfies Record<FrameKind, Frame>;
