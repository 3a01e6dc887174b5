/** Nothing happens: what does it cost to know each other? */

import { setTimeout } from 'node:timers/promises';

import { Capture } from './capture.ts';
import { monotonicMs } from './clock.ts';
import type { Figures } from './figure.ts';
import { Mesh } from './mesh.ts';
import { cpuSecondsOf, residentBytesOf } from './process-usage.ts';
import type { SystemName } from './systems.ts';

/** Whatever a start brings about is over then. */
const CALMING_MS = 20_000;
const WATCHED_MS = 60_000;
const MINUTE_MS = 60_000;

export async function steady(systemName: SystemName, hosts: number): Promise<Figures> {
  using mesh = await Mesh.form(systemName, hosts);
  await setTimeout(CALMING_MS);
  const pids = mesh.lan.pids();
  await using capture = await Capture.start(mesh.lan);
  const since = monotonicMs();
  const cpuBefore = cpuSecondsOf(pids);
  await setTimeout(WATCHED_MS);
  const cpuSeconds = cpuSecondsOf(pids) - cpuBefore;
  const ms = monotonicMs() - since;
  const { packets, bytes } = await capture.stop();
  const perPeerMinute = (amount: number): number => (amount / hosts / ms) * MINUTE_MS;
  return {
    packetsPerPeerMinute: { amount: perPeerMinute(packets) },
    bytesPerPeerMinute: { amount: perPeerMinute(bytes) },
    lanKilobitsPerSecond: { amount: (bytes * 8) / ms },
    cpuSecondsPerMinute: { amount: (cpuSeconds / ms) * MINUTE_MS },
    residentMegabytesPerPeer: { amount: residentBytesOf(pids) / hosts / 1e6 },
    strangers: { count: mesh.strangers, of: hosts * (hosts - 1) },
  };
}
