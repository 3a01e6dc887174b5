/**
 * What passes is worth hearing: a message of our service, from somebody whom {@link Admission} lets speak, which proves
 * what it should. The cheap questions come first, so that a flood costs little.
 */

import type { Source } from '@mailslot/core/internal';

import type { Admission } from './admission.ts';
import type { Announcer } from './announcer.ts';
import type { Drops } from './drops.ts';
import { decodeMessage, type Message, screenMessage, TYPE } from './message.ts';
import type { PeerKey } from './peer-id.ts';
import type { Protection } from './protection.ts';
import type { Peer, Roster } from './roster.ts';

/** Places of strangers that are told apart, at most. */
export const REFUSED_MAX = 1024;

/** A message that has passed the gate. */
export interface Heard {
  /** With its body in plain. */
  readonly message: Message;
  /** Whose name it bears, if that peer is listed. */
  readonly peer: Peer | undefined;
  readonly source: Source;
  /** Whose key it proved to be signed with. */
  readonly signer: Uint8Array | undefined;
  /** As it came. */
  readonly bytes: Uint8Array;
}

export interface GateOptions {
  readonly self: PeerKey;
  readonly realm: number;
  readonly roster: Roster;
  readonly announcer: Announcer;
  readonly protection: Protection;
  readonly admission: Admission;
  readonly drops: Drops;
}

export class Gate {
  readonly #options: GateOptions;
  /** Places that messages came from which do not prove what they should. */
  readonly #refused = new Set<string>();

  constructor(options: GateOptions) {
    this.#options = options;
  }

  /** Places, {@link REFUSED_MAX} at most, of messages that were refused because they do not prove what they should. */
  get strangers(): number {
    return this.#refused.size;
  }

  /** Reads a datagram. Undefined if it does not pass, which is counted. Throws only a `DecodeError`, uncounted. */
  pass(bytes: Uint8Array, source: Source, now: number): Heard | undefined {
    const { realm, protection, drops } = this.#options;
    const mismatch = screenMessage(bytes, realm, protection.mode);
    if (mismatch === undefined) return this.#judge(decodeMessage(bytes), bytes, source, now);
    if (mismatch === 'security') this.#refuse(source);
    else drops.count(mismatch);
    return undefined;
  }

  #judge(message: Message, bytes: Uint8Array, source: Source, now: number): Heard | undefined {
    const { roster, protection, drops } = this.#options;
    if (this.#isEcho(message)) {
      drops.count('echo');
      return undefined;
    }
    const peer = roster.get(message.id);
    if (!this.#admits(source, peer, now)) {
      drops.count('limit');
      return undefined;
    }
    const proof = protection.open(message, bytes, peer?.publicKey);
    if (proof === undefined) {
      this.#refuse(source);
      return undefined;
    }
    const { body, signer } = proof;
    const plain = body === message.body ? message : { ...message, body };
    return { message: plain, peer, source, signer, bytes };
  }

  /** What we have said ourselves. All else in our name is news. */
  #isEcho({ id, type, sequence }: Message): boolean {
    const { self, announcer } = this.#options;
    return id === self && type !== TYPE.BYE && !announcer.isForeign(sequence);
  }

  #admits(source: Source, peer: Peer | undefined, now: number): boolean {
    const { admission, protection } = this.#options;
    if (!admission.admit(source, peer, now)) return false;
    const unproven = peer === undefined || peer.standing === 'stranger';
    return protection.mode !== 3 || !unproven || admission.admitSignature(now);
  }

  #refuse({ id }: Source): void {
    this.#options.drops.count('security');
    if (this.#refused.size < REFUSED_MAX) this.#refused.add(id);
  }
}
