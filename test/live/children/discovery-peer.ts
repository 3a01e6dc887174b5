/** A peer in a process of its own: `service port name goodbyeOnExit`. Any message makes it exit, without a close. */

import { udp } from '@mailslot/core';
import { discover } from '@mailslot/discovery';

const [service = '', port = '', name = '', goodbyeOnExit = ''] = process.argv.slice(2);

process.once('disconnect', () => process.exit());
process.once('message', () => process.exit());
const lobby = await discover(service, {
  name,
  transports: [udp({ interfaces: ['loopback'], port: Number(port) })],
  goodbyeOnExit: goodbyeOnExit === 'true',
});
lobby.peers$.subscribe((peers) => process.send!(peers.map((peer) => peer.name)));
