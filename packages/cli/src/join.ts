/** From options to a place on the network. */

import { joinNetwork, local, type Network, udp, type UdpOptions } from '@mailslot/core';

import { defined } from './defined.ts';
import type { Options, TransportName } from './options.ts';
import type { Session } from './session.ts';
import { UsageError } from './usage-error.ts';

/** What a command can work with: `lan` reaches other stations, `any` programs on this computer too. */
export type Reach = 'lan' | 'any';

const DEFAULT_TRANSPORTS: Readonly<Record<Reach, readonly TransportName[]>> = {
  any: ['local', 'udp'],
  lan: ['udp'],
};

/** Joins the network as the session's options say, and passes on what it has to say. */
export async function joinFor(session: Session, reach: Reach): Promise<Network> {
  const { options, environment, output } = session;
  const names = transportsFor(options, reach);
  const join = environment.join ?? joinNetwork;
  const network = await join({
    ...defined({ computerName: options.computer, domain: options.domain }),
    transports: names.map((name) => (name === 'local' ? local() : udp(udpOptions(options)))),
    signal: session.signal,
  });
  network.on('problem', ({ message, code }) => output.note(`${message} (${code})`));
  if (names.includes('udp')) noteMissingInterfaces(network, session);
  return network;
}

/** An interface may come later, but a name may also be wrong. */
function noteMissingInterfaces(network: Network, { options, output }: Session): void {
  const present = new Set(network.interfaces().map(({ name }) => name));
  for (const name of options.interface) {
    if (name === 'loopback' || present.has(name)) continue;
    output.note(`There is no interface ${name} now; it will be used once there is.`);
  }
}

/** Who and where a network is, for a note. */
export function whereabouts(network: Network): string {
  const interfaces = network.interfaces().map(({ name, address }) => `${name} ${address}`);
  const isLocal = Object.keys(network.stats()).every((transport) => transport === 'local');
  const where = isLocal ? 'this computer only' : interfaces.join(', ') || 'no network';
  return `as ${network.computerName} in ${network.domain}, on ${where}`;
}

/** Throws a {@link UsageError} for transports that a command can do nothing with. */
export function transportsFor(options: Options, reach: Reach): readonly TransportName[] {
  const names = options.transport.length > 0 ? options.transport : DEFAULT_TRANSPORTS[reach];
  if (reach === 'lan' && !names.includes('udp')) {
    throw new UsageError('This needs the transport udp.');
  }
  return [...new Set(names)];
}

/** What the options say of the LAN. */
export function udpOptions(options: Options): UdpOptions {
  const interfaces = options.interface.length > 0 ? options.interface : undefined;
  const seeds = options.seed.length > 0 ? options.seed : undefined;
  return defined({ interfaces, port: options['udp-port'], broadcast: options.broadcast, seeds });
}
