/** A newcomer to the crowd of crowd.ts: `url peers`. Says how long it took, from the call on, to see so many. */

import { nats } from '@mailslot/core/nats';
import { discover } from '@mailslot/discovery';

const [servers = '', peers = '0'] = process.argv.slice(2);

process.once('disconnect', () => process.exit());
const start = performance.now();
const lobby = await discover('crowd', { name: 'newcomer', transports: [nats({ servers })] });
await lobby.waitFor(Number(peers));
const tookMs = performance.now() - start;
await lobby.close();
process.send?.(tookMs, () => process.exit());
