import { expect, test } from 'vitest';

import {
  COPY_MS,
  RECENT_MAX,
  RecentDatagrams,
} from '../src/transports/netbios/recent-datagrams.ts';
import { VirtualClock } from '../src/virtual-clock.ts';

const ANN = { address: '10.0.0.1', port: 138 };
const bytes = Uint8Array.of(1, 2, 3);

test('equal bytes from one port under one id are a copy, for a while', () => {
  const clock = new VirtualClock();
  const recent = new RecentDatagrams(clock);
  expect(recent.isCopy(ANN, 1, bytes)).toBe(false);
  expect(recent.isCopy(ANN, 1, bytes)).toBe(true);
  expect(recent.isCopy(ANN, 2, bytes)).toBe(false);
  expect(recent.isCopy({ ...ANN, port: 139 }, 1, bytes)).toBe(false);
  expect(recent.isCopy({ ...ANN, address: '10.0.0.2' }, 1, bytes)).toBe(false);
  expect(recent.isCopy(ANN, 1, Uint8Array.of(1, 2, 4))).toBe(false);
  clock.advance(COPY_MS + 1);
  expect(recent.isCopy(ANN, 1, Uint8Array.of(1, 2, 4))).toBe(false);
});

test('so many are remembered, and no more', () => {
  const recent = new RecentDatagrams(new VirtualClock());
  for (let id = 0; id <= RECENT_MAX; id++) recent.isCopy(ANN, id, bytes);
  expect(recent.isCopy(ANN, RECENT_MAX, bytes)).toBe(true);
  expect(recent.isCopy(ANN, 0, bytes)).toBe(false);
});
