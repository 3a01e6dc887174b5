import { presets } from '@mailslot/discovery/internal';

import { type Invariant, Violation } from '../invariant.ts';
import type { Packet } from '../packet.ts';
import type { Swarm } from '../swarm.ts';

const WINDOW_S = 60;
const MARGIN = 1.2;

/** What joins, changes, goodbyes, deaths and trouble may take besides, for each: rounds of questions most of all. */
const BITS_PER_EVENT = 100_000;

/** Ethernet with preamble, checksum and gap, IPv4, UDP, frame. */
const OVERHEAD_BYTES = 38 + 20 + 8 + 24;

/** What was sent, and how much happened, in a second. */
interface Tally {
  bits: number;
  events: number;
}

/** Windows begin with whole seconds. */
export class WithinBudget implements Invariant {
  readonly name = 'I7 budget';
  readonly claim =
    'In any minute all members together send to all at most 1.2 times the budget, and a little for each event.';
  readonly #swarm: Swarm;
  readonly #seconds: Tally[] = [];
  #second: Tally = { bits: 0, events: 0 };

  constructor(swarm: Swarm) {
    this.#swarm = swarm;
  }

  happened(members: number): void {
    this.#second.events += members;
  }

  sent({ bytes, to }: Packet): void {
    if (to !== undefined) return;
    this.#second.bits += 8 * (bytes.length + OVERHEAD_BYTES);
  }

  second(): void {
    this.#seconds.push(this.#second);
    this.#second = { bits: 0, events: 0 };
    if (this.#seconds.length > WINDOW_S) this.#seconds.shift();
    const { budgetBitsPerSecond } = { ...presets.lan(), ...this.#swarm.tuning };
    const sum = (of: (second: Tally) => number): number =>
      this.#seconds.reduce((total, second) => total + of(second), 0);
    const bits = sum((second) => second.bits);
    // What happened in the minute before may still be told, or asked after.
    const limit =
      MARGIN * budgetBitsPerSecond * WINDOW_S + BITS_PER_EVENT * sum((second) => second.events);
    if (bits <= limit) return;
    const what = `${kbits(bits)} in a minute, of ${kbits(limit)}`;
    throw new Violation(this, this.#swarm.clock.now(), what);
  }
}

function kbits(bits: number): string {
  return `${Math.round(bits / 1000)} kbit`;
}
