import type { Command } from '../command.ts';
import { defined } from '../defined.ts';
import { joinFor, whereabouts } from '../join.ts';
import { peerJson, reportPresence } from '../presence-result.ts';
import { securityFor } from '../security.ts';
import type { Session } from '../session.ts';

export const announce: Command = {
  name: 'announce',
  topic: 'presence',
  operands: ['SERVICE'],
  summary: 'be there',
  details:
    'Is a peer of SERVICE until it is ended, and says goodbye then. Meanwhile it shows the others, as peers does.',
  examples: [
    'mailslot announce tanks',
    `mailslot announce tanks --name Ann --port 4711 --info '{"map":"dunes"}'`,
  ],
  options: ['name', 'port', 'info', 'secret', 'encrypt', 'signed'],
  lasting: true,
  run: runAnnounce,
};

async function runAnnounce(session: Session): Promise<void> {
  const service = session.operands[0]!;
  const { name, port, info } = session.options;
  // Loaded only now: RxJS takes a tenth of a second, which other commands need not wait for.
  const { discover } = await import('@mailslot/discovery');
  const security = await securityFor(session);
  await using network = await joinFor(session, 'stations');
  const { signal } = session;
  const own = defined({ name, port, info });
  const lobby = await discover(service, { network, signal, ...own, ...security });
  const { me } = lobby;
  await session.record({
    time: new Date().toISOString(),
    type: 'announced',
    service,
    peer: peerJson(me),
  });
  session.begin(`Announcing ${me.name} to ${service} ${whereabouts(network)}. Ctrl-C ends.`);
  await reportPresence(lobby, session);
  await lobby.close();
  session.output.note('Said goodbye.');
}
