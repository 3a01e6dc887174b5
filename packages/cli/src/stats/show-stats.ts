/** `mailslot monitor --stats`: what the network counts, every second. */

import type { Clock } from '@mailslot/core';
import { slotPath, switchboardOf } from '@mailslot/core/internal';

import { joinFor, whereabouts } from '../join.ts';
import { PRESENCE_SLOT } from '../presence-json.ts';
import type { Result, Session } from '../session.ts';
import { statsLine } from './stats-line.ts';
import { StatsMeter, type StatsRow } from './stats-meter.ts';

const LOOK_MS = 1000;

export async function showStats(session: Session): Promise<void> {
  await using network = await joinFor(session, 'network');
  const switchboard = switchboardOf(network);
  const { clock } = switchboard;
  // A station that listens to nothing hears nothing.
  await switchboard.subscribe(slotPath(PRESENCE_SLOT), () => {});
  const meter = new StatsMeter(network.stats(), clock.now());
  session.begin(`Counting ${whereabouts(network)}. Ctrl-C ends.`);
  while (!session.signal.aborted) {
    await nextLook(session, clock);
    const time = clock.wallTime();
    // While the output is read too slowly, looks are further apart.
    for (const row of meter.look(network.stats(), clock.now())) {
      await session.report(resultOf(time, row));
    }
  }
}

function nextLook(session: Session, clock: Clock): Promise<void> {
  return new Promise((resolve) => {
    const timer = clock.schedule(LOOK_MS, resolve);
    session.onEnd(() => {
      timer.cancel();
      resolve();
    });
  });
}

function resultOf(time: number, row: StatsRow): Result {
  const { transport, interface: name, perSecond, totals } = row;
  return {
    json: () => ({
      time: new Date(time).toISOString(),
      transport,
      interface: name,
      perSecond,
      ...totals,
      // A line for each says it.
      interfaces: undefined,
    }),
    text: (paint) => statsLine(time, row, paint),
  };
}
