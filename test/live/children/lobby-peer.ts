/** A program that is in a lobby: it tells its parent all that it sees, and sends what it is asked to. */

import { udp, type UdpOptions } from '@mailslot/core';
import { nats } from '@mailslot/core/nats';
import { createIdentity, discover, type PeerPath } from '@mailslot/discovery';

export interface LobbyPeerOptions {
  readonly name: string;
  readonly udp?: UdpOptions;
  /** The URL of a NATS server, which it uses beside udp. Default: none. */
  readonly servers?: string;
  /** Default: nothing is secured. */
  readonly security?: 'encrypted' | 'signed';
}

/** A peer as this program sees it. */
export interface SeenPeer {
  readonly id: string;
  readonly addresses: readonly string[];
  readonly interfaces: readonly string[];
}

export type LobbyReport =
  | { readonly report: 'ready' }
  | { readonly report: 'peers'; readonly peers: readonly (readonly [string, SeenPeer])[] }
  | { readonly report: 'event'; readonly event: string }
  | { readonly report: 'message'; readonly text: string }
  | { readonly report: 'problem'; readonly problem: string }
  | { readonly report: 'failure'; readonly failure: string }
  | { readonly report: 'paths'; readonly paths: readonly PeerPath[] };

export type LobbyOrder =
  | { readonly order: 'send'; readonly to: string; readonly text: string }
  | { readonly order: 'paths'; readonly of: string };

const options: LobbyPeerOptions = JSON.parse(process.argv[2] ?? '{}');

for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
  process.on(event, (error: unknown) => tell({ report: 'failure', failure: String(error) }));
}
process.once('disconnect', () => process.exit());

const securities = {
  encrypted: () => ({ secret: 'nobody else knows this', encrypt: true }),
  signed: () => ({ identity: createIdentity() }),
};
const { servers } = options;
const lobby = await discover('tanks', {
  name: options.name,
  computerName: options.name,
  transports: [udp(options.udp), ...(servers === undefined ? [] : [nats({ servers })])],
  ...(options.security && securities[options.security]()),
});
lobby.peers$.subscribe((peers) => {
  const seen = peers.map(
    ({ name, id, addresses, interfaces }) => [name, { id, addresses, interfaces }] as const,
  );
  tell({ report: 'peers', peers: seen });
});
lobby.events$.subscribe((event) => {
  const whose = 'peer' in event ? ` ${event.peer.name}` : '';
  tell({ report: 'event', event: `${event.type}${whose}` });
});
lobby.messages$.subscribe((message) => tell({ report: 'message', text: message.text() }));
lobby.problems$.subscribe(({ error }) => tell({ report: 'problem', problem: error.message }));
if (lobby.isolated) tell({ report: 'event', event: 'isolated' });
process.on('message', (order: LobbyOrder) => {
  const named = order.order === 'send' ? order.to : order.of;
  const peer = lobby.peers.find(({ name }) => name === named);
  if (order.order === 'paths') {
    tell({ report: 'paths', paths: peer === undefined ? [] : lobby.pathsOf(peer) });
  } else {
    lobby.send(peer ?? named, order.text).catch((error: unknown) => {
      tell({ report: 'failure', failure: String(error) });
    });
  }
});
tell({ report: 'ready' });

function tell(report: LobbyReport): void {
  if (process.connected) process.send!(report);
}
