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
import { realmOf } from '../../src/presence/message.ts';
import { drawPeerId } from '../../src/presence/peer-id.ts';
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

/** One thing that a machine reported, and when. */
export interface News {
  readonly type: 'up' | 'update' | 'down';
  readonly peer: PeerView;
  readonly reason?: DepartureReason;
  readonly at: number;
}

export const REALM = realmOf('WORKGROUP', 'tanks');

export class PresenceNet {
  readonly clock = new VirtualClock();
  readonly random: Random;
  readonly hosts: Host[] = [];
  /** Every datagram on the segment, as text: equal traces, equal runs. */
  readonly trace: string[] = [];
  multicastBytes = 0;
  faults: NetFaults;

  constructor(seed: number, faults: Partial<NetFaults> = {}) {
    this.random = seededRandom(seed);
    this.faults = { loss: 0, duplication: 0, latencyMsMax: 0.5, ...faults };
  }

  get now(): number {
    return this.clock.now();
  }

  /** A peer of that name, or an observer, that has started. */
  join(name: string | undefined, options: Partial<PresenceOptions> = {}): Host {
    const record = name === undefined ? undefined : { name, endpoints: [], info: { name } };
    const source = sourceAt(`10.0.${this.hosts.length}.1:5000`);
    const host = new Host(this, source, { record, ...options });
    this.hosts.push(host);
    host.feed({ type: 'start' });
    return host;
  }

  joinMany(count: number): Host[] {
    return Array.from({ length: count }, (_, at) => this.join(`peer ${at}`));
  }

  /** Sends to every host but the one at the source. */
  multicast(bytes: Uint8Array, source: Source): void {
    this.trace.push(`${this.now} ${source.id} ${Buffer.from(bytes).toString('hex')}`);
    this.multicastBytes += bytes.length;
    for (const host of this.hosts)
      if (host.source.id !== source.id) this.#carry(bytes, source, host);
  }

  unicast(bytes: Uint8Array, source: Source, to: Source): void {
    this.trace.push(`${this.now} ${source.id} > ${to.id} ${Buffer.from(bytes).toString('hex')}`);
    for (const host of this.hosts) if (host.source.id === to.id) this.#carry(bytes, source, host);
  }

  #carry(bytes: Uint8Array, source: Source, to: Host): void {
    if (this.random.next() < this.faults.loss) return;
    const copies = this.random.next() < this.faults.duplication ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      this.clock.schedule(this.random.next() * this.faults.latencyMsMax, () =>
        to.feed({ type: 'datagram', bytes, source }),
      );
    }
  }
}

export class Host {
  readonly id: string;
  readonly source: Source;
  readonly machine: PresenceMachine;
  readonly news: News[] = [];
  closed = false;
  readonly #net: PresenceNet;
  #state: 'running' | 'suspended' | 'killed' = 'running';
  readonly #inbox: PresenceInput[] = [];
  #wake = { cancel(): void {} };

  constructor(
    net: PresenceNet,
    source: Source,
    options: Partial<PresenceOptions> & { record: PeerRecord | undefined },
  ) {
    const { random } = net;
    this.#net = net;
    this.id = drawPeerId(random);
    this.source = source;
    this.machine = new PresenceMachine({ id: this.id, realm: REALM, random, ...options });
  }

  /** The names on its list, sorted. */
  get names(): string[] {
    return this.machine.peers.map((peer) => peer.record.name).toSorted();
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
      case 'closed':
        this.closed = true;
        return;
      case 'up':
      case 'update':
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
