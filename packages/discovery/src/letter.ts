/** What `lobby.send()` puts on the wire: a letter from one peer to another. docs/security.md has the bytes. */

import { ByteReader } from '@mailslot/core/internal';
import { LRUCache } from 'lru-cache';

import type { SecurityMode } from './presence/message.ts';
import { PEER_ID_BYTES, type PeerKey, readPeerKey, writePeerKey } from './presence/peer-id.ts';
import type { Layout, Seal } from './presence/seal.ts';
import { ReplayWindow } from './replay-window.ts';

/** The letters of one peer: those it writes, and those it gets. */
export interface Letters {
  /** Is a letter worth anything by itself? Otherwise it counts only from where its sender was heard. */
  readonly proven: boolean;
  write(to: PeerKey, data: Uint8Array): Uint8Array;
  /** Who says to have written it; undefined if it is no letter to us. */
  senderOf(letter: Uint8Array): PeerKey | undefined;
  /** What it says, once, or why it says nothing. `signer`: the sender's public key, where letters are signed. */
  read(letter: Uint8Array, signer: Uint8Array | undefined): Uint8Array | 'forged' | 'repeated';
}

/** `stranger`: by nobody on the list, or no letter to us; `forged`: not by whom it says; `repeated`: read before. */
export type LetterDropReason = 'stranger' | 'forged' | 'repeated';

/** Sender and data, no more: anyone can write any sender. */
export class OpenLetters implements Letters {
  readonly proven = false;
  readonly #me: PeerKey;

  constructor(me: PeerKey) {
    this.#me = me;
  }

  write(_to: PeerKey, data: Uint8Array): Uint8Array {
    const letter = new Uint8Array(PEER_ID_BYTES + data.length);
    writePeerKey(this.#me, letter, 0);
    letter.set(data, PEER_ID_BYTES);
    return letter;
  }

  senderOf(letter: Uint8Array): PeerKey | undefined {
    return letter.length >= PEER_ID_BYTES ? readPeerKey(letter, 0) : undefined;
  }

  read(letter: Uint8Array): Uint8Array {
    return letter.subarray(PEER_ID_BYTES);
  }
}

/** What tells a sealed letter from an open one, which begins with an id and so with two bits that are 0. */
const SEALED = 0x80;

const TO_AT = 1;
const FROM_AT = TO_AT + PEER_ID_BYTES;
const NUMBER_AT = FROM_AT + PEER_ID_BYTES;
const NUMBER_BYTES = 6;
const HEAD_BYTES = NUMBER_AT + NUMBER_BYTES;

export const LETTER_LAYOUT: Layout = {
  headBytes: HEAD_BYTES,
  fromAt: FROM_AT,
  numberAt: NUMBER_AT,
  numberBytes: NUMBER_BYTES,
};

/**
 * Senders whose numbers are remembered: as many as a list has peers by default, at 300 bytes each once they have
 * written. Beyond it, letters of the one that wrote least recently could be repeated.
 */
export const LETTER_SENDERS_MAX = 16_384;

/** Bear the ids of both, a number, and what proves it all. */
export class SealedLetters implements Letters {
  readonly proven = true;
  readonly #me: PeerKey;
  readonly #kind: number;
  readonly #seal: Seal;
  /** Made for the first letter: a cache takes its room at once. */
  #windows: LRUCache<PeerKey, ReplayWindow> | undefined;
  #written = 0;

  constructor(me: PeerKey, mode: SecurityMode, seal: Seal) {
    this.#me = me;
    this.#kind = SEALED | mode;
    this.#seal = seal;
  }

  write(to: PeerKey, data: Uint8Array): Uint8Array {
    const letter = new Uint8Array(HEAD_BYTES + data.length + this.#seal.trailerBytes);
    letter[0] = this.#kind;
    writePeerKey(to, letter, TO_AT);
    writePeerKey(this.#me, letter, FROM_AT);
    const number = new DataView(letter.buffer, NUMBER_AT);
    number.setUint16(0, Math.floor(this.#written / 2 ** 32));
    number.setUint32(2, this.#written % 2 ** 32);
    this.#written++;
    letter.set(data, HEAD_BYTES);
    this.#seal.close(letter);
    return letter;
  }

  senderOf(letter: Uint8Array): PeerKey | undefined {
    if (letter.length < HEAD_BYTES + this.#seal.trailerBytes) return undefined;
    if (letter[0] !== this.#kind || readPeerKey(letter, TO_AT) !== this.#me) return undefined;
    return readPeerKey(letter, FROM_AT);
  }

  read(letter: Uint8Array, signer: Uint8Array | undefined): Uint8Array | 'forged' | 'repeated' {
    const data = this.#seal.open(letter, signer);
    if (data === undefined) return 'forged';
    return this.#isNew(letter) ? data : 'repeated';
  }

  /** Only what is proven gets here: nobody can move the window of another. */
  #isNew(letter: Uint8Array): boolean {
    const from = readPeerKey(letter, FROM_AT)!;
    const reader = new ByteReader(letter, NUMBER_AT);
    const number = reader.uint16('a number') * 2 ** 32 + reader.uint32('a number');
    this.#windows ??= new LRUCache({ max: LETTER_SENDERS_MAX });
    let window = this.#windows.get(from);
    if (window === undefined) {
      window = new ReplayWindow();
      this.#windows.set(from, window);
    }
    return window.admit(number);
  }
}
