/**
 * Thousands of peers that only say that they are there: they announce by the code of the product, and keep no list. For
 * those who do keep one they cannot be told from real ones, and 10 000 lists of 10 000 peers fit no memory.
 */

import type { Source } from '@mailslot/core/internal';
import type { Port } from '@mailslot/core/testing';
import {
  decodeMessage,
  encodeMessage,
  encodeRecord,
  FLAG,
  type Message,
  type PeerKey,
  presets,
  TYPE,
} from '@mailslot/discovery/internal';

import { FULL_BEAT_SHARE } from '../../../packages/discovery/src/presence/constants.ts';
import {
  beatDelayFactor,
  budgetIntervalMs,
  intervalCodeOf,
} from '../../../packages/discovery/src/presence/interval.ts';
import { Load } from '../../../packages/discovery/src/presence/load.ts';
import { decodeProbe } from '../../../packages/discovery/src/presence/probe.ts';
import { type Packet, packetOf } from './packet.ts';
import { REALM } from './realm.ts';
import type { Swarm } from './swarm.ts';

const CROWD_HOST = 0x40_0000;
const ANSWER_OFFSETS_MS = [5, 40];
const EMPTY = new Uint8Array();

interface Emitter {
  readonly key: PeerKey;
  readonly source: Source;
  readonly record: Uint8Array;
  sequence: number;
  groupCount: number;
}

export class Crowd {
  readonly #swarm: Swarm;
  readonly #port: Port<Packet>;
  readonly #emitters = new Map<PeerKey, Emitter>();
  readonly #bySource = new Map<string, Emitter>();
  readonly #load = new Load();
  /** Peers of the group, these included. */
  readonly #peers: () => number;

  constructor(swarm: Swarm, peers: () => number) {
    this.#swarm = swarm;
    this.#peers = peers;
    // One port for all, so that a multicast is heard once; what is for one of them alone says so.
    this.#port = swarm.attach(CROWD_HOST, swarm.addresses.source(CROWD_HOST, 1), {
      receive: (packet) => this.#hear(packet),
    });
  }

  get size(): number {
    return this.#emitters.size;
  }

  get keys(): IterableIterator<PeerKey> {
    return this.#emitters.keys();
  }

  /** Adds emitters, whose first beats come within their first interval. */
  add(count: number): void {
    const { random, addresses, clock } = this.#swarm;
    for (let number = this.size, end = number + count; number < end; number++) {
      const bytes = random.bytes(16);
      const key = String.fromCharCode(bytes[0]! & 0x3f, ...bytes.subarray(1));
      const source = addresses.source(CROWD_HOST + 1 + number, 5000);
      const name = `E${number}`;
      const record = encodeRecord({
        name,
        endpoints: [{ port: 4711 }],
        info: { map: 'dunes', seats: 0 },
      });
      const emitter = { key, source, record, sequence: 0, groupCount: 0 };
      this.#emitters.set(key, emitter);
      this.#bySource.set(source.id, emitter);
      this.#swarm.reach(source, this.#port);
      clock.schedule(random.next() * this.#intervalMs, () => this.#beat(emitter));
    }
  }

  get #intervalMs(): number {
    const tuning = { ...presets.lan(), ...this.#swarm.tuning };
    const members = this.#peers();
    return budgetIntervalMs({ members, residents: members }, this.#load.bytesPerBeat, tuning);
  }

  #beat(emitter: Emitter): void {
    const { random, clock } = this.#swarm;
    const full = random.next() < FULL_BEAT_SHARE;
    this.#announce(emitter, full ? FLAG.FULL : 0, undefined);
    clock.schedule(this.#intervalMs * beatDelayFactor(random), () => this.#beat(emitter));
  }

  #hear({ bytes, source, to }: Packet): void {
    const { flags, type, body }: Message = decodeMessage(bytes);
    if (to === undefined && type === TYPE.PROBE) {
      const subject = this.#emitters.get(decodeProbe(body)?.key ?? '');
      if (subject !== undefined) this.#answerProbe(subject);
    } else if (to !== undefined) {
      const asked = this.#bySource.get(to.id);
      if (asked === undefined) return;
      if (type === TYPE.PROBE) this.#answerProbe(asked);
      else if ((flags & FLAG.WANT) !== 0) this.#announce(asked, FLAG.FULL | FLAG.DIRECT, source);
    }
  }

  #answerProbe(emitter: Emitter): void {
    for (const offsetMs of ANSWER_OFFSETS_MS) {
      this.#swarm.clock.schedule(offsetMs, () => this.#announce(emitter, 0, undefined));
    }
  }

  #announce(emitter: Emitter, flags: number, to: Source | undefined): void {
    emitter.sequence++;
    if (to === undefined) emitter.groupCount = (emitter.groupCount + 1) & 0xffff;
    const bytes = encodeMessage({
      type: TYPE.ANNOUNCE,
      flags,
      intervalCode: intervalCodeOf(this.#intervalMs),
      realm: REALM,
      id: emitter.key,
      sequence: emitter.sequence,
      revision: 0,
      groupCount: emitter.groupCount,
      body: (flags & FLAG.FULL) === 0 ? EMPTY : emitter.record,
      trailer: EMPTY,
    });
    if (to === undefined) this.#load.announced(bytes.length);
    this.#swarm.send(this.#port, packetOf(bytes, emitter.source, to));
  }
}
