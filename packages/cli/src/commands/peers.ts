import type { Watcher } from '@mailslot/discovery';

import type { Command } from '../command.ts';
import { joinFor, whereabouts } from '../join.ts';
import type { PresenceBoard } from '../presence-board.ts';
import { reportPresence } from '../presence-result.ts';
import { noteRefusals, securityFor } from '../security.ts';
import type { Session } from '../session.ts';
import { isInteractive, showLive } from '../terminal/live-view.ts';

export const peers: Command = {
  name: 'peers',
  topic: 'presence',
  operands: ['SERVICE'],
  summary: 'who is there, live',
  details:
    'Shows who announces SERVICE: those that are there, then each that comes (up), changes (update) or goes (down). On a ' +
    'terminal they are a list to move through; into a pipe and with --json or --count, a line for each change. ' +
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
  if (isInteractive(session)) await showPeers(service, watcher, session);
  else await reportPresence(watcher, session);
}

async function showPeers(service: string, watcher: Watcher, session: Session): Promise<void> {
  const { peersScene } = await import('../peers-scene.ts');
  const scene = peersScene(service, watcher);
  const noteRefused = noteRefusals(watcher, session);
  session.onEnd(() => void watcher.close());
  await Promise.all([showLive(session, scene), follow(watcher, scene.board)]);
  noteRefused();
}

async function follow(watcher: Watcher, board: PresenceBoard): Promise<void> {
  for await (const event of watcher) board.take(event, Date.now());
}
