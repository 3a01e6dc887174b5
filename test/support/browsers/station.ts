/**
 * A host with a browser on a simulated segment: its machine, and under it NetBIOS as far as browsers notice it. Names
 * are claimed and asked for in three broadcasts, 250 ms apart, as a B-node does; only their owners hear what is sent
 * to them.
 */

import type { Timer } from '@mailslot/core';
import type { NetbiosName } from '@mailslot/core/netbios/internal';
import { type Port, seededRandom, type Segment, type VirtualClock } from '@mailslot/core/testing';
import {
  type BrowserEffect,
  type BrowserInput,
  BrowserMachine,
  type BrowserMachineOptions,
  type Pull,
  type Whereabouts,
} from '@mailslot/discovery/internal';

import { type NameKind, type Packet, PACKET_BYTES } from './packet.ts';

/** RFC 1002, 6: BCAST_REQ_RETRY_TIMEOUT and _COUNT. */
const RETRY_MS = 250;
const RETRY_COUNT = 3;

/** How long a browser waits for a list. */
const PULL_TIMEOUT_MS = 5000;

interface Owned {
  readonly kind: NameKind;
  /** Claimed, and not yet ours. */
  isClaim: boolean;
}

type StationOptions = Omit<BrowserMachineOptions, 'random'> & { readonly seed: number };

export class Station {
  readonly name: string;
  readonly address: string;
  readonly machine: BrowserMachine;
  readonly #segment: Segment<Packet>;
  readonly #port: Port<Packet>;
  readonly #clock: VirtualClock;
  readonly #names = new Map<string, Owned>();
  /** Called with the answer to what was asked by that number. */
  readonly #asked = new Map<number, (packet: Packet, from: Port<Packet>) => void>();
  #lastId = 0;
  #wake: Timer | undefined;
  #wakeAt = Infinity;
  isRunning = true;

  constructor(segment: Segment<Packet>, { seed, ...options }: StationOptions) {
    this.name = options.computerName;
    // One computer keeps its address, however often its browser starts anew.
    this.address = `address of ${this.name}`;
    this.#segment = segment;
    this.#clock = segment.clock;
    this.machine = new BrowserMachine({ ...options, random: seededRandom(seed) });
    this.#port = segment.attach(this.name, {
      receive: (packet, from) => this.#receive(packet, from),
    });
    this.#names.set(this.machine.names.host.key, ours('unique'));
    this.#names.set(this.machine.names.members.key, ours('group'));
    this.feed({ type: 'start' });
  }

  get isMaster(): boolean {
    return this.isRunning && this.machine.lists.standing === 'master';
  }

  /** Takes leave. */
  close(): void {
    if (this.isRunning) this.feed({ type: 'close' });
  }

  /** Dies, and says nothing. */
  crash(): void {
    if (!this.isRunning) return;
    this.isRunning = false;
    this.#wake?.cancel();
    this.#segment.detach(this.#port);
  }

  feed(input: BrowserInput): void {
    if (!this.isRunning) return;
    for (const effect of this.machine.step(input, this.#clock.now())) this.#perform(effect);
    this.#arm();
  }

  #perform(effect: BrowserEffect): void {
    switch (effect.type) {
      case 'send': {
        const { to, slot, bytes } = effect;
        const from = this.machine.names.host;
        return this.#send({ type: 'frame', slot, to, from, bytes });
      }
      case 'register':
        return this.#claim(effect.name, effect.kind);
      case 'release':
        this.#names.delete(effect.name.key);
        return;
      case 'find':
        return this.#find(effect.name);
      case 'pull':
        return this.#pull(effect.pull);
      case 'closed':
        return this.crash();
      case 'role':
      case 'hosts':
      case 'domains':
    }
  }

  #claim(name: NetbiosName, kind: NameKind): void {
    const key = name.key;
    const owned: Owned = { kind, isClaim: true };
    this.#names.set(key, owned);
    const ask = (id: number): Packet => ({ type: 'claim', name, kind, id });
    this.#ask(ask, (answer) => {
      // It may have been released meanwhile.
      if (this.#names.get(key) !== owned) return;
      if (answer === undefined) owned.isClaim = false;
      else this.#names.delete(key);
      this.feed({ type: 'registered', name, ok: answer === undefined });
    });
  }

  #find(name: NetbiosName): void {
    const ask = (id: number): Packet => ({ type: 'query', name, id });
    this.#ask(ask, (answer, from) => {
      const isFound = answer?.type === 'answer' && from !== undefined;
      const owner: Whereabouts | undefined = isFound
        ? { name: answer.computer, address: `address of ${from.host.name}` }
        : undefined;
      this.feed({ type: 'found', name, owner });
    });
  }

  #pull(pull: Pull): void {
    const id = ++this.#lastId;
    const at = pull.from.address.replace('address of ', '');
    const [to] = this.#segment.host(at).ports;
    const end = (answer?: Packet): void => {
      timer.cancel();
      this.#asked.delete(id);
      this.feed({
        type: 'pulled',
        pull,
        lists: answer?.type === 'lists' ? answer.lists : undefined,
      });
    };
    const timer = this.#clock.schedule(PULL_TIMEOUT_MS, () => end());
    this.#asked.set(id, end);
    if (to !== undefined) this.#send({ type: 'pull', localOnly: pull.scope === 'segment', id }, to);
  }

  /** Broadcasts a question three times, and gives the first answer, or undefined if none comes. */
  #ask(
    question: (id: number) => Packet,
    done: (answer?: Packet, from?: Port<Packet>) => void,
  ): void {
    const id = ++this.#lastId;
    let sent = 0;
    let timer: Timer;
    const end = (answer?: Packet, from?: Port<Packet>): void => {
      timer.cancel();
      this.#asked.delete(id);
      if (this.isRunning) done(answer, from);
    };
    const next = (): void => {
      if (!this.isRunning) return;
      if (sent++ === RETRY_COUNT) return end();
      timer = this.#clock.schedule(RETRY_MS, next);
      this.#send(question(id));
    };
    this.#asked.set(id, end);
    next();
  }

  #receive(packet: Packet, from: Port<Packet>): void {
    switch (packet.type) {
      case 'frame': {
        if (!this.#owns(packet.to)) return;
        const address = `address of ${from.host.name}`;
        return this.feed({ ...packet, address, origin: from });
      }
      case 'claim': {
        const owned = this.#names.get(packet.name.key);
        const isRefused =
          owned?.isClaim === false && (owned.kind === 'unique' || packet.kind === 'unique');
        if (isRefused) this.#send({ type: 'refusal', id: packet.id }, from);
        return;
      }
      case 'query':
        if (!this.#owns(packet.name)) return;
        return this.#send({ type: 'answer', computer: this.name, id: packet.id }, from);
      case 'pull': {
        const { lists } = this.machine;
        if (lists.standing === 'none') return;
        const { localOnly, id } = packet;
        const given = { servers: lists.servers(localOnly), domains: lists.domains(localOnly) };
        return this.#send({ type: 'lists', lists: given, id }, from);
      }
      case 'refusal':
      case 'answer':
      case 'lists':
        return this.#asked.get(packet.id)?.(packet, from);
    }
  }

  #owns(name: NetbiosName): boolean {
    return this.#names.get(name.key)?.isClaim === false;
  }

  #send(packet: Packet, to?: Port<Packet>): void {
    this.#segment.carry(this.#port, to, packet, PACKET_BYTES);
  }

  #arm(): void {
    const at = this.isRunning ? this.machine.nextWakeAt : Infinity;
    if (at === this.#wakeAt) return;
    this.#wake?.cancel();
    this.#wakeAt = at;
    if (at === Infinity) return;
    this.#wake = this.#clock.schedule(at - this.#clock.now(), () => {
      this.#wakeAt = Infinity;
      this.feed({ type: 'wake' });
    });
  }
}

function ours(kind: NameKind): Owned {
  return { kind, isClaim: false };
}
