/** A LAN that exists only in memory, for tests: on a virtual clock and seeded, it runs the same way every time. */

import { MailslotError } from './errors.ts';
import { type Datagram, STATION_ID_BYTES } from './message.ts';
import { parseHostName, parseName } from './name.ts';
import { DEFAULT_DOMAIN, joinNetwork, type Network, type NetworkOptions } from './network.ts';
import type { HostOptions, Port } from './simulation/host.ts';
import { Segment, type SegmentOptions } from './simulation/segment.ts';
import { addressOf, MemorySource, MemoryTransport } from './transports/memory.ts';
import type { Transport } from './transports/transport.ts';
import { settled } from './virtual-clock.ts';

export interface LanOptions extends Omit<SegmentOptions<Datagram>, 'trace'> {
  /** Whether to keep a {@link Lan.traceHash} of all that is delivered. Default false. */
  readonly trace?: boolean;
}

export interface JoinOptions extends Omit<NetworkOptions, 'transports'>, HostOptions {}

/** A message that is not what it seems: see {@link Lan.forge}. */
export interface Forgery {
  /** The computer that it seems to come from: any name; equal names, equal sources. */
  readonly from: string;
  /** The name it is written to, for example `\\*\mailslot\lobby`. */
  readonly to: string;
  readonly data: Uint8Array;
  /** The host by whose link it comes in, and behind whose faults it is. Default: one of its own. */
  readonly via?: string;
}

/** What {@link Lan.until} grants, in milliseconds of virtual time. */
export interface UntilOptions {
  /** Default 60 000. */
  readonly withinMs?: number;
  /** How often it looks. Default 1. */
  readonly stepMs?: number;
}

/** A simulated LAN. Hosts join it; every datagram crosses it under the faults in force. */
export class Lan extends Segment<Datagram> {
  /** Ports of hosts that forgeries come in by. */
  readonly #entrances = new Map<string, Port<Datagram>>();

  constructor({ trace = false, ...options }: LanOptions = {}) {
    super({ ...options, trace: trace ? ({ data }) => data : undefined });
  }

  /** A transport for one station on `host`. Stations on one host are never parted. */
  transport(host: string): Transport {
    return new MemoryTransport(this, host);
  }

  /** Joins the LAN with a network of its own, on the host's clock and the LAN's chance. */
  async join(name: string, options: JoinOptions = {}): Promise<Network> {
    return joinNetwork({
      computerName: name,
      clock: this.host(name, options).clock,
      random: this.random,
      ...options,
      transports: [this.transport(name)],
    });
  }

  /** Sends one message from a computer that does not exist. What is answered comes to a closed port. */
  forge({ from, to, data, via = '(nowhere)' }: Forgery): void {
    const { scope, path } = parseName(to);
    let entrance = this.#entrances.get(via);
    if (entrance === undefined) {
      entrance = this.attach(via, {});
      this.detach(entrance);
      this.#entrances.set(via, entrance);
    }
    const datagram: Datagram = {
      slot: path.key,
      address: addressOf(scope, DEFAULT_DOMAIN),
      station: String.fromCharCode(...this.random.bytes(STATION_ID_BYTES)),
      sequence: Math.floor(this.random.next() * 2 ** 32),
      from: parseHostName(from, 'The forged computer name'),
      source: new MemorySource(entrance, from),
      data: new Uint8Array(data),
      shared: true,
    };
    this.carry(entrance, undefined, datagram, data.length);
  }

  /**
   * Lets time pass until something holds, and says how many milliseconds that took. Promises settle between two looks.
   * Rejects with `ERROR_SEM_TIMEOUT`, and the seed to run it again with, if it does not come to hold.
   */
  async until(
    holds: () => boolean,
    { withinMs = 60_000, stepMs = 1 }: UntilOptions = {},
  ): Promise<number> {
    const start = this.clock.now();
    const deadline = start + withinMs;
    for (;;) {
      await settled();
      const now = this.clock.now();
      if (holds()) return now - start;
      if (now >= deadline) {
        throw new MailslotError(
          'ERROR_SEM_TIMEOUT',
          `Not so within ${withinMs} ms. It happens again with seed ${this.seed}.`,
        );
      }
      this.clock.advance(Math.min(stepMs, deadline - now));
    }
  }
}
