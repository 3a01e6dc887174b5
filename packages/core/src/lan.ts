/** A LAN that exists only in memory, for tests: on a virtual clock and seeded, it runs the same way every time. */

import type { Datagram } from './message.ts';
import { joinNetwork, type Network, type NetworkOptions } from './network.ts';
import { type Random, seededRandom } from './random.ts';
import { type Medium, MemoryTransport } from './transports/memory.ts';
import type { Transport } from './transports/transport.ts';
import { VirtualClock } from './virtual-clock.ts';

export interface LanOptions {
  /** Everything that happens by chance follows from it. Default 1. */
  readonly seed?: number;
  /** Default: a new {@link VirtualClock}, found again as `lan.clock`. */
  readonly clock?: VirtualClock;
  /** How long a datagram takes, in milliseconds. Default 0.2. */
  readonly latencyMs?: number;
  /** Up to this much is added, evenly drawn for each receiver. Default 0; more than the gap between two datagrams reorders them. */
  readonly jitterMs?: number;
  /** The share of datagrams that each receiver misses, from 0 to 1. Default 0. */
  readonly loss?: number;
  /** The share that each receiver gets twice, from 0 to 1. Default 0. */
  readonly duplication?: number;
}

/** What can be changed while the LAN runs. */
export type LanFaults = Omit<LanOptions, 'seed' | 'clock'>;

/** A simulated LAN. Hosts join it; every datagram crosses it under the faults in force. */
export class Lan {
  readonly clock: VirtualClock;
  /** Seeded; draw from it what a test leaves to chance. */
  readonly random: Random;
  #faults: Required<LanFaults>;
  readonly #stations = new Set<MemoryTransport>();
  readonly #medium: Medium = {
    attach: (station) => this.#stations.add(station),
    detach: (station) => this.#stations.delete(station),
    carry: (from, to, datagram) => {
      for (const station of to === undefined ? this.#stations : [to]) {
        if (station !== from) this.#carry(from, station, datagram);
      }
    },
  };
  /** The side of the partition a host is on; hosts that were never named share one. */
  #sides = new Map<string, number>();
  readonly #unplugged = new Set<string>();

  constructor(options: LanOptions = {}) {
    const { seed = 1, clock = new VirtualClock(), ...faults } = options;
    this.clock = clock;
    this.random = seededRandom(seed);
    this.#faults = { latencyMs: 0.2, jitterMs: 0, loss: 0, duplication: 0, ...faults };
  }

  /** A transport for one station on `host`. Stations on one host are never parted. */
  transport(host: string): Transport {
    const station = new MemoryTransport(this.#medium, host);
    station.plug(!this.#unplugged.has(host));
    return station;
  }

  /** Joins the LAN with a network of its own, on the LAN's clock and chance. */
  async join(host: string, options: Omit<NetworkOptions, 'transports'> = {}): Promise<Network> {
    return joinNetwork({
      computerName: host,
      clock: this.clock,
      random: this.random,
      ...options,
      transports: [this.transport(host)],
    });
  }

  /** Changes faults from now on. */
  set(faults: LanFaults): void {
    this.#faults = { ...this.#faults, ...faults };
  }

  /** Parts the hosts into sides that do not hear each other; hosts not named make up one more. */
  partition(...sides: readonly (readonly string[])[]): void {
    this.#sides = new Map(
      sides.flatMap((hosts, side) => hosts.map((host): [string, number] => [host, side])),
    );
  }

  /** Undoes every partition. */
  heal(): void {
    this.#sides.clear();
  }

  /** Unplugs a host; its stations notice that their interface has gone. */
  unplug(host: string): void {
    this.#unplugged.add(host);
    this.#replug(host);
  }

  plugIn(host: string): void {
    this.#unplugged.delete(host);
    this.#replug(host);
  }

  #replug(host: string): void {
    const plugged = !this.#unplugged.has(host);
    for (const station of this.#stations) if (station.host === host) station.plug(plugged);
  }

  #carry(from: MemoryTransport, to: MemoryTransport, datagram: Datagram): void {
    if (!this.#connected(from, to)) return;
    const { loss, duplication } = this.#faults;
    if (loss > 0 && this.random.next() < loss) return;
    this.#deliver(to, datagram);
    if (duplication > 0 && this.random.next() < duplication) this.#deliver(to, datagram);
  }

  #deliver(to: MemoryTransport, datagram: Datagram): void {
    const { latencyMs, jitterMs } = this.#faults;
    const delayMs = jitterMs === 0 ? latencyMs : latencyMs + jitterMs * this.random.next();
    // Hosts share no memory: the bytes are this receiver's own, as they are now.
    const own = { ...datagram, data: new Uint8Array(datagram.data) };
    this.clock.schedule(delayMs, () => to.deliver(own));
  }

  #connected(a: MemoryTransport, b: MemoryTransport): boolean {
    if (a.host === b.host) return true;
    return a.plugged && b.plugged && this.#sides.get(a.host) === this.#sides.get(b.host);
  }
}
