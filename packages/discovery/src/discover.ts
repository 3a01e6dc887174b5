/** The two ways in: {@link discover} to be there, {@link watch} to look on. */

import { MailslotError, type Network, systemClock, type Transport } from '@mailslot/core';
import { switchboardOf, throwIfAborted, untilAborted } from '@mailslot/core/internal';
import type { StandardSchemaV1 } from '@standard-schema/spec';

import { Lobby } from './lobby.ts';
import type { PresenceDropReason } from './presence/effects.ts';
import { PresenceMachine } from './presence/machine.ts';
import { realmOf } from './presence/message.ts';
import type { PeerRecord } from './presence/record.ts';
import type { Tuning } from './presence/tuning.ts';
import { rehearse } from './rehearsal.ts';
import { anyInfo, checkBy, type InfoCheck } from './schema.ts';
import { checkSecurity, secure, type Security, type SecurityOptions } from './security.ts';
import { type Lease, leaseNetwork } from './shared-network.ts';
import { PresenceTracer } from './tracer.ts';
import { Watcher } from './watcher.ts';

export interface WatchOptions<
  Schema extends StandardSchemaV1 = StandardSchemaV1,
> extends SecurityOptions {
  /** What a peer's info must be: any Standard Schema. A peer whose info does not fit is not listed. */
  readonly schema?: Schema;
  /** Whom to look among. Default `WORKGROUP`. */
  readonly domain?: string;
  /** Default: the host name. */
  readonly computerName?: string;
  /** Default `[udp()]`, shared by all calls of this process for the same domain and computer name. */
  readonly transports?: readonly Transport[];
  /** A network that is joined already. It stays open on close. Leave out `domain`, `computerName` and `transports` then. */
  readonly network?: Network;
  /** Cancels starting, not what has started. */
  readonly signal?: AbortSignal;
  /** How often peers announce themselves, and how many there may be. Those of one service should agree. */
  readonly tuning?: Partial<Tuning>;
}

export interface DiscoverOptions<
  Schema extends StandardSchemaV1 = StandardSchemaV1,
> extends WatchOptions<Schema> {
  /** A label for people, at most 63 bytes. Default: the computer name. */
  readonly name?: string;
  /** The port of the application's own service, for others to dial. */
  readonly port?: number;
  /**
   * Anything JSON can say in 1 000 bytes; 200 or fewer are recommended. With an `identity`, name and info together have
   * about as many. Default `null`.
   */
  readonly info?: StandardSchemaV1.InferInput<Schema>;
  /** Say goodbye when the process exits by itself. No signal handler is installed. Default false. */
  readonly goodbyeOnExit?: boolean;
}

/**
 * Joins a service on the LAN: sees its peers and is seen by them.
 *
 * Resolves once the first announcement is out; the others follow within milliseconds, by `peers$`, `events$` or
 * `waitFor()`. Rejects as `joinNetwork()` does, and with `ERROR_INVALID_PARAMETER` for options out of range.
 *
 * @example
 * ```ts
 * const lobby = await discover('tanks', { name: 'Ann', port: 4711, info: { map: 'dunes' } });
 * lobby.peers$.subscribe((peers) => console.log(peers.map((peer) => peer.name)));
 * ```
 */
export async function discover<Schema extends StandardSchemaV1 = StandardSchemaV1>(
  service: string,
  options: DiscoverOptions<Schema> = {},
): Promise<Lobby<StandardSchemaV1.InferOutput<Schema>, StandardSchemaV1.InferInput<Schema>>> {
  return begin(service, options, 'Discovering', (place) => {
    const record = {
      name: options.name ?? place.lease.network.computerName,
      endpoints: options.port === undefined ? [] : [{ port: options.port }],
      info: options.info ?? null,
    };
    return new Lobby({
      ...place,
      machine: machineFor(realmFor(service, place), place, record, options.tuning),
      record,
      goodbyeOnExit: options.goodbyeOnExit ?? false,
    });
  });
}

/** Looks on: sees the peers of a service and is not seen by them. Otherwise as {@link discover}. */
export async function watch<Schema extends StandardSchemaV1 = StandardSchemaV1>(
  service: string,
  options: WatchOptions<Schema> = {},
): Promise<Watcher<StandardSchemaV1.InferOutput<Schema>>> {
  return begin(service, options, 'Watching', (place) => {
    return new Watcher({
      ...place,
      machine: machineFor(realmFor(service, place), place, undefined, options.tuning),
    });
  });
}

/** Looks on at an open service of which only the realm is known, as it stands in every message. */
export async function watchRealm(
  realm: number,
  options: Pick<WatchOptions, 'network' | 'signal'>,
): Promise<Watcher> {
  // What an open service says depends on its name by nothing but the realm. Traces know it by that, too.
  const service = `#${realm.toString(16).padStart(8, '0')}`;
  return begin(service, options, 'Watching', (place) => {
    return new Watcher({ ...place, machine: machineFor(realm, place, undefined) });
  });
}

/** Whoever discovers at once, does without. */
const rehearsal = systemClock.schedule(0, () => void rehearse(discover));

/** Where something begins, and as whom. */
interface Place<Info> {
  readonly lease: Lease;
  readonly security: Security;
  readonly tracer: PresenceTracer;
  readonly check: InfoCheck<Info>;
  readonly id: string;
}

/** Takes a network, makes a watcher on it and starts it; gives the network back if anything fails. */
async function begin<Schema extends StandardSchemaV1, Made extends Watcher>(
  service: string,
  options: WatchOptions<Schema>,
  what: string,
  make: (place: Place<StandardSchemaV1.InferOutput<Schema>>) => Made,
): Promise<Made> {
  rehearsal.cancel();
  checkService(service);
  checkSecurity(options);
  throwIfAborted(options.signal, what);
  const lease = await leaseNetwork(options);
  let made: Made | undefined;
  try {
    const { clock, random, station } = switchboardOf(lease.network);
    const securing = secure(options, { domain: station.domain, service });
    const security = await untilAborted(securing, options.signal, what);
    const check = options.schema === undefined ? anyInfo : checkBy(options.schema);
    const id = security.drawId(random, clock.wallTime());
    made = make({ lease, security, tracer: new PresenceTracer(service), check, id });
    await made.start();
    throwIfAborted(options.signal, what);
    return made;
  } catch (error) {
    await (made === undefined ? lease.release() : made.close());
    throw error;
  }
}

function realmFor(service: string, { lease }: Place<unknown>): number {
  return realmOf(lease.network.domain, service);
}

function machineFor(
  realm: number,
  { lease, security, tracer, id }: Place<unknown>,
  record: PeerRecord | undefined,
  tuning: Partial<Tuning> = {},
): PresenceMachine {
  const places = switchboardOf(lease.network);
  const { random } = places;
  const { protection } = security;
  const ways = places.transports.filter(({ reach }) => reach === 'network');
  const onDrop = (reason: PresenceDropReason): void => tracer.dropped(reason);
  const given = { id, realm, record, protection, ways, places, random, onDrop };
  return new PresenceMachine({ ...given, ...tuning });
}

/** Throws `ERROR_INVALID_PARAMETER`. */
export function checkService(service: string): void {
  if (typeof service === 'string' && service !== '') return;
  throw new MailslotError('ERROR_INVALID_PARAMETER', 'A service needs a name, such as "tanks".');
}
