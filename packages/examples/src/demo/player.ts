/** One player of the demo, a process of its own: it does what its parent says, and ends when its parent does. */

import { udp } from '@mailslot/core';
import { discover, type Lobby } from '@mailslot/discovery';

import { Info, type Order } from './story.ts';

const [, , service = '', port, name = ''] = process.argv;
let lobby: Lobby<Info> | undefined;

process.on('disconnect', () => process.exit());
process.on('message', (order: Order) => void follow(order));
process.send!('ready');

async function follow(order: Order): Promise<void> {
  switch (order.type) {
    case 'enter': {
      const transports = [udp({ interfaces: ['loopback'], port: Number(port) })];
      lobby = await discover(service, { name, info: order.info, schema: Info, transports });
      break;
    }
    case 'change':
      await lobby!.update(order.info);
      break;
    case 'leave':
      await lobby!.close();
      process.disconnect();
      break;
  }
}
