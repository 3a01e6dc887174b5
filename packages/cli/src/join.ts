/** From options to a place on the network. */

import {
  joinNetwork,
  local,
  type Network,
  type Transport,
  udp,
  type UdpOptions,
} from '@mailslot/core';

import { defined } from './defined.ts';
import { natsFor } from './nats.ts';
import type { Options, TransportName } from './options.ts';
import type { Session } from './session.ts';
import { UsageError } from './usage-error.ts';

/**
 * What a command can work with: `any` reaches programs on this computer too, `stations` others of this project, `lan`
 * those on the LAN alone, `network` whatever is sent around, `classic` computers with Windows and Samba, `messages`
 * those and programs on this computer, `computer` the latter alone.
 */
export type Reach = 'any' | 'stations' | 'lan' | 'network' | 'classic' | 'messages' | 'computer';

interface Transports {
  readonly usual: readonly TransportName[];
  /** One of these it must have; none: any will do. */
  readonly needed: readonly TransportName[];
}

const TRANSPORTS: Readonly<Record<Reach, Transports>> = {
  any: { usual: ['local', 'udp'], needed: [] },
  stations: { usual: ['udp'], needed: ['udp', 'nats'] },
  lan: { usual: ['udp'], needed: ['udp'] },
  network: { usual: ['udp'], needed: ['udp', 'netbios', 'nats'] },
  classic: { usual: ['netbios'], needed: ['netbios'] },
  messages: { usual: ['local', 'netbios'], needed: [] },
  computer: { usual: ['local'], needed: ['local'] },
};

/** Joins the network as the session's options say, and passes on what it has to say. */
export async function joinFor(session: Session, reach: Reach): Promise<Network> {
  return joinOver(session, transportsFor(session.options, reach));
}

/** The same over these transports, whatever the options say of them. */
export async function joinOver(
  session: Session,
  names: readonly TransportName[],
): Promise<Network> {
  const { options, environment, output } = session;
  const join = environment.join ?? joinNetwork;
  const network = await join({
    ...defined({ computerName: options.computer, domain: options.domain }),
    transports: await Promise.all(names.map((name) => transportOf(name, options))),
    signal: session.signal,
  });
  network.on('problem', ({ message, code }) => output.note(`${message} (${code})`));
  return network;
}

/** Who and where a network is, for a note. */
export function whereabouts(network: Network): string {
  const interfaces = network.interfaces().map(({ name, address }) => `${name} ${address}`);
  const isLocal = Object.keys(network.stats()).every((transport) => transport === 'local');
  const where = isLocal ? 'this computer only' : interfaces.join(', ') || 'no network';
  return `as ${network.computerName} in ${network.domain}, on ${where}`;
}

/**
 * A NATS server that is named is used besides, by commands that can. Throws a {@link UsageError} for transports that a
 * command can do nothing with.
 */
export function transportsFor(options: Options, reach: Reach): readonly TransportName[] {
  const { usual, needed } = TRANSPORTS[reach];
  const takesNats = needed.length === 0 || needed.includes('nats');
  const isNatsNamed = options.nats.length > 0;
  const names = new Set(options.transport.length > 0 ? options.transport : usual);
  if (isNatsNamed && takesNats) names.add('nats');
  if (needed.length > 0 && !needed.some((name) => names.has(name))) {
    throw new UsageError(`This needs the transport ${needed.join(' or ')}.`);
  }
  if (names.has('nats') && !isNatsNamed) {
    throw new UsageError('The transport nats needs a server: --nats URL.');
  }
  return [...names];
}

/** What the options say of the LAN. */
export function udpOptions(options: Options): UdpOptions {
  const interfaces = options.interface.length > 0 ? options.interface : undefined;
  const seeds = options.seed.length > 0 ? options.seed : undefined;
  const broadcast = options.broadcast ? true : undefined;
  return defined({ interfaces, port: options['udp-port'], broadcast, seeds });
}

export async function transportOf(name: TransportName, options: Options): Promise<Transport> {
  switch (name) {
    case 'local':
      return local();
    case 'udp':
      return udp(udpOptions(options));
    case 'nats':
      return natsFor(options);
    case 'netbios': {
      // Loaded only now: most commands never need it.
      const { netbios } = await import('@mailslot/core/netbios');
      const interfaces = options.interface.length > 0 ? options.interface : undefined;
      const nameServers = options.wins.length > 0 ? options.wins : undefined;
      return netbios(defined({ interfaces, nameServers }));
    }
  }
}
