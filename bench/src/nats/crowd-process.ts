/**
 * A part of the crowd of crowd.ts, in a process of its own: `url first`. It is told how many it is to be, brings them in
 * one after the other, and says how they are whenever it is asked.
 */

import { nats } from '@mailslot/core/nats';
import { discover, type Lobby } from '@mailslot/discovery';

/** `size`: to be so many, one more each `everyMs`. */
export type Order =
  | { readonly order: 'grow'; readonly size: number; readonly everyMs: number }
  | { readonly order: 'report' };

export interface Report {
  readonly size: number;
  /** How many others the one with fewest sees. */
  readonly seen: number;
  /** Reported by all of them so far. */
  readonly downs: number;
  readonly intervalMs: number;
}

const [servers = '', first = '0'] = process.argv.slice(2);
const lobbies: Lobby[] = [];
let downs = 0;

process.once('disconnect', () => process.exit());
process.on('message', (order: Order) => {
  if (order.order === 'report') report();
  else void grow(order.size, order.everyMs).then(report);
});

async function grow(size: number, everyMs: number): Promise<void> {
  const joining: Promise<void>[] = [];
  for (let at = lobbies.length; at < size; at++) {
    joining.push(join(`peer ${Number(first) + at}`));
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
  await Promise.all(joining);
}

async function join(name: string): Promise<void> {
  const lobby = await discover('crowd', { name, transports: [nats({ servers })] });
  lobbies.push(lobby);
  lobby.events$.subscribe(({ type }) => {
    if (type === 'down') downs++;
  });
}

function report(): void {
  const said: Report = {
    size: lobbies.length,
    seen: lobbies.reduce((least, { peers }) => Math.min(least, peers.length), Infinity),
    downs,
    intervalMs: lobbies.reduce((most, lobby) => Math.max(most, lobby.stats().intervalMs), 0),
  };
  process.send?.(said);
}
