/** A group that is at ease, and an attacker beside it who hears all that is said and may say anything. */

import type { Source } from '@mailslot/core/internal';

import {
  decodeMessage,
  type Message,
  type SecurityMode,
  TYPE,
} from '../../src/presence/message.ts';
import { type PeerKey, peerKeyOf } from '../../src/presence/peer-id.ts';
import type { Unsealed } from '../../src/presence/protection.ts';
import { encodeRecord } from '../../src/presence/record.ts';
import { TLV } from '../../src/presence/tlv.ts';
import type { Security } from '../../src/security.ts';
import { type Host, PresenceNet, REALM } from './presence-net.ts';
import { OTHER_SECRET, peerIn, SECRET } from './security.ts';
import { sourceAt } from './sources.ts';

/** What the attacker has: in mode 3 a holder of the secret has an identity too, but nobody else's. */
export type Attacker = 'stranger' | 'holder';

/** One datagram as it passed. */
export interface Recording {
  readonly bytes: Uint8Array;
  readonly from: Source;
  /** Undefined if it went to all. */
  readonly to: string | undefined;
}

/** Where the attacker is. */
export const LAIR: Source = sourceAt('10.66.6.6:6666');

const NOTHING = new Uint8Array();

export class Scene {
  readonly net: PresenceNet;
  readonly mode: SecurityMode;
  readonly #members: readonly Security[];
  readonly #attackers: Readonly<Record<Attacker, Security>>;
  #arrived = 0;

  private constructor(
    mode: SecurityMode,
    members: readonly Security[],
    attackers: Readonly<Record<Attacker, Security>>,
  ) {
    this.mode = mode;
    this.net = new PresenceNet(mode + 1);
    this.#members = members;
    this.#attackers = attackers;
  }

  /** Nobody is there yet. */
  static async set(mode: SecurityMode): Promise<Scene> {
    const members = await Promise.all([1, 2, 3, 4].map((number) => peerIn(mode, number)));
    const stranger = await peerIn(mode, 9, OTHER_SECRET);
    const holder = await peerIn(mode, 9, SECRET);
    return new Scene(mode, members, { stranger, holder });
  }

  /** The next of four comes in; or, by its number from 1, one that was there before comes again. */
  enter(name: string, number: number = ++this.#arrived): Host {
    const { protection, drawId } = this.#members[number - 1]!;
    const id = drawId(this.net.random, this.net.clock.wallTime());
    return this.net.join(name, { id, protection });
  }

  /** Lets time pass, then forgets what was reported until now. */
  settle(ms: number): void {
    this.net.clock.advance(ms);
    for (const host of this.net.hosts) host.news.length = 0;
  }

  /** Everything that has passed until now. */
  recordings(): Recording[] {
    return this.net.trace.map(recordingIn);
  }

  /** What a host was told since, such as `down Ann: goodbye`. */
  newsOf(host: Host): string[] {
    return host.news.map(({ type, peer, reason }) =>
      [`${type} ${peer.record.name}`, reason].filter(Boolean).join(': '),
    );
  }

  /** A message that the attacker makes up in the name of a host, newer by `ahead` than all that was heard of it. */
  forge(by: Attacker, victim: Host, parts: Partial<Unsealed> = {}, ahead: number = 1): Uint8Array {
    const id = peerKeyOf(victim.id);
    return this.seal(by, { id, sequence: this.lastOf(victim) + ahead, ...parts });
  }

  /** An id of the attacker's own. */
  idOf(by: Attacker): PeerKey {
    return peerKeyOf(this.#attackers[by].drawId(this.net.random, this.net.clock.wallTime()));
  }

  /** Any message of the attacker's. */
  seal(by: Attacker, parts: Partial<Unsealed> & { readonly id: PeerKey }): Uint8Array {
    return this.#attackers[by].protection.seal({
      type: TYPE.ANNOUNCE,
      flags: 0,
      intervalCode: 16,
      realm: REALM,
      sequence: 1,
      revision: 0,
      groupCount: 1,
      body: NOTHING,
      ...parts,
    });
  }

  /** A full announcement's body, with the attacker's public key if it has one. */
  bodyOf(by: Attacker, name: string): Uint8Array {
    const record = encodeRecord({ name, endpoints: [], info: null });
    const { publicKey } = this.#attackers[by].protection;
    if (publicKey === undefined) return record;
    return Buffer.concat([record, Uint8Array.of(TLV.PUBKEY, publicKey.length), publicKey]);
  }

  /** What a message of the attacker's own protection says. */
  read(by: Attacker, bytes: Uint8Array): Message | undefined {
    const message = decodeMessage(bytes);
    const proof = this.#attackers[by].protection.open(message, bytes, undefined);
    return proof && { ...message, body: proof.body };
  }

  /** The last number that a host has sent. */
  lastOf(host: Host): number {
    const { address } = host.source;
    const line = this.net.trace.findLast((line) => line.split(' ')[1]!.startsWith(`${address}:`));
    return line === undefined ? 0 : decodeMessage(recordingIn(line).bytes).sequence;
  }

  /** Puts a datagram on the wire, for all. */
  inject(bytes: Uint8Array, from: Source = LAIR): void {
    this.net.multicast(bytes, from);
  }

  /** The same, but one hears it before anybody can object. */
  tell(first: Host, bytes: Uint8Array, from: Source = LAIR): void {
    first.feed({ type: 'datagram', bytes, source: from });
    this.inject(bytes, from);
  }
}

/** One line of a trace. */
function recordingIn(line: string): Recording {
  const words = line.split(' ');
  const bytes = new Uint8Array(Buffer.from(words.at(-1)!, 'hex'));
  return { bytes, from: sourceAt(words[1]!), to: words[2] === '>' ? words[3] : undefined };
}
