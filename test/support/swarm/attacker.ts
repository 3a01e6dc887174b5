/** Somebody on the segment who means harm, and knows what anybody there can: what goes to all. */

import type { Source } from '@mailslot/core/internal';
import type { Port } from '@mailslot/core/testing';
import {
  encodeMessage,
  encodeRecord,
  FLAG,
  type Message,
  type PeerKey,
  TYPE,
} from '@mailslot/discovery/internal';

import type { Member } from './member.ts';
import { type Packet, packetOf } from './packet.ts';
import { REALM } from './realm.ts';
import type { Swarm } from './swarm.ts';

/** Computers that nobody has: an attacker's own, and those that it invents. */
const OWN_HOST = 0xff_0000;
const INVENTED_HOST = 0x80_0000;

const HEARD_MAX = 256;
const ID_BYTES = 16;
const EMPTY = new Uint8Array();

export interface FloodOptions {
  readonly perSecond: number;
  readonly durationMs: number;
  /** Addresses that it writes on its datagrams, by turns; 1 for its own alone. */
  readonly addresses: number;
  /** Datagrams of each invented peer. Default 1. */
  readonly repeats?: number;
}

export class Attacker {
  readonly #swarm: Swarm;
  readonly #port: Port<Packet>;
  readonly #source: Source;
  readonly #body: Uint8Array;
  /** The last that went to all. */
  readonly #heard: Packet[] = [];

  constructor(swarm: Swarm) {
    this.#swarm = swarm;
    this.#source = swarm.addresses.source(OWN_HOST, 6666);
    this.#body = encodeRecord({ name: 'Eve', endpoints: [], info: undefined });
    this.#port = swarm.attach(OWN_HOST, this.#source, {
      receive: (packet) => {
        this.#heard.push(packet);
        if (this.#heard.length > HEARD_MAX) this.#heard.shift();
      },
    });
  }

  /** Announces invented peers, at a rate. */
  flood({ perSecond, durationMs, addresses, repeats = 1 }: FloodOptions): void {
    const { random, segment } = this.#swarm;
    this.#swarm.flooded = true;
    let id = '';
    segment.flood({ perSecond, durationMs }, (index) => {
      if (index % repeats === 0) id = invented(random.bytes(ID_BYTES));
      const host = INVENTED_HOST + (Math.trunc(index / repeats) % addresses);
      const source = addresses === 1 ? this.#source : this.#swarm.addresses.invented(host, 6666);
      const sequence = 1 + (index % repeats);
      this.#send({ type: TYPE.ANNOUNCE, flags: FLAG.FULL, id, sequence, body: this.#body }, source);
    });
  }

  /** Says goodbye in the name of a member; from its place, if the network lets a source be forged. */
  forgeGoodbye(victim: Member, source: Source = this.#source): void {
    const heard = this.#heard.findLast(({ from }) => from === victim.key);
    if (heard === undefined) return;
    const sequence = (sequenceOf(heard.bytes) + 1) >>> 0;
    this.#send({ type: TYPE.BYE, flags: 0, id: victim.key, sequence, body: EMPTY }, source);
  }

  /** Sends again what it has heard, all of it. Whoever has gone may seem to live to those who missed its last words. */
  replay(): void {
    this.#swarm.replayed = true;
    this.#swarm.calm.blip(this.#swarm.clock.now());
    for (const { bytes } of this.#heard) {
      this.#swarm.carry(this.#port, packetOf(bytes, this.#source, undefined));
    }
  }

  #send(
    parts: Pick<Message, 'type' | 'flags' | 'sequence' | 'body'> & { readonly id: PeerKey },
    source: Source,
  ): void {
    const { protection, random } = this.#swarm;
    const bytes = encodeMessage({
      intervalCode: 16,
      realm: REALM,
      revision: 0,
      groupCount: 1,
      ...parts,
      flags: parts.flags | ((protection?.mode ?? 0) << 4),
      // Without the key, a tag is a guess.
      trailer: random.bytes(protection?.overheadBytes ?? 0),
    });
    this.#swarm.carry(this.#port, packetOf(bytes, source, undefined));
  }
}

/** A key of random bytes. */
function invented(bytes: Uint8Array): PeerKey {
  return String.fromCharCode(bytes[0]! & 0x3f, ...bytes.subarray(1));
}

function sequenceOf(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(24);
}
