/** A peer over NATS in a process of its own: `url name`. Any message makes it close. */

import { discover } from '@mailslot/discovery';
import { nats } from '@mailslot/core/nats';

const [servers = '', name = ''] = process.argv.slice(2);

process.once('disconnect', () => process.exit());
const lobby = await discover('tanks', { name, transports: [nats({ servers })] });
process.once('message', () => void lobby.close());
lobby.peers$.subscribe((peers) => process.send?.(peers.map((peer) => peer.name)));
