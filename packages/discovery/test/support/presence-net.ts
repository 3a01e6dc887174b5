/** A segment of presence machines on virtual time: every datagram crosses it under seeded faults. */

import type { Random } from '@mailslot/core';
import type { Source } from '@mailslot/core/internal';
import { seededRandom, VirtualClock } from '@mailslot/core/testing';

import {
  type DepartureReason,
  type PeerView,
  type PresenceEffect,
  type PresenceInput,
  PresenceMachine,
  type PresenceOptions,
} from '../../src/presence/machine.ts';
import { realmOf, TYPE_OFFSET } from '../../src/presence/message.ts';
import { drawPeerId } from '../../src/presence/peer-id.ts';
import type { Places } from '../../src/presence/reconciliation.ts';
import type { PeerRecord } from '../../src/presence/record.ts';
import { sourceAt } from './sources.ts';

export interface NetFaults {
  /** The share of datagrams that each receiver misses. */
  readonly loss: number;
  /** The share that each receiver gets twice. */
  readonly duplication: number;
  /** The most a datagram takes, in milliseconds; each receiver's is drawn by itself, so more reorders more. */
  readonly latencyMsMax: number;
}

/** One thing that a machine reported of a peer, and when. */
export interface News {
  readonly type: 'up' | 'update' | 'suspect' | 'clear' | 'down';
  readonly peer: PeerView;
  readonly reason?: DepartureReason;
  readonly at: number;
}

/** A place as pages carry it: family, port, address. */
function placesOf(net: PresenceNet): Places {
  return {
    placeOf: ({ id }) => {
      const [address = '', port] = id.split(':');
      return Uint8Array.of(4, Number(port) >>> 8, Number(port), ...address.split('.').map(Number));
    },
    sourceOf: (place) => {
      const [, high, low, ...address] = place;
      return net.sourceAt(`${address.join('.')}:${high! * 256 + low!}`);
    },
  };
}

/** Where knocks come from: a socket of their own, at the same address. */
const KNOCK_PORT = 60_000;

export const REALM = realmOf('WORKGROUP', 'tanks');

export class PresenceNet {
  readonly clock = new VirtualClock();
  readonly random: Random;
  readonly hosts: Host[] = [];
  /** Every datagram on the segment, as text: equal traces, equal runs. */
  readonly trace: string[] = [];
  multicastBytes = 0;
  readonly #byAddress = new Map<string, Host>();
  readonly #multicasts = new Map<number, number>();
  faults: NetFaults;
  /** What lies between: a wire, or a server that hands to each host. */
  readonly sourceAt: (id: string) => Source;
  /** Hosts that hear each other, and nobody else hears them. */
  apart: ReadonlySet<Host> = new Set();

  constructor(seed: number, faults: Partial<NetFaults> = {}, place: Partial<Source> = {}) {
    this.random = seededRandom(seed);
    this.sourceAt = (id) => ({ ...sourceAt(id), ...place });
    this.faults = { loss: 0, duplication: 0, latencyMsMax: 0.5, ...faults };
  }

  get now(): number {
    return this.clock.now();
  }

  /** Datagrams to everybody so far. */
  get multicasts(): number {
    return [...this.#multicasts.values()].reduce((sum, count) => sum + count, 0);
  }

  /** Those of one type of message. */
  multicastsOf(type: number): number {
    return this.#multicasts.get(type) ?? 0;
  }

  /** A peer of that name, or an observer, that has started. */
  join(name: string | undefined, options: Partial<PresenceOptions> = {}): Host {
    const record = name === undefined ? undefined : { name, endpoints: [], info: { name } };
    const at = this.hosts.length;
    const source = this.sourceAt(`10.${at >>> 8}.${at & 0xff}.1:5000`);
    const host = new Host(this, source, { record, places: placesOf(this), ...options });
    this.hosts.push(host);
    this.#byAddress.set(addressOf(source), host);
    host.feed({ type: 'start' });
    return host;
  }

  joinMany(count: number, options: Partial<PresenceOptions> = {}): Host[] {
    return Array.from({ length: count }, (_, at) => this.join(`peer ${at}`, options));
  }

  /** Sends to every host but the one at the source. */
  multicast(bytes: Uint8Array, source: Source): void {
    this.trace.push(`${this.now} ${source.id} ${Buffer.from(bytes).toString('hex')}`);
    this.multicastBytes += bytes.length;
    const type = bytes[TYPE_OFFSET]!;
    this.#multicasts.set(type, this.multicastsOf(type) + 1);
    const from = this.#byAddress.get(addressOf(source));
    for (const to of this.hosts)
      if (to.source.id !== source.id) this.#carry(bytes, source, from, to);
  }

  unicast(bytes: Uint8Array, source: Source, place: Source): void {
    this.trace.push(`${this.now} ${source.id} > ${place.id} ${Buffer.from(bytes).toString('hex')}`);
    const to = this.#byAddress.get(addressOf(place));
    if (to?.source.id !== place.id) return;
    this.#carry(bytes, source, this.#byAddress.get(addressOf(source)), to);
  }

  /** To one place; its host says so if nobody is there any more. */
  knock(bytes: Uint8Array, from: Host, place: Source): void {
    this.unicast(bytes, sourceAt(`${from.source.address}:${KNOCK_PORT}`), place);
    if (this.#byAddress.get(addressOf(place))?.state !== 'killed') return;
    const refusal = (): void => from.feed({ type: 'refused', source: place });
    this.clock.schedule(this.faults.latencyMsMax, refusal);
  }

  #isApart(host: Host | undefined): boolean {
    return host !== undefined && this.apart.has(host);
  }

  #carry(bytes: Uint8Array, source: Source, from: Host | undefined, to: Host): void {
    if (from?.state === 'cut off' || to.state === 'cut off') return;
    if (this.#isApart(from) !== this.#isApart(to)) return;
    if (this.random.next() < this.faults.loss) return;
    const copies = this.random.next() < this.faults.duplication ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      this.clock.schedule(this.random.next() * this.faults.latencyMsMax, () =>
        to.feed({ type: 'datagram', bytes, source }),
      );
    }
  }
}

/** Whoever sees a source may know no address: it is one of ours. */
function addressOf({ id }: Source): string {
  return id.split(':')[0]!;
}

/** `cut off`: neither hears nor is heard. `killed`: the process has ended, its host lives. */
type HostState = 'running' | 'suspended' | 'killed' | 'cut off';

export class Host {
  readonly id: string;
  readonly source: Source;
  readonly machine: PresenceMachine;
  readonly news: News[] = [];
  /** Has it nobody left to hear, as far as it knows, and what was it told of that? */
  readonly isolation: ('isolated' | 'online')[] = [];
  closed = false;
  readonly #net: PresenceNet;
  #state: HostState = 'running';
  readonly #inbox: PresenceInput[] = [];
  #wake = { cancel(): void {} };

  constructor(
    net: PresenceNet,
    source: Source,
    options: Partial<PresenceOptions> & { record: PeerRecord | undefined },
  ) {
    const { random } = net;
    this.#net = net;
    this.id = options.id ?? drawPeerId(random);
    this.source = source;
    this.machine = new PresenceMachine({ id: this.id, realm: REALM, random, ...options });
  }

  /** The names on its list, sorted. */
  get names(): string[] {
    return this.machine.peers.map((peer) => peer.record.name).toSorted();
  }

  get state(): HostState {
    return this.#state;
  }

  feed(input: PresenceInput): void {
    if (this.#state === 'killed') return;
    if (this.#state === 'suspended') {
      this.#inbox.push(input);
      return;
    }
    for (const effect of this.machine.step(input, this.#net.now)) this.#perform(effect);
    this.#arm();
  }

  /** Ends without a word. */
  kill(): void {
    this.#state = 'killed';
    this.#wake.cancel();
  }

  /** Its cable is pulled, or plugged in again. */
  cutOff(): void {
    this.#state = 'cut off';
  }

  plugIn(): void {
    this.#state = 'running';
  }

  /** Stands still; what arrives waits in its socket. */
  suspend(): void {
    this.#state = 'suspended';
  }

  /** Goes on: its timer has run out, then it reads what has arrived. */
  resume(): void {
    this.#state = 'running';
    this.feed({ type: 'wake' });
    for (const input of this.#inbox.splice(0)) this.feed(input);
  }

  #perform(effect: PresenceEffect): void {
    switch (effect.type) {
      case 'multicast':
        return this.#net.multicast(effect.bytes, this.source);
      case 'unicast':
        return this.#net.unicast(effect.bytes, this.source, effect.to);
      case 'knock':
        return this.#net.knock(effect.bytes, this, effect.to);
      case 'closed':
        this.closed = true;
        return;
      case 'isolated':
      case 'online':
        this.isolation.push(effect.type);
        return;
      case 'up':
      case 'update':
      case 'suspect':
      case 'clear':
      case 'down':
        this.news.push({ ...effect, at: this.#net.now });
    }
  }

  #arm(): void {
    this.#wake.cancel();
    const delayMs = this.machine.nextWakeAt - this.#net.now;
    this.#wake = this.#net.clock.schedule(delayMs, () => this.feed({ type: 'wake' }));
  }
}
