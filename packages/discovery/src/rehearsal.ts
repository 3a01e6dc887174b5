/**
 * What runs for the first time is compiled on the way: most of the time from `discover()` to the first announcement would
 * be spent on that. So two peers in memory meet once, when the program that loaded us has nothing else to do.
 */

import { type Clock, joinNetwork } from '@mailslot/core';
import { isTraced, networkTraces, rehearsalTransports } from '@mailslot/core/internal';

import type { DiscoverOptions } from './discover.ts';
import { traces } from './traces.ts';
import type { Watcher } from './watcher.ts';

/** Time stands still: nothing is repeated, and nothing is left to do after the meeting. */
const STANDSTILL: Clock = {
  now: () => 1,
  wallTime: () => 0,
  schedule: () => ({ cancel() {} }),
};

/** Has two peers join by `discover`, see each other, and vanish; unless somebody would see what does not happen. */
export async function rehearse(
  discover: (service: string, options: DiscoverOptions) => Promise<Watcher>,
): Promise<void> {
  if (isTraced(networkTraces) || isTraced(traces)) return;
  for (const transport of rehearsalTransports()) {
    const network = await joinNetwork({ transports: [transport], clock: STANDSTILL });
    const peer = await discover('rehearsal', { network, info: {} });
    peer.events$.subscribe();
  }
}
