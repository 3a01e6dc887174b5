/**
 * A network segment that exists only in memory: ports exchange packets under the faults in force, on a virtual clock
 * and by seeded chance, so that a run can be had again.
 *
 * It does not know what a packet is. Two kinds of user sit on it: {@link Lan}, whose packets are datagrams of whole
 * stations, and simulators of bare protocol machines, whose packets are bytes.
 *
 * What happens on the wire (loss, bursts, partitions, latency) is decided when a packet is sent; what happens at its
 * receiver (unplugged, suspended, buffer full, closed), when it arrives. A multicast without jitter is one event for all
 * who get it: nothing is allocated for each.
 */

import { type Random, seededRandom } from '../random.ts';
import { VirtualClock } from '../virtual-clock.ts';
import { Deliveries, type Delivery } from './delivery.ts';
import { changeFaults, type Faults, NO_FAULTS } from './faults.ts';
import type { Monotonic } from './host-clock.ts';
import { type Attachment, Host, type HostOptions, Port } from './host.ts';
import { Impairment } from './impairment.ts';
import { TraceHash } from './trace-hash.ts';

export interface SegmentOptions<Packet> extends Faults {
  /** Everything that happens by chance follows from it. Default 1. */
  readonly seed?: number;
  /** Default: a new {@link VirtualClock}, found again as `clock`. */
  readonly clock?: VirtualClock;
  /** Asks for a {@link Segment.traceHash}, and gives the bytes of a packet that are to count in it. */
  readonly trace?: ((packet: Packet) => Uint8Array) | undefined;
}

/** One direction of one host's link: what it sends, drawn once for all receivers, or what it receives. */
export type Direction = { readonly from: string } | { readonly to: string };

/** What became of packets so far. */
export interface Traffic {
  /** Handed over by senders; a multicast counts once. */
  readonly sent: number;
  /** Handed to receivers, each one counted. */
  readonly delivered: number;
  /** Missed by a receiver: by chance, in a burst, over a link that is cut. What its sender's link loses counts once. */
  readonly lost: number;
  /** Missed by a receiver whose buffer was full. */
  readonly overflowed: number;
}

export interface FloodOptions {
  readonly perSecond: number;
  readonly durationMs: number;
}

/** What a datagram takes on an idle LAN. */
const LATENCY_MS = 0.2;

export class Segment<Packet> {
  /** True time, of which hosts have each its own view. */
  readonly clock: VirtualClock;
  /** Seeded; draw from it what a test leaves to chance. */
  readonly random: Random;
  readonly seed: number;
  readonly #traffic = { sent: 0, delivered: 0, lost: 0, overflowed: 0 };
  readonly #hosts = new Map<string, Host<Packet>>();
  /** Ports that hear multicasts, in the order they were opened. */
  readonly #listeners: Port<Packet>[] = [];
  /** All that ever listened, by their id: an address leads to its port, open or closed. */
  readonly #places = new Map<number, Port<Packet>>();
  #portsEver = 0;
  #faults: Required<Faults>;
  #isParted = false;
  #unplugged = 0;
  readonly #deliveries = new Deliveries<Packet>((delivery) => this.#arrive(delivery));
  readonly #trace: TraceHash | undefined;
  readonly #traced: ((packet: Packet) => Uint8Array) | undefined;

  /** Rejects faults that no network can have with `ERROR_INVALID_PARAMETER`. Default: none but 0.2 ms of latency. */
  constructor(options: SegmentOptions<Packet> = {}) {
    const { seed = 1, clock = new VirtualClock(), trace, ...faults } = options;
    this.clock = clock;
    this.random = seededRandom(seed);
    this.seed = seed;
    this.#faults = changeFaults({ ...NO_FAULTS, latencyMs: LATENCY_MS }, faults);
    this.#trace = trace && new TraceHash();
    this.#traced = trace;
  }

  /** What was carried so far. */
  get traffic(): Traffic {
    return { ...this.#traffic };
  }

  /**
   * Everything delivered so far, when and to whom, as 16 hexadecimal digits: equal for two runs that were the same.
   * Undefined unless the option `trace` asked for it.
   */
  get traceHash(): string | undefined {
    return this.#trace?.toString();
  }

  /** The computer of that name: made when it is first named, as options say, which count only then. */
  host(name: string, options?: HostOptions): Host<Packet> {
    let host = this.#hosts.get(name);
    if (host === undefined) {
      host = new Host(name, this.clock, options);
      this.#hosts.set(name, host);
    }
    return host;
  }

  /** Opens a port on a host. Ports of one host hear each other, whatever happens to the wire. */
  attach(host: string, attachment: Attachment<Packet>): Port<Packet> {
    const port = new Port(this.#portsEver++, this.host(host), attachment);
    port.host.ports.push(port);
    if (port.isListening) {
      this.#listeners.push(port);
      this.#places.set(port.id, port);
    }
    return port;
  }

  /** Closes a port. What it has sent arrives all the same. */
  detach(port: Port<Packet>): void {
    if (port.isListening) removeFrom(this.#listeners, port);
    if (port.isOpen) removeFrom(port.host.ports, port);
    port.attachment = undefined;
    port.buffer.clear();
  }

  /** The port of that id, open or closed; undefined if none of that id ever listened. */
  port(id: number): Port<Packet> | undefined {
    return this.#places.get(id);
  }

  /**
   * Carries a packet to one port, or to all others. All get the very same: never write to it again. `bytes` is what it
   * takes of receive buffers.
   */
  carry(from: Port<Packet>, to: Port<Packet> | undefined, packet: Packet, bytes: number): void {
    this.#traffic.sent++;
    const delivery = this.#deliveries.make(from, packet, bytes, to !== undefined);
    if (to === undefined) {
      for (const port of from.host.ports) if (port !== from && port.isListening) delivery.add(port);
      this.#send(delivery, this.#listeners);
    } else if (to.host === from.host) {
      delivery.add(to);
    } else {
      this.#send(delivery, [to]);
    }
    this.#dispatch(delivery, this.#faults.latencyMs);
  }

  /** Changes faults from now on: of the whole segment, or of one direction of one host's link, which add to those. */
  set(faults: Faults, direction?: Direction): void {
    if (direction === undefined) {
      this.#faults = changeFaults(this.#faults, faults);
      return;
    }
    const change = (impairment: Impairment | undefined): Impairment | undefined =>
      Impairment.change(impairment, faults, this.random, this.clock.now());
    if ('from' in direction) {
      const host = this.host(direction.from);
      host.outgoing = change(host.outgoing);
    } else {
      const host = this.host(direction.to);
      host.incoming = change(host.incoming);
    }
  }

  /** Parts the hosts into sides that do not hear each other, whatever their sides were; those not named are one more. */
  partition(...sides: readonly (readonly string[])[]): void {
    for (const host of this.#hosts.values()) host.takeSide(undefined);
    for (const [side, names] of sides.entries()) {
      for (const name of names) this.host(name).takeSide(side);
    }
    this.#isParted = true;
  }

  /** Nothing that `from` send reaches `to` any more. What `to` send reaches `from` as before. */
  partitionOneWay(from: readonly string[], to: readonly string[]): void {
    const senders = from.map((name) => this.host(name));
    for (const name of to) {
      for (const sender of senders) this.host(name).becomeDeafTo(sender);
    }
    this.#isParted = true;
  }

  /** Undoes every partition, those of one way too. */
  heal(): void {
    for (const host of this.#hosts.values()) host.heal();
    this.#isParted = false;
  }

  /** Unplugs a host; its programs notice that their interface has gone. */
  unplug(host: string): void {
    this.#plug(this.host(host), false);
  }

  plugIn(host: string): void {
    this.#plug(this.host(host), true);
  }

  /**
   * Suspends a host's programs: no timer of its clock runs, no packet is read, and each port holds what fits into its
   * receive buffer. `monotonic` says whether the host's clock `runs` meanwhile (default) or `stops`. A host that is never
   * resumed has crashed.
   */
  suspend(host: string, monotonic: Monotonic = 'runs'): void {
    this.host(host).suspend(monotonic);
  }

  /** Lets a suspended host go on as an event loop does: first its overdue timers, then what has come meanwhile. */
  resume(host: string): void {
    const resumed = this.host(host);
    resumed.resume(() => this.#read(resumed));
  }

  /** Suspends a host for a time: a garbage collection, a long computation, a stopped process. */
  stall(host: string, durationMs: number): void {
    const stalled = this.host(host);
    stalled.stall(durationMs, () => this.#read(stalled));
  }

  /** Has a host's clock run fast (or slow, if negative) by so many parts in a million, from now on. */
  drift(host: string, ppm: number): void {
    this.host(host).clock.drift(ppm);
  }

  /** Calls `send` at a rate, evenly spaced, for a bounded time. `index` counts the calls from 0. */
  flood({ perSecond, durationMs }: FloodOptions, send: (index: number) => void): void {
    const count = Math.round((perSecond * durationMs) / 1000);
    const start = this.clock.now();
    let index = 0;
    const next = (): void => {
      if (index === count) return;
      const at = start + (index * 1000) / perSecond;
      this.clock.schedule(at - this.clock.now(), () => {
        send(index++);
        next();
      });
    };
    next();
  }

  #plug(host: Host<Packet>, plugged: boolean): void {
    if (host.plugged === plugged) return;
    host.plugged = plugged;
    this.#unplugged += plugged ? -1 : 1;
    for (const port of host.ports.slice()) port.attachment?.plugged?.(plugged);
  }

  /** Draws which of these ports, all of other hosts, a packet reaches, and when. */
  #send(delivery: Delivery<Packet>, ports: readonly Port<Packet>[]): void {
    const { outgoing } = delivery.from.host;
    const now = this.clock.now();
    let copies = outgoing?.duplicate() ? 2 : 1;
    for (; copies > 0; copies--) {
      if (outgoing?.lose(now)) this.#traffic.lost++;
      else this.#cross(delivery, ports, now);
    }
  }

  #cross(delivery: Delivery<Packet>, ports: readonly Port<Packet>[], now: number): void {
    const { duplication, jitterMs } = this.#faults;
    const sender = delivery.from.host;
    const isEven = jitterMs === 0 && sender.outgoing === undefined;
    for (const port of ports) {
      const { host } = port;
      if (host === sender) continue;
      if (this.#misses(host, sender, now)) {
        this.#traffic.lost++;
        continue;
      }
      let copies = 1;
      if (duplication > 0 && this.random.next() < duplication) copies++;
      if (host.incoming?.duplicate()) copies++;
      const isAtOnce = isEven && host.incoming === undefined;
      for (; copies > 0; copies--) {
        if (isAtOnce) delivery.add(port);
        else this.#sendAlone(delivery, port);
      }
    }
  }

  /** Does a receiver miss what a sender has sent now? Chance is drawn: ask once. */
  #misses(receiver: Host<Packet>, sender: Host<Packet>, now: number): boolean {
    const { loss, bursts } = this.#faults;
    if ((this.#isParted || this.#unplugged > 0) && !receiver.hears(sender)) return true;
    if (loss > 0 && this.random.next() < loss) return true;
    if (bursts !== undefined && receiver.isCutOff(bursts, this.random, now)) return true;
    return receiver.incoming !== undefined && receiver.incoming.lose(now);
  }

  /** Sends a packet to a receiver who gets it at a time of its own. */
  #sendAlone({ from, packet, bytes, isUnicast }: Delivery<Packet>, port: Port<Packet>): void {
    const delivery = this.#deliveries.make(from, packet, bytes, isUnicast);
    delivery.add(port);
    this.#dispatch(delivery, this.#delayMs(from.host, port.host));
  }

  #delayMs(from: Host<Packet>, to: Host<Packet>): number {
    const { latencyMs, jitterMs } = this.#faults;
    const wireMs = jitterMs === 0 ? latencyMs : latencyMs + jitterMs * this.random.next();
    return wireMs + (from.outgoing?.delayMs() ?? 0) + (to.incoming?.delayMs() ?? 0);
  }

  #dispatch(delivery: Delivery<Packet>, delayMs: number): void {
    if (delivery.count === 0) this.#deliveries.recycle(delivery);
    else this.clock.add(this.clock.now() + delayMs, delivery);
  }

  #arrive(delivery: Delivery<Packet>): void {
    const { from, packet, receivers, count } = delivery;
    for (let index = 0; index < count; index++) {
      const port = receivers[index]!;
      const { awake, plugged } = port.host;
      if (awake && plugged && port.isOpen) this.#deliver(port, packet, from);
      else this.#arriveAmiss(port, delivery);
    }
    this.#deliveries.recycle(delivery);
  }

  #arriveAmiss(port: Port<Packet>, { from, packet, bytes, isUnicast }: Delivery<Packet>): void {
    const { host } = port;
    if (!host.plugged && host !== from.host) {
      this.#traffic.lost++;
    } else if (!port.isOpen) {
      this.#traffic.lost++;
      if (isUnicast && host.awake) this.#refuse(port, from);
    } else if (host.awake) {
      this.#deliver(port, packet, from);
    } else if (!port.buffer.push({ packet, from }, bytes)) {
      this.#traffic.overflowed++;
    }
  }

  /** What has come while the host did not read. It may be suspended again while it does. */
  #read(host: Host<Packet>): void {
    for (const port of host.ports.slice()) {
      while (host.awake && !port.buffer.isEmpty) {
        const { packet, from } = port.buffer.shift()!;
        this.#deliver(port, packet, from);
      }
    }
  }

  #deliver(port: Port<Packet>, packet: Packet, from: Port<Packet>): void {
    this.#traffic.delivered++;
    if (this.#trace !== undefined) this.#record(this.#trace, port, packet, from);
    port.attachment?.receive?.(packet, from);
  }

  #record(trace: TraceHash, port: Port<Packet>, packet: Packet, from: Port<Packet>): void {
    trace.number(this.clock.now());
    trace.word(from.id);
    trace.word(port.id);
    trace.bytes(this.#traced!(packet));
  }

  /** Tells the sender that the port is closed, if that gets through. */
  #refuse(by: Port<Packet>, to: Port<Packet>): void {
    const isLocal = by.host === to.host;
    if (!isLocal && this.#misses(to.host, by.host, this.clock.now())) return;
    const delayMs = isLocal ? this.#faults.latencyMs : this.#delayMs(by.host, to.host);
    this.clock.schedule(delayMs, () => {
      if (to.host.awake) to.attachment?.refused?.(by);
    });
  }
}

function removeFrom<Item>(list: Item[], item: Item): void {
  list.splice(list.indexOf(item), 1);
}
