/** A computer on a simulated segment, and the ports by which its programs are attached. */

import type { Timer } from '../clock.ts';
import type { Random } from '../random.ts';
import type { VirtualClock } from '../virtual-clock.ts';
import type { Bursts } from './faults.ts';
import { HostClock, type Monotonic } from './host-clock.ts';
import { type Impairment, Outages } from './impairment.ts';
import { RECEIVE_BUFFER_BYTES, ReceiveBuffer } from './receive-buffer.ts';

/** What a computer is from its start. */
export interface HostOptions {
  /** What its clock says at first, in milliseconds above 0. Default: what the segment's clock says. */
  readonly clockStartMs?: number;
  /** By how many parts in a million its clock is fast; slow, if negative. Default 0; quartz keeps within 100. */
  readonly driftPpm?: number;
  /** What each port holds for a program that does not read, in bytes as Linux counts them. Default 212 992. */
  readonly receiveBufferBytes?: number;
}

/** How a program hears from its port. */
export interface Attachment<Packet> {
  /** A packet has come. Others get the very same one: never write to it. Without this, multicasts pass the port by. */
  receive?(packet: Packet, from: Port<Packet>): void;
  /** What was sent to one port alone came to a computer that is awake and a port that is closed (ICMP says so). */
  refused?(by: Port<Packet>): void;
  /** The computer was unplugged, or plugged in. */
  plugged?(plugged: boolean): void;
}

/** Made by a {@link Segment}, which alone changes it. */
export class Host<Packet> {
  readonly name: string;
  /** Its own: it drifts, and its timers rest while the host is suspended. */
  readonly clock: HostClock;
  /** Those that are open. */
  readonly ports: Port<Packet>[] = [];
  readonly receiveBufferBytes: number;
  plugged = true;
  awake = true;
  /** Faults of what it sends and of what it receives, beside those of the segment. */
  outgoing: Impairment | undefined;
  incoming: Impairment | undefined;
  /** Of a partition; those that it does not name share one. */
  #side: number | undefined;
  #deafTo: Set<Host<Packet>> | undefined;
  #outages: Outages | undefined;
  readonly #true: VirtualClock;
  /** When a suspension ends by itself, or what has been buffered is read. */
  #waking: Timer | undefined;

  constructor(name: string, clock: VirtualClock, options: HostOptions = {}) {
    this.name = name;
    this.clock = new HostClock(clock, options.clockStartMs);
    this.receiveBufferBytes = options.receiveBufferBytes ?? RECEIVE_BUFFER_BYTES;
    this.#true = clock;
    if (options.driftPpm !== undefined) this.clock.drift(options.driftPpm);
  }

  hears(other: Host<Packet>): boolean {
    if (!this.plugged || !other.plugged || this.#side !== other.#side) return false;
    return this.#deafTo === undefined || !this.#deafTo.has(other);
  }

  takeSide(side: number | undefined): void {
    this.#side = side;
  }

  becomeDeafTo(host: Host<Packet>): void {
    this.#deafTo ??= new Set();
    this.#deafTo.add(host);
  }

  heal(): void {
    this.#side = undefined;
    this.#deafTo = undefined;
  }

  /** Does an outage of its own, of the kind that the whole segment suffers, take what it would receive now? */
  isCutOff(bursts: Bursts, random: Random, now: number): boolean {
    if (this.#outages?.bursts !== bursts) this.#outages = new Outages(bursts, random, now);
    return this.#outages.lose(now);
  }

  suspend(monotonic: Monotonic): void {
    this.awake = false;
    this.#waking?.cancel();
    this.clock.suspend(monotonic);
  }

  /** `read` is called after the timers that are overdue, as in an event loop. */
  resume(read: () => void): void {
    if (this.awake) return;
    this.#waking?.cancel();
    this.clock.resume();
    this.#waking = this.#true.schedule(0, () => {
      this.awake = true;
      read();
    });
  }

  /** Suspends it for a time. */
  stall(durationMs: number, read: () => void): void {
    this.suspend('runs');
    this.#waking = this.#true.schedule(durationMs, () => this.resume(read));
  }
}

/** A packet that waits for a program that does not read. */
export interface Waiting<Packet> {
  readonly packet: Packet;
  readonly from: Port<Packet>;
}

/** Where one program is attached: a socket. Made by {@link Segment.attach}. */
export class Port<Packet> {
  /** Counts the ports of its segment, from 0. */
  readonly id: number;
  readonly host: Host<Packet>;
  readonly buffer: ReceiveBuffer<Waiting<Packet>>;
  /** Undefined once the port is closed. Only the segment writes it. */
  attachment: Attachment<Packet> | undefined;

  constructor(id: number, host: Host<Packet>, attachment: Attachment<Packet>) {
    this.id = id;
    this.host = host;
    this.buffer = new ReceiveBuffer(host.receiveBufferBytes);
    this.attachment = attachment;
  }

  get isOpen(): boolean {
    return this.attachment !== undefined;
  }

  get isListening(): boolean {
    return this.attachment?.receive !== undefined;
  }
}
