/** Packets under way. Their records are used again: a simulation of days makes no more than were ever under way at once. */

import { OUTSIDE } from '../time-heap.ts';
import type { VirtualEvent } from '../virtual-clock.ts';
import type { Port } from './host.ts';

/** A packet on its way to all who get it at one time. */
export class Delivery<Packet> implements VirtualEvent {
  index: number = OUTSIDE;
  from!: Port<Packet>;
  packet!: Packet;
  /** What it takes on the wire, as its sender says. */
  bytes = 0;
  isUnicast = false;
  /** The first {@link count} of these; behind them stand those of earlier use. An array that shrinks gives up its room. */
  readonly receivers: Port<Packet>[] = [];
  count = 0;
  readonly #arrive: (delivery: Delivery<Packet>) => void;

  constructor(arrive: (delivery: Delivery<Packet>) => void) {
    this.#arrive = arrive;
  }

  add(port: Port<Packet>): void {
    this.receivers[this.count++] = port;
  }

  happen(): void {
    this.#arrive(this);
  }
}

export class Deliveries<Packet> {
  readonly #spare: Delivery<Packet>[] = [];
  readonly #arrive: (delivery: Delivery<Packet>) => void;

  /** `arrive` is called when a delivery is due. */
  constructor(arrive: (delivery: Delivery<Packet>) => void) {
    this.#arrive = arrive;
  }

  /** One without receivers. */
  make(from: Port<Packet>, packet: Packet, bytes: number, isUnicast: boolean): Delivery<Packet> {
    const delivery = this.#spare.pop() ?? new Delivery(this.#arrive);
    delivery.from = from;
    delivery.packet = packet;
    delivery.bytes = bytes;
    delivery.isUnicast = isUnicast;
    delivery.count = 0;
    return delivery;
  }

  /** Takes back what has arrived. */
  recycle(delivery: Delivery<Packet>): void {
    this.#spare.push(delivery);
  }
}
