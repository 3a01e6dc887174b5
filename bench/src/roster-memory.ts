/** In a process of its own with --expose-gc, for presence.ts: what a listed peer weighs, its record aside. */

import { drawKeys, newPeer, placeOf, rosterOf } from './crowd.ts';

const PEERS = 100_000;

const collect = (): number => {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers;
};

const keys = drawKeys(PEERS);
const weigh = (fill: () => unknown): number => {
  const before = collect();
  const held = fill();
  const bytes = (collect() - before) / PEERS;
  return held === undefined ? NaN : bytes;
};

/** Keys are made anew, as each datagram brings its own. */
const copyOf = (key: string): string => Buffer.from(key, 'latin1').toString('latin1');

const peerBytes = weigh(() => {
  const roster = rosterOf(PEERS);
  for (const [index, key] of keys.entries()) {
    roster.add(newPeer(copyOf(key), placeOf(index)), 32, 0, 'stranger');
  }
  return roster;
});
const mapBytes = weigh(() => {
  const map = new Map<string, { heardAt: number }>();
  for (const key of keys) map.set(copyOf(key), { heardAt: 0 });
  return map;
});
process.send?.({ peerBytes, mapBytes });
process.disconnect?.();
