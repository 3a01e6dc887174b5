/** Nodes of the name service on one wire, in virtual time: what one sends arrives at once, in the order of sending. */

import { seededRandom } from '../../src/random.ts';
import type { NameEffect, NodeConfig } from '../../src/transports/netbios/name-node.ts';
import {
  decodeNamePacket,
  encodeNamePacket,
  type NamePacket,
} from '../../src/transports/netbios/name-packet.ts';
import { type NameInput, NameService } from '../../src/transports/netbios/name-service.ts';
import type { Destination } from '../../src/transports/netbios/name-transactions.ts';
import { NAME_TIMING } from '../../src/transports/netbios/timing.ts';

/** What was on the wire, and when. */
export interface Sent {
  readonly at: number;
  readonly from: string;
  readonly to: string;
  readonly packet: NamePacket;
}

/** Anything else at an address: it is handed what arrives there. */
export type Stranger = (packet: NamePacket, from: string) => void;

export class NameLan {
  now = 1_000;
  readonly sent: Sent[] = [];
  readonly #nodes = new Map<string, LanNode>();
  readonly #strangers = new Map<string, Stranger>();
  readonly #wire: Sent[] = [];
  #delivering = false;

  node(address: string, config: Partial<NodeConfig> = {}): LanNode {
    const node = new LanNode(this, address, config);
    this.#nodes.set(address, node);
    return node;
  }

  /** Puts a node back on the wire. */
  plug(node: LanNode): void {
    this.#nodes.set(node.address, node);
  }

  stranger(address: string, stranger: Stranger): void {
    this.#strangers.set(address, stranger);
  }

  /** Takes a node off the wire, without a word. */
  unplug(address: string): void {
    this.#nodes.delete(address);
  }

  send(from: string, packet: NamePacket, to: Destination): void {
    const target = to === 'all' ? 'all' : to.address;
    // As bytes, so that all that is sent can be encoded and read.
    const read = decodeNamePacket(encodeNamePacket(packet));
    const sent = { at: this.now, from, to: target, packet: read };
    this.sent.push(sent);
    this.#wire.push(sent);
    this.#deliver();
  }

  /** Lets time pass. */
  advance(ms: number): void {
    const end = this.now + ms;
    for (;;) {
      const nextAt = Math.min(...Array.from(this.#nodes.values(), ({ service }) => service.nextAt));
      if (nextAt > end) break;
      this.now = Math.max(this.now, nextAt);
      for (const node of this.#nodes.values()) {
        if (node.service.nextAt <= this.now) node.step({ type: 'time' });
      }
    }
    this.now = end;
  }

  /** The flags of what was sent, in hex, with whence and whither. */
  get flags(): string[] {
    return this.sent.map(({ from, to, packet }) => {
      const flags = packet.flags.toString(16).padStart(4, '0');
      return `${from} > ${to} ${flags}`;
    });
  }

  #deliver(): void {
    if (this.#delivering) return;
    this.#delivering = true;
    for (let sent = this.#wire.shift(); sent !== undefined; sent = this.#wire.shift()) {
      const { from, to, packet } = sent;
      const input = { type: 'received', packet, from: { address: from, port: 137 } } as const;
      for (const [address, node] of this.#nodes) {
        const meant = to === 'all' ? address !== from : to === address;
        if (meant) node.step({ ...input, near: true });
      }
      if (to !== 'all') this.#strangers.get(to)?.(packet, from);
    }
    this.#delivering = false;
  }
}

export class LanNode {
  readonly service: NameService;
  readonly address: string;
  /** What came of it, without what was sent. */
  readonly effects: Exclude<NameEffect, { type: 'send' }>[] = [];
  readonly #lan: NameLan;
  #requests = 0;

  constructor(lan: NameLan, address: string, config: Partial<NodeConfig>) {
    this.#lan = lan;
    this.address = address;
    this.service = new NameService({
      address,
      port: 137,
      nodeType: 'B',
      nameServers: [],
      scope: '',
      unitId: new Uint8Array(6),
      multihomed: false,
      timing: NAME_TIMING,
      random: seededRandom(Number(address.split('.').at(-1))),
      ...config,
    });
  }

  step(input: NameInput): void {
    for (const effect of this.service.step(input, this.#lan.now)) {
      if (effect.type === 'send') this.#lan.send(this.address, effect.packet, effect.to);
      else this.effects.push(effect);
    }
  }

  /** The number by which the answer is known. */
  ask(input: Omit<Extract<NameInput, { type: 'query' }>, 'request'>): number;
  ask(input: Omit<Extract<NameInput, { type: 'status' }>, 'request'>): number;
  ask(input: object): number {
    const request = ++this.#requests;
    this.step({ ...input, request } as NameInput);
    return request;
  }

  /** Types of the effects, with the name where there is one. */
  get log(): string[] {
    return this.effects
      .filter(({ type }) => type !== 'changed')
      .map((effect) =>
        'name' in effect ? `${effect.type} ${effect.name.toString()}` : effect.type,
      );
  }
}
