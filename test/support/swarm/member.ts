/** One process of a swarm: a presence machine, on a host with a clock of its own. */

import type { Timer } from '@mailslot/core';
import type { Source } from '@mailslot/core/internal';
import type { Port } from '@mailslot/core/testing';
import {
  drawPeerId,
  type PeerKey,
  peerKeyOf,
  type PeerRecord,
  type PresenceEffect,
  type PresenceInput,
  PresenceMachine,
  type Tuning,
} from '@mailslot/discovery/internal';

import { Calm } from './calm.ts';
import { type Packet, packetOf } from './packet.ts';
import { REALM } from './realm.ts';
import type { Swarm } from './swarm.ts';

export interface MemberOptions {
  /** Which computer it runs on, counted from 0. Default: one of its own. */
  readonly host?: number;
  /** It looks on and is not listed. Default false. */
  readonly observer?: boolean;
  readonly tuning?: Partial<Tuning>;
}

/** A socket that knocks is heard for this long. */
const KNOCK_MS = 1000;

/** Knocks come from ports that nobody listens at. */
const EPHEMERAL_PORT = 60_000;

export class Member {
  readonly name: string;
  readonly id: string;
  readonly key: PeerKey;
  readonly isObserver: boolean;
  readonly host: number;
  readonly source: Source;
  readonly #knocker: Source;
  readonly machine: PresenceMachine;
  /** What its computer suffers. */
  readonly calm = new Calm();
  readonly joinedAt: number;
  /** When it left or died; `Infinity` as long as it lives. True time, like all times here. */
  goneAt = Infinity;
  readonly #swarm: Swarm;
  readonly #port: Port<Packet>;
  readonly #knockedAt = new Map<string, number>();
  #revision = 0;
  #packet: Packet | undefined;
  #wake: Timer | undefined;
  #wakeAt = Infinity;

  /** Number counts the members of a swarm, from 0. */
  constructor(swarm: Swarm, number: number, options: MemberOptions = {}) {
    const { host = number, observer = false, tuning } = options;
    const { random, protection } = swarm;
    this.#swarm = swarm;
    this.name = `${observer ? 'O' : 'P'}${number}`;
    this.id = drawPeerId(random);
    this.key = peerKeyOf(this.id);
    this.isObserver = observer;
    this.host = host;
    this.joinedAt = swarm.clock.now();
    this.source = swarm.addresses.source(host, 5000 + number);
    this.#knocker = swarm.addresses.source(host, EPHEMERAL_PORT);
    this.machine = new PresenceMachine({
      id: this.id,
      realm: REALM,
      record: observer ? undefined : this.#record(),
      random,
      places: swarm.addresses,
      ...(protection && { protection }),
      ...swarm.tuning,
      ...tuning,
    });
    this.#port = swarm.attach(host, this.source, {
      receive: (packet) => this.#receive(packet),
      refused: (by) => this.#refused(by),
      plugged: (plugged) => plugged && this.feed({ type: 'rejoin' }),
    });
  }

  /** It runs, or would if its computer were not suspended. */
  get isPresent(): boolean {
    return this.goneAt === Infinity;
  }

  start(): void {
    this.feed({ type: 'start' });
  }

  update(): void {
    this.#revision++;
    this.feed({ type: 'update', record: this.#record() });
  }

  /** Says goodbye. */
  leave(): void {
    this.goneAt = this.#swarm.clock.now();
    this.feed({ type: 'close' });
  }

  /** Its process is gone, without a word; its computer lives. */
  kill(): void {
    this.goneAt = Math.min(this.goneAt, this.#swarm.clock.now());
    this.#wake?.cancel();
    this.#wakeAt = Infinity;
    this.#swarm.segment.detach(this.#port);
  }

  feed(input: PresenceInput): void {
    if (!this.#port.isOpen) return;
    const { machine } = this;
    const effects = machine.step(input, this.#port.host.clock.now());
    for (const effect of effects) this.#perform(effect);
    this.#swarm.stepped(this, input, this.#packet);
    this.#arm();
  }

  #receive(packet: Packet): void {
    this.#packet = packet;
    this.feed({ type: 'datagram', bytes: packet.bytes, source: packet.source });
    this.#packet = undefined;
  }

  #refused(by: Port<Packet>): void {
    const source = this.#swarm.sourceOf(by);
    const knockedAt = this.#knockedAt.get(source.id) ?? -Infinity;
    // Only a connected socket is told, and that is closed soon.
    if (this.#swarm.clock.now() - knockedAt <= KNOCK_MS) this.feed({ type: 'refused', source });
  }

  #perform(effect: PresenceEffect): void {
    switch (effect.type) {
      case 'multicast':
        return this.#send(effect.bytes, this.source, undefined);
      case 'unicast':
        return this.#send(effect.bytes, this.source, effect.to);
      case 'knock':
        this.#knockedAt.set(effect.to.id, this.#swarm.clock.now());
        return this.#send(effect.bytes, this.#knocker, effect.to);
      case 'closed':
        return this.kill();
      case 'isolated':
      case 'online':
        return;
      case 'up':
      case 'update':
      case 'suspect':
      case 'clear':
      case 'down':
        return this.#swarm.told(this, effect);
    }
  }

  #send(bytes: Uint8Array, source: Source, to: Source | undefined): void {
    this.#swarm.send(this.#port, packetOf(bytes, source, to));
  }

  /** A timer that is set for earlier stays: to ring in vain costs less than to move it. */
  #arm(): void {
    const { nextWakeAt } = this.machine;
    if (nextWakeAt >= this.#wakeAt || !this.#port.isOpen) return;
    this.#wake?.cancel();
    const { clock } = this.#port.host;
    this.#wakeAt = nextWakeAt;
    this.#wake = clock.schedule(nextWakeAt - clock.now(), () => this.#ring());
  }

  #ring(): void {
    const early = this.machine.nextWakeAt > this.#wakeAt;
    this.#wakeAt = Infinity;
    if (early) this.#arm();
    else this.feed({ type: 'wake' });
  }

  #record(): PeerRecord {
    return {
      name: this.name,
      endpoints: [{ port: 4711 }],
      info: { map: 'dunes', seats: this.#revision },
    };
  }
}
