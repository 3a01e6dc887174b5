/**
 * A lobby as a web page, which each player's own program serves to that player alone. Rooms are announced by discovery;
 * games are played from peer to peer.
 *
 *   npx pnpm lobby --name Ann     then open the address that it prints
 */

import { homedir, userInfo } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { udp } from '@mailslot/core';
import { servePage } from '@mailslot/page';

import { Profile } from './profile.ts';
import { Session } from './session.ts';

const { values } = parseArgs({
  options: {
    /** As the others see one. */
    name: { type: 'string', default: userInfo().username },
    /** `--interface eth0`, repeatable; `--interface loopback` stays on this machine. Default: all suitable ones. */
    interface: { type: 'string', multiple: true },
    /** `--port 4000`: a network of one's own, apart from the default port's. */
    port: { type: 'string' },
    /** Where the page is. Default: any port that is free. */
    'page-port': { type: 'string', default: '0' },
    /** Where it is kept who one is, and where one sat. */
    state: { type: 'string', default: join(homedir(), '.mailslot', 'lobby') },
  },
});

const profile = await Profile.open(values.state, values.name);
const session = await Session.enter({
  name: profile.name,
  identity: profile.identity,
  seat: profile.seat,
  save: (seat) => profile.save(seat),
  transports: [
    udp({
      ...(values.interface !== undefined && { interfaces: values.interface }),
      ...(values.port !== undefined && { port: Number(values.port) }),
    }),
  ],
});
const page = await servePage({
  // What is written for the page as it is, and what is compiled for it.
  directories: [new URL('../../page/', import.meta.url), new URL('../page/', import.meta.url)],
  state$: session.view$,
  onCommand: (command) => session.obey(command),
  port: Number(values['page-port']),
});
console.log(`You are ${profile.name}. Open ${page.url}`);
console.log('Ctrl-C leaves; your seat is kept.');

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void leave());
}

async function leave(): Promise<void> {
  await Promise.all([page.close(), session.close()]);
  await profile.close();
}
