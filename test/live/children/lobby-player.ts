/** A player of the web lobby without its page: it does what its parent says, and tells it all that the page would show. */

import { udp } from '@mailslot/core';

import { Profile } from '../../../packages/examples/lobby-web/src/profile.ts';
import { Session } from '../../../packages/examples/lobby-web/src/session.ts';

const [, , name = '', state = ''] = process.argv;

process.once('disconnect', () => process.exit());
const profile = await Profile.open(state, name);
const session = await Session.enter({
  name: profile.name,
  identity: profile.identity,
  seat: profile.seat,
  save: (seat) => profile.save(seat),
  transports: [udp()],
});
session.view$.subscribe((view) => {
  if (process.connected) process.send!(view);
});
process.on('message', (command) => session.obey(command));
