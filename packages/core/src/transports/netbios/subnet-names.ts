/** The names of this computer on one subnet, and those of others: the rim around a {@link NameService}. */

import type { Clock, Timer } from '../../clock.ts';
import { MailslotError } from '../../errors.ts';
import { surface } from '../../surface.ts';
import type { NamePacket } from './name-packet.ts';
import type { NameAnswer, NameEffect, NodeConfig } from './name-node.ts';
import { type NameInput, NameService } from './name-service.ts';
import type { Destination, Endpoint } from './name-transactions.ts';
import type { NetbiosName } from './netbios-name.ts';
import type { NodeStatus } from './node-status.ts';

/** What it is given by its subnet. */
export interface SubnetNamesContext {
  readonly clock: Clock;
  /** The interface, in words. */
  readonly where: string;
  readonly send: (packet: NamePacket, to: Destination) => void;
  /** What was known of a name is no longer so. */
  readonly changed: (name: NetbiosName) => void;
}

interface Registering {
  readonly resolve: () => void;
  readonly reject: (error: MailslotError) => void;
}

export class SubnetNames {
  readonly #context: SubnetNamesContext;
  readonly #service: NameService;
  readonly #nameServers: readonly string[];
  readonly #registering = new Map<string, readonly Registering[]>();
  readonly #releasing = new Map<string, readonly (() => void)[]>();
  readonly #queries = new Map<number, (answer: NameAnswer | undefined) => void>();
  readonly #statuses = new Map<number, (status: NodeStatus | undefined) => void>();
  readonly #lost = new Set<(name: NetbiosName) => void>();
  #timer: Timer | undefined;
  #requests = 0;
  #closed = false;

  constructor(config: NodeConfig, context: SubnetNamesContext) {
    this.#context = context;
    this.#service = new NameService(config);
    this.#nameServers = config.nameServers;
  }

  /**
   * Takes a name on this subnet, a unique one unless told otherwise. Resolves when it is ours: without a name server
   * after 750 ms. Rejects with `ERROR_ALREADY_EXISTS` if it is another's, `ERROR_OPERATION_ABORTED` if it is released
   * before, or the subnet goes away.
   */
  register(name: NetbiosName, { group = false }: { group?: boolean } = {}): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#closed) return reject(this.#givenUp(name.toString()));
      const others = this.#registering.get(name.key) ?? [];
      this.#registering.set(name.key, [...others, { resolve, reject }]);
      this.#step({ type: 'register', name, group });
    });
  }

  /** Gives a name back. Resolves when all have been told; at once if it was not ours. */
  release(name: NetbiosName): Promise<void> {
    return new Promise((resolve) => {
      if (this.#closed) return resolve();
      this.#settle(name, this.#givenUp(name.toString()));
      this.#releasing.set(name.key, [...(this.#releasing.get(name.key) ?? []), resolve]);
      this.#step({ type: 'release', name });
    });
  }

  /** Gives all names back. */
  async releaseAll(): Promise<void> {
    await Promise.all(this.#service.names.map((name) => this.release(name)));
  }

  /** Claims all names anew: the computer has slept. Those that are another's by now are lost. */
  reclaim(): void {
    if (!this.#closed) this.#step({ type: 'woke' });
  }

  /** Whether the name is ours here, and nobody objects. */
  owns(name: NetbiosName): boolean {
    return this.#service.owns(name);
  }

  /** Whether datagrams to the name are for us: also while we are about to have it. */
  hears(name: NetbiosName): boolean {
    return this.#service.hears(name);
  }

  /** Calls the listener when a name that was ours turns out to be another's too. Returns the way to stop. */
  onLost(listener: (name: NetbiosName) => void): () => void {
    this.#lost.add(listener);
    return () => this.#lost.delete(listener);
  }

  /** Where a name is; undefined if nobody answers: without a name server after 750 ms. */
  query(name: NetbiosName): Promise<NameAnswer | undefined> {
    return this.#ask(this.#queries, (request) => ({ type: 'query', request, name }));
  }

  /** What the node at an address calls itself; undefined if it does not answer within 4.5 s. */
  status(address: string): Promise<NodeStatus | undefined> {
    return this.#ask(this.#statuses, (request) => ({ type: 'status', request, address }));
  }

  /** `near`: from the subnet. Throws a DecodeError for a packet whose records do not say what they should. */
  received(packet: NamePacket, from: Endpoint, near: boolean): void {
    const trusted = near || this.#nameServers.includes(from.address);
    this.#step({ type: 'received', packet, from, near: trusted });
  }

  /** Ends at once: names are not given back. */
  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
    const error = this.#givenUp('A NetBIOS name');
    for (const { reject } of Array.from(this.#registering.values()).flat()) reject(error);
    for (const resolve of Array.from(this.#releasing.values()).flat()) resolve();
    for (const resolve of this.#queries.values()) resolve(undefined);
    for (const resolve of this.#statuses.values()) resolve(undefined);
  }

  #ask<Found>(
    asking: Map<number, (found: Found | undefined) => void>,
    input: (request: number) => NameInput,
  ): Promise<Found | undefined> {
    return new Promise((resolve) => {
      if (this.#closed) return resolve(undefined);
      const request = ++this.#requests;
      asking.set(request, (found) => {
        asking.delete(request);
        resolve(found);
      });
      this.#step(input(request));
    });
  }

  #step(input: NameInput): void {
    const { clock } = this.#context;
    try {
      for (const effect of this.#service.step(input, clock.now())) this.#apply(effect);
    } finally {
      this.#timer?.cancel();
      if (!this.#closed) {
        const waitMs = this.#service.nextAt - clock.now();
        this.#timer = clock.schedule(waitMs, () => this.#step({ type: 'time' }));
      }
    }
  }

  #apply(effect: NameEffect): void {
    switch (effect.type) {
      case 'send':
        return this.#context.send(effect.packet, effect.to);
      case 'registered':
        this.#settle(effect.name, undefined);
        return;
      case 'refused': {
        const { name, by } = effect;
        // It was ours until a name server gave it to another, or another took it while we slept.
        if (!this.#settle(name, this.#taken(name, by))) this.#tellLost(name);
        return;
      }
      case 'lost':
        return this.#tellLost(effect.name);
      case 'released': {
        const { key } = effect.name;
        const waiting = this.#releasing.get(key) ?? [];
        this.#releasing.delete(key);
        for (const resolve of waiting) resolve();
        return;
      }
      case 'found':
        return this.#queries.get(effect.request)?.(effect.answer);
      case 'status':
        return this.#statuses.get(effect.request)?.(effect.status);
      case 'changed':
        return this.#context.changed(effect.name);
    }
  }

  /** Ends the registrations of a name; false if there are none. */
  #settle({ key }: NetbiosName, error: MailslotError | undefined): boolean {
    const waiting = this.#registering.get(key);
    this.#registering.delete(key);
    for (const { resolve, reject } of waiting ?? []) {
      if (error === undefined) resolve();
      else reject(error);
    }
    return waiting !== undefined;
  }

  #tellLost(name: NetbiosName): void {
    for (const listener of this.#lost) surface(listener, name);
  }

  #taken(name: NetbiosName, by: string): MailslotError {
    return new MailslotError(
      'ERROR_ALREADY_EXISTS',
      `The NetBIOS name ${name.toString()} is not to be had on ${this.#context.where}: refused by ${by}. Choose another name.`,
    );
  }

  #givenUp(what: string): MailslotError {
    return new MailslotError(
      'ERROR_OPERATION_ABORTED',
      `${what} was given up before it was registered on ${this.#context.where}.`,
    );
  }
}
