/** Modes 1, 2 and 3: messages that only holders of a secret can make, that only they can read, that are signed. */

import { ByteReader } from '@mailslot/core/internal';

import { ownerPartFor, ownerPartOf } from './bound-id.ts';
import { encodeMessage, FLAG, HEADER_BYTES, type Message, type SecurityMode } from './message.ts';
import type { Proof, Protection, Unsealed } from './protection.ts';
import type { Layout, Seal, SignatureSeal } from './seal.ts';
import { readTlvHead, TLV } from './tlv.ts';

/** The header of a message, as seals see it. */
export const MESSAGE_LAYOUT: Layout = {
  headBytes: HEADER_BYTES,
  fromAt: 8,
  numberAt: 24,
  numberBytes: 4,
};

/** Modes 1 and 2: whoever has the secret is believed. */
export class SecretProtection implements Protection {
  readonly mode: SecurityMode;
  readonly publicKey: Uint8Array | undefined = undefined;
  readonly #seal: Seal;

  constructor(mode: 1 | 2, seal: Seal) {
    this.mode = mode;
    this.#seal = seal;
  }

  get overheadBytes(): number {
    return this.#seal.trailerBytes;
  }

  seal(message: Unsealed): Uint8Array {
    return sealMessage(message, this.mode, this.#seal);
  }

  open(_message: Message, datagram: Uint8Array): Proof | undefined {
    return proofBy(undefined, this.#seal.open(datagram, undefined));
  }
}

/** Mode 3: whoever has the secret is let in, and believed only in what it says of itself. */
export class IdentityProtection implements Protection {
  readonly mode = 3;
  readonly publicKey: Uint8Array;
  readonly #seal: SignatureSeal;
  /** By the part of an id that is bound to it. Undefined if anybody may sign. */
  readonly #trusted: ReadonlyMap<string, Uint8Array> | undefined;

  /** `trusted`: the only ones to be heard, ourselves included; undefined for all. */
  constructor(seal: SignatureSeal, publicKey: Uint8Array, trusted?: readonly Uint8Array[]) {
    this.#seal = seal;
    this.publicKey = publicKey;
    this.#trusted =
      trusted && new Map([publicKey, ...trusted].map((key) => [ownerPartFor(key), key]));
  }

  get overheadBytes(): number {
    return this.#seal.trailerBytes;
  }

  seal(message: Unsealed): Uint8Array {
    return sealMessage(message, this.mode, this.#seal);
  }

  open({ id }: Message, datagram: Uint8Array, known: Uint8Array | undefined): Proof | undefined {
    const signer = this.#trusted === undefined ? known : this.#trusted.get(ownerPartOf(id));
    if (signer !== undefined) return proofBy(signer, this.#seal.open(datagram, signer));
    if (this.#trusted !== undefined) return undefined;
    const body = this.#seal.openUnsigned(datagram);
    const claimed = body && publicKeyIn(body);
    if (claimed === undefined) return proofBy(undefined, body);
    if (ownerPartFor(claimed) !== ownerPartOf(id)) return undefined;
    return proofBy(claimed, this.#seal.open(datagram, claimed));
  }
}

function proofBy(signer: Uint8Array | undefined, body: Uint8Array | undefined): Proof | undefined {
  return body && { body, signer };
}

function sealMessage(message: Unsealed, mode: SecurityMode, seal: Seal): Uint8Array {
  const flags = (message.flags & ~FLAG.SECURITY) | (mode << SECURITY_SHIFT);
  const bytes = encodeMessage({ ...message, flags, trailer: new Uint8Array(seal.trailerBytes) });
  seal.close(bytes);
  return bytes;
}

const SECURITY_SHIFT = 4;

/** The PUBKEY in a body: a copy. Throws a `DecodeError` for a body that is malformed. */
function publicKeyIn(body: Uint8Array): Uint8Array | undefined {
  const reader = new ByteReader(body);
  while (reader.remaining > 0) {
    const { type, length } = readTlvHead(reader);
    const value = reader.bytes(length, 'a value');
    if (type === TLV.PUBKEY) return value.slice();
  }
  return undefined;
}
