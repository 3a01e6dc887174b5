/** What happens among the peers of a service, as lines. */

import type { Peer, PresenceEvent, Watcher } from '@mailslot/discovery';

import { pad } from './columns.ts';
import type { Style } from './paint.ts';
import { printable } from './printable.ts';
import { noteRefusals } from './security.ts';
import type { Result, Session } from './session.ts';
import { timeOfDay } from './time-of-day.ts';

/** Something that happened to a peer. */
type Change = Extract<PresenceEvent, { readonly peer: Peer }>;

const STYLES: Readonly<Record<Change['type'], Style>> = {
  up: 'green',
  update: 'yellow',
  down: 'red',
  suspect: 'magenta',
  clear: 'green',
};

const TYPE_CELLS = 'suspect'.length;

/** Most names are shorter; a longer one pushes the rest of its line aside. */
const NAME_CELLS = 15;

/** An IPv4 address and a port. */
const PLACE_CELLS = '255.255.255.255:65535'.length;

/** Reports what happens until the session ends. */
export async function reportPresence(watcher: Watcher, session: Session): Promise<void> {
  const { output } = session;
  const noteRefused = noteRefusals(watcher, session);
  session.onEnd(() => void watcher.close());
  for await (const event of watcher) {
    if (event.type === 'isolated') output.note('No network is left: nobody can be heard.');
    else if (event.type === 'online') output.note('There is a network again.');
    else await session.report(resultOf(event, watcher, Date.now()));
  }
  noteRefused();
}

/** A peer as JSON lines show it. */
export function peerJson({ id, name, port, info, addresses, interfaces, key }: Peer): object {
  return { id, name, port: port ?? null, info: info ?? null, addresses, interfaces, key };
}

function resultOf(change: Change, watcher: Watcher, now: number): Result {
  const { type, peer } = change;
  const reason = change.type === 'down' ? change.reason : undefined;
  return {
    json: () => ({
      time: new Date(now).toISOString(),
      type,
      peer: peerJson(peer),
      paths: type === 'down' ? undefined : watcher.pathsOf(peer),
      reason,
    }),
    text: (paint) =>
      [
        paint('dim', timeOfDay(now)),
        paint(STYLES[type], pad(type, TYPE_CELLS)),
        paint('bold', pad(printable(peer.name), NAME_CELLS)),
        pad(printable(placeOf(peer)), PLACE_CELLS),
        paint('dim', reason ?? infoOf(peer)),
      ]
        .join('  ')
        .trimEnd(),
  };
}

/** Where to dial it, as one writes that: `192.168.1.4:4711`, `[fe80::1%eth0]:4711`. */
export function placeOf({ addresses, port }: Peer): string {
  const [address = ''] = addresses;
  if (port === undefined) return address;
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

function infoOf({ info }: Peer): string {
  return info === null || info === undefined ? '' : printable(JSON.stringify(info));
}
