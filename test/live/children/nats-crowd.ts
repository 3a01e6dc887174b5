/** Many peers over NATS in one process: `url first count`. Tells how many others the one with fewest sees. */

import { discover, type Lobby } from '@mailslot/discovery';
import { nats } from '@mailslot/core/nats';

const [servers = '', first = '0', count = '0'] = process.argv.slice(2);

process.once('disconnect', () => process.exit());
const lobbies: Lobby[] = [];
let told = 0;
while (lobbies.length < Number(count)) {
  const name = `peer ${Number(first) + lobbies.length}`;
  const lobby = await discover('crowd', { name, transports: [nats({ servers })] });
  lobbies.push(lobby);
  lobby.peers$.subscribe(tell);
}
tell();

function tell(): void {
  if (lobbies.length < Number(count)) return;
  const least = Math.min(...lobbies.map(({ peers }) => peers.length));
  if (least !== told) process.send?.((told = least));
}
