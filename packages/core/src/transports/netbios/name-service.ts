/**
 * A node of the name service on one subnet (RFC 1002 section 5.1): it owns names, defends them, gives them back, and
 * finds those of others. Pure: {@link NameService.step} takes what happens and says what is to be done.
 */

import { type NamePacket, QUERY, OPCODE, RESPONSE, REGISTRATION, WAIT } from './name-packet.ts';
import type { NetbiosName } from './netbios-name.ts';
import { NameFinder } from './name-finder.ts';
import type { NameEffect, NameNode, NodeConfig, PacketContext } from './name-node.ts';
import { NameOwner } from './name-owner.ts';
import {
  type Destination,
  type Endpoint,
  NameTransactions,
  type Transaction,
} from './name-transactions.ts';
import { WAIT_MS_MAX } from './timing.ts';

/** What happens. `request` is a number of the caller's, by which the effect that answers it is known. */
export type NameInput =
  | { readonly type: 'register'; readonly name: NetbiosName; readonly group: boolean }
  | { readonly type: 'release'; readonly name: NetbiosName }
  /** The computer has slept. */
  | { readonly type: 'woke' }
  | { readonly type: 'query'; readonly request: number; readonly name: NetbiosName }
  | { readonly type: 'status'; readonly request: number; readonly address: string }
  | {
      readonly type: 'received';
      readonly packet: NamePacket;
      readonly from: Endpoint;
      /** Whether it is on the subnet, or a name server of ours: others take no name away. */
      readonly near: boolean;
    }
  /** It is as late as {@link NameService.nextAt} said. */
  | { readonly type: 'time' };

export class NameService {
  readonly #config: NodeConfig;
  readonly #transactions: NameTransactions;
  readonly #owner: NameOwner;
  readonly #finder: NameFinder;
  #effects: NameEffect[] = [];
  #now = 0;

  constructor(config: NodeConfig) {
    this.#config = config;
    this.#transactions = new NameTransactions((packet, to) => this.#send(packet, to));
    const node: NameNode = {
      config,
      now: () => this.#now,
      effect: (effect) => this.#effects.push(effect),
      send: (packet, to) => this.#send(packet, to),
      request: (make) => this.#request(make),
      stop: (id) => this.#transactions.stop(id),
    };
    this.#owner = new NameOwner(node);
    this.#finder = new NameFinder(node);
  }

  /** When `time` is to be told; `Infinity` if nothing is due. */
  get nextAt(): number {
    return Math.min(this.#transactions.nextAt, this.#owner.nextAt);
  }

  /** All that it has, or is about to have. */
  get names(): readonly NetbiosName[] {
    return this.#owner.names;
  }

  /** Whether datagrams to that name are for this node. */
  hears(name: NetbiosName): boolean {
    return this.#owner.hears(name);
  }

  /** Whether the name is ours, and nobody objects. */
  owns(name: NetbiosName): boolean {
    return this.#owner.owns(name);
  }

  step(input: NameInput, now: number): readonly NameEffect[] {
    this.#now = now;
    this.#effects = [];
    switch (input.type) {
      case 'register':
        this.#owner.register(input.name, input.group);
        break;
      case 'release':
        this.#owner.release(input.name);
        break;
      case 'woke':
        this.#owner.reclaim();
        break;
      case 'query':
        this.#finder.query(input.request, input.name, this.#owner.entryOf(input.name));
        break;
      case 'status':
        this.#finder.status(input.request, input.address);
        break;
      case 'received':
        this.#receive(input.packet, input.from, input.near);
        break;
      case 'time':
        this.#transactions.advance(now);
        this.#owner.advance();
    }
    return this.#effects;
  }

  #receive(packet: NamePacket, from: Endpoint, near: boolean): void {
    // Another scope is another network, even on this wire (RFC 1001 section 14.1).
    if (packet.scope !== this.#config.scope) return;
    if ((packet.flags & RESPONSE) === 0) return this.#owner.asked(packet, from);
    const opcode = packet.flags & OPCODE;
    if (opcode === WAIT) {
      const waitMs = Math.min((packet.answer?.ttlS ?? 0) * 1_000, WAIT_MS_MAX);
      return this.#transactions.wait(packet.id, from, this.#now + waitMs);
    }
    if (this.#transactions.answer(packet, from)) return;
    if (opcode === REGISTRATION && near) this.#owner.contradicted(packet, from);
    if (opcode === QUERY) this.#finder.answeredAgain(packet, from);
  }

  #send(packet: NamePacket, to: Destination): void {
    this.#effects.push({ type: 'send', packet, to });
  }

  #request(make: (context: PacketContext) => Transaction): number {
    let id: number;
    do id = Math.floor(this.#config.random.next() * 0x1_0000);
    while (this.#transactions.isRunning(id));
    this.#transactions.start(make({ id, scope: this.#config.scope }), this.#now);
    return id;
  }
}
