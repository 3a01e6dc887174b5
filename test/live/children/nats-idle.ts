/** A program that is joined over NATS, listens, and has nothing else to do: `url`. */

import { joinNetwork } from '@mailslot/core';
import { nats } from '@mailslot/core/nats';

const [servers = ''] = process.argv.slice(2);

const network = await joinNetwork({ transports: [nats({ servers })] });
await network.createMailslot('lobby');
process.send!(network.interfaces().length);
network.unref();
process.channel?.unref();
