import type { Command } from '../command.ts';
import { joinFor, whereabouts } from '../join.ts';
import { reportPresence } from '../presence-result.ts';
import { securityFor } from '../security.ts';
import type { Session } from '../session.ts';

export const peers: Command = {
  name: 'peers',
  operands: ['SERVICE'],
  summary: 'who is there, live',
  details:
    'Shows who announces SERVICE: those that are there, then each that comes (up), changes (update) or goes (down). ' +
    'It only watches and is not seen by them. Strangers, who have another secret, are not shown; how much of them was ' +
    'refused is noted.',
  examples: ['mailslot peers tanks', 'mailslot peers tanks --json --for 2s'],
  options: ['secret', 'encrypt', 'signed'],
  lasting: true,
  run: runPeers,
};

async function runPeers(session: Session): Promise<void> {
  const service = session.operands[0]!;
  // Loaded only now: RxJS takes a tenth of a second, which other commands need not wait for.
  const { watch } = await import('@mailslot/discovery');
  const security = await securityFor(session);
  await using network = await joinFor(session, 'stations');
  await using watcher = await watch(service, { network, signal: session.signal, ...security });
  session.begin(`Watching ${service} ${whereabouts(network)}. Ctrl-C ends.`);
  await reportPresence(watcher, session);
}
