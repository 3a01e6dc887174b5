/** A bridge between a LAN and what is beyond it: the peers of a service see each other, and notice nothing of it. */

import { joinNetwork, MailslotError, type Network, type Transport } from '@mailslot/core';
import {
  type Datagram,
  type Switchboard,
  switchboardOf,
  throwIfAborted,
} from '@mailslot/core/internal';

import { checkService, discover } from '../discover.ts';
import { realmOf } from '../presence/message.ts';
import type { Watcher } from '../watcher.ts';
import { type RelayDropReason, RelayTable, type Side } from './relay-table.ts';

export interface StartRelayOptions {
  /** The LAN that this computer is on, such as `udp()`. Used by this bridge alone. */
  readonly lan: Transport;
  /** What the bridges of all LANs share, such as `nats({ servers })`. */
  readonly beyond: Transport;
  /** Whose peers they are. Default `WORKGROUP`. */
  readonly domain?: string;
  /** What other bridges know this one by. Default: the host name. */
  readonly computerName?: string;
  /** Cancels starting, not what has started. */
  readonly signal?: AbortSignal;
}

/** What was passed on to one side. */
export interface RelayCounts {
  readonly messages: number;
  readonly bytes: number;
}

/** What a bridge did so far. */
export interface RelayStats {
  readonly toLan: RelayCounts;
  readonly toBeyond: RelayCounts;
  /** Programs that take part, by where they are. Who is on both sides counts on the LAN. */
  readonly stations: { readonly lan: number; readonly beyond: number };
  readonly drops: Readonly<Partial<Record<RelayDropReason, number>>>;
}

/**
 * Joins the peers of a service on a LAN with those beyond it, as if they were on one network: they see each other under
 * their own ids, and write to each other. With a bridge on each of several LANs these are one. It passes on what they
 * say as it is, and needs no secret for that; nothing of it can be read or changed that could not be on the LAN.
 *
 * Several bridges may serve one LAN: what each of them brings is taken once, and when one goes the others go on. What a
 * bridge has brought is never taken further, so no number of them makes a loop.
 *
 * Rejects as `joinNetwork()` does, and with `ERROR_NOT_SUPPORTED` for transports that no bridge can be between.
 *
 * @example
 * ```ts
 * await using relay = await startRelay('tanks', { lan: udp(), beyond: nats({ servers }) });
 * relay.bridges.peers$.subscribe((bridges) => console.log(bridges.map(({ name }) => name)));
 * ```
 */
export async function startRelay(service: string, options: StartRelayOptions): Promise<Relay> {
  checkService(service);
  const { lan, beyond, signal, ...place } = options;
  if (lan.relaying === undefined || beyond.relaying?.standFor === undefined) {
    throw new MailslotError(
      'ERROR_NOT_SUPPORTED',
      `There is no bridge from ${lan.name} to ${beyond.name}. Bridge from udp to nats.`,
    );
  }
  throwIfAborted(signal, 'Starting a bridge');
  const cancellable = signal === undefined ? {} : { signal };
  const network = await joinNetwork({ ...place, ...cancellable, transports: [lan, beyond] });
  try {
    const bridges = await discover(`${BRIDGES_OF}${service}`, { ...cancellable, network });
    const standFor = beyond.relaying.standFor.bind(beyond.relaying);
    return new Relay({ service, bridges, lan, beyond, standFor });
  } catch (error) {
    await network.close();
    throw error;
  }
}

/** Bridges are peers of a service of their own, so that each notices when another has gone. */
const BRIDGES_OF = 'mailslot bridges of ';

interface RelayParts {
  readonly service: string;
  /** One of the bridges of the service, on a network of these two transports. */
  readonly bridges: Watcher;
  readonly lan: Transport;
  readonly beyond: Transport;
  readonly standFor: (station: string) => () => void;
}

/** A bridge at work. Made by {@link startRelay}. */
export class Relay implements AsyncDisposable {
  /** Sees the other bridges of this service, on this LAN and beyond: who comes, and who goes or dies. */
  readonly bridges: Watcher;
  readonly #parts: RelayParts;
  readonly #switchboard: Switchboard;
  readonly #table: RelayTable;
  /** By station of the LAN: how to end standing for it. */
  readonly #stoodFor = new Map<string, () => void>();
  readonly #counts: Readonly<Record<Side, { messages: number; bytes: number }>> = {
    lan: { messages: 0, bytes: 0 },
    beyond: { messages: 0, bytes: 0 },
  };
  readonly #drops: Partial<Record<RelayDropReason, number>> = {};
  readonly #untap: () => void;
  #closing: Promise<void> | undefined;

  constructor(parts: RelayParts) {
    const { service, bridges } = parts;
    this.bridges = bridges;
    this.#parts = parts;
    this.#switchboard = switchboardOf(bridges.network);
    this.#table = new RelayTable({
      realm: realmOf(this.#switchboard.station.domain, service),
      onArrived: (station) => this.#stoodFor.set(station, parts.standFor(station)),
      onLeft: (station) => this.#stopStandingFor(station),
    });
    this.#untap = this.#switchboard.tap((datagram) => this.#pass(datagram));
    bridges.network.on('close', this.#onClose);
  }

  /** Its place on both sides. It is closed with the bridge. */
  get network(): Network {
    return this.bridges.network;
  }

  stats(): RelayStats {
    const { lan, beyond } = this.#counts;
    const stations = this.#table.counts;
    return { toLan: { ...lan }, toBeyond: { ...beyond }, stations, drops: { ...this.#drops } };
  }

  /** Ends it, and tells the other bridges. Those that it has joined are missed by each other in their own time. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<void> {
    const { network } = this;
    network.off('close', this.#onClose);
    this.#untap();
    this.#table.clear();
    await this.bridges.close();
    await network.close();
  }

  #pass(datagram: Datagram): void {
    const { lan, beyond } = this.#parts;
    const { clock } = this.#switchboard;
    const from = datagram.source.transport === lan.name ? 'lan' : 'beyond';
    const passage = this.#table.judge(datagram, from, clock.now());
    if (typeof passage === 'string') return this.#drop(passage);
    const counts = this.#counts[passage.to];
    counts.messages++;
    counts.bytes += datagram.data.length;
    const transport = passage.to === 'lan' ? lan : beyond;
    transport.relaying!.relay(datagram, passage.at);
  }

  #drop(reason: RelayDropReason): void {
    this.#drops[reason] = (this.#drops[reason] ?? 0) + 1;
  }

  #stopStandingFor(station: string): void {
    this.#stoodFor.get(station)?.();
    this.#stoodFor.delete(station);
  }

  readonly #onClose = (): void => void this.close();
}
