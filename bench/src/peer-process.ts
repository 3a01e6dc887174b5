/** A peer in a process of its own, for newcomer.ts: tells its parent when it sees whom come and go. */

import { udp } from '@mailslot/core';
import { discover } from '@mailslot/discovery';

import type { PeerReport } from './newcomer.ts';

const [name = '', port = ''] = process.argv.slice(2);

/** CLOCK_MONOTONIC: the same for every process of the machine. */
const nowMs = (): number => Number(process.hrtime.bigint()) / 1e6;

const report = (message: PeerReport): void => void process.send?.(message);

process.once('message', () => {
  void run();
});
process.once('disconnect', () => process.exit());
report({ type: 'ready', at: nowMs() });

async function run(): Promise<void> {
  const at = nowMs();
  const lobby = await discover('bench', {
    name,
    transports: [udp({ interfaces: ['loopback'], port: Number(port) })],
  });
  report({ type: 'discover', at });
  for (const peer of lobby.peers) report({ type: 'up', name: peer.name, at: nowMs() });
  lobby.events$.subscribe((event) => {
    const at = nowMs();
    if (event.type === 'up' || event.type === 'down') {
      report({ type: event.type, name: event.peer.name, at });
    }
  });
  process.once('message', () => {
    report({ type: 'close', at: nowMs() });
    void lobby.close().then(() => process.exit());
  });
}
