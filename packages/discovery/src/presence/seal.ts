/**
 * Three ways to prove who made some bytes: a tag, a tag of an encryption, a tag and a signature. They know where an id
 * and a number stand, and nothing else of what they seal.
 */

import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  type KeyObject,
  timingSafeEqual,
} from 'node:crypto';

import { LRUCache } from 'lru-cache';

import { type Identity, signBy, verifyBy } from '../identity.ts';
import { PEER_ID_BYTES } from './peer-id.ts';

/** Bytes to be sealed: a head in the clear, a body, room for a trailer. */
export interface Layout {
  readonly headBytes: number;
  /** Where the sender's id stands in the head. */
  readonly fromAt: number;
  /** Where the number stands that this sender never gives twice, and its octets. */
  readonly numberAt: number;
  readonly numberBytes: number;
}

export interface Seal {
  readonly trailerBytes: number;
  /** Fills in the trailer, over all that stands before it. Where bodies are secret, encrypts the body too. */
  close(bytes: Uint8Array): void;
  /**
   * The body in plain, or undefined for a forgery; the bytes stay as they are. `signer`: the public key that must have
   * signed them, where things are signed.
   */
  open(bytes: Uint8Array, signer: Uint8Array | undefined): Uint8Array | undefined;
}

/** An HMAC-SHA256 of 32 octets, cut in half as RFC 2104 section 5 allows. */
export const TAG_BYTES = 16;

const SIGNATURE_BYTES = 64;

/** Proves that a holder of the key made them. */
export class TagSeal implements Seal {
  readonly trailerBytes: number = TAG_BYTES;
  readonly #key: KeyObject;
  readonly #layout: Layout;

  constructor(key: KeyObject, layout: Layout) {
    this.#key = key;
    this.#layout = layout;
  }

  close(bytes: Uint8Array): void {
    const tagAt = bytes.length - TAG_BYTES;
    bytes.set(this.#digest(bytes, tagAt).subarray(0, TAG_BYTES), tagAt);
  }

  open(bytes: Uint8Array): Uint8Array | undefined {
    const tagAt = bytes.length - TAG_BYTES;
    if (!isTag(bytes.subarray(tagAt), this.#digest(bytes, tagAt))) return undefined;
    return bytes.subarray(this.#layout.headBytes, tagAt);
  }

  #digest(bytes: Uint8Array, tagAt: number): Uint8Array {
    return createHmac('sha256', this.#key).update(bytes.subarray(0, tagAt)).digest();
  }
}

/** As AES-GCM wants it. */
const NONCE_BYTES = 12;

/** The block counter of HKDF-Expand: one block is all that a key needs. */
const FIRST_BLOCK = Uint8Array.of(1);

/**
 * Proves the same, and hides the body: AES-256-GCM, the head as additional data. Each sender has a key of its own, so
 * its number is a nonce that never comes twice. That key is derived each time: at 2 µs it is not worth a cache that
 * forged ids could fill.
 */
export class CipherSeal implements Seal {
  readonly trailerBytes: number = TAG_BYTES;
  readonly #key: KeyObject;
  readonly #layout: Layout;

  constructor(key: KeyObject, layout: Layout) {
    this.#key = key;
    this.#layout = layout;
  }

  close(bytes: Uint8Array): void {
    const { headBytes } = this.#layout;
    const tagAt = bytes.length - TAG_BYTES;
    const cipher = createCipheriv('aes-256-gcm', this.#keyOf(bytes), this.#nonceOf(bytes));
    cipher.setAAD(bytes.subarray(0, headBytes));
    bytes.set(cipher.update(bytes.subarray(headBytes, tagAt)), headBytes);
    cipher.final();
    bytes.set(cipher.getAuthTag(), tagAt);
  }

  open(bytes: Uint8Array): Uint8Array | undefined {
    const { headBytes } = this.#layout;
    const tagAt = bytes.length - TAG_BYTES;
    const decipher = createDecipheriv('aes-256-gcm', this.#keyOf(bytes), this.#nonceOf(bytes));
    decipher.setAAD(bytes.subarray(0, headBytes));
    decipher.setAuthTag(bytes.subarray(tagAt));
    const body = decipher.update(bytes.subarray(headBytes, tagAt));
    try {
      decipher.final();
    } catch {
      return undefined;
    }
    return new Uint8Array(body.buffer, body.byteOffset, body.length);
  }

  /** HKDF-Expand of the key, with the sender's id as its purpose. */
  #keyOf(bytes: Uint8Array): Uint8Array {
    const { fromAt } = this.#layout;
    const id = bytes.subarray(fromAt, fromAt + PEER_ID_BYTES);
    return createHmac('sha256', this.#key).update(id).update(FIRST_BLOCK).digest();
  }

  #nonceOf(bytes: Uint8Array): Uint8Array {
    const { numberAt, numberBytes } = this.#layout;
    const nonce = new Uint8Array(NONCE_BYTES);
    nonce.set(bytes.subarray(numberAt, numberAt + numberBytes), NONCE_BYTES - numberBytes);
    return nonce;
  }
}

/** Signatures that need not be verified again: 200 bytes each. More than a large group says in a minute. */
export const VERIFIED_MAX = 4096;

/**
 * Proves that a holder of the key passed them on, and that the owner of an identity made them for holders of this key.
 * The tag covers the signature too. So whoever lacks the key can make nothing that a signature must be verified for,
 * which takes forty times as long; and since what was verified is remembered, repeating what others made costs no more
 * than a tag.
 */
export class SignatureSeal implements Seal {
  readonly trailerBytes: number = TAG_BYTES + SIGNATURE_BYTES;
  readonly #key: KeyObject;
  readonly #identity: Identity;
  readonly #layout: Layout;
  /** Signers by what they signed: the public key, and the whole HMAC that the tag is half of, an octet a character. */
  #verified: LRUCache<string, string> | undefined;

  constructor(key: KeyObject, identity: Identity, layout: Layout) {
    this.#key = key;
    this.#identity = identity;
    this.#layout = layout;
  }

  close(bytes: Uint8Array): void {
    const { signed, tag, signature } = this.#partsOf(bytes);
    signature.set(signBy(this.#identity, this.#hmac(signed)));
    tag.set(this.#hmac(signed, signature).subarray(0, TAG_BYTES));
  }

  open(bytes: Uint8Array, signer: Uint8Array | undefined): Uint8Array | undefined {
    const hmac = this.#admit(bytes);
    if (hmac === undefined || signer === undefined) return undefined;
    return this.#isSigned(bytes, signer, hmac) ? this.#bodyOf(bytes) : undefined;
  }

  /** The body, if a holder of the key passed it on, whoever has signed it. */
  openUnsigned(bytes: Uint8Array): Uint8Array | undefined {
    return this.#admit(bytes) === undefined ? undefined : this.#bodyOf(bytes);
  }

  /** The whole HMAC, if the tag is right. */
  #admit(bytes: Uint8Array): string | undefined {
    const { signed, tag, signature } = this.#partsOf(bytes);
    const hmac = this.#hmac(signed, signature);
    return isTag(tag, hmac) ? hmac.toString('latin1') : undefined;
  }

  #isSigned(bytes: Uint8Array, signer: Uint8Array, hmac: string): boolean {
    const key = String.fromCharCode(...signer);
    if (this.#verified?.get(hmac) === key) return true;
    const { signed, signature } = this.#partsOf(bytes);
    if (!verifyBy(signer, this.#hmac(signed), signature)) return false;
    // Made for the first: a cache takes its room at once, which would delay a newcomer by milliseconds.
    this.#verified ??= new LRUCache({ max: VERIFIED_MAX });
    this.#verified.set(hmac, key);
    return true;
  }

  /** Signed is the HMAC, not the bytes: taken to another group, of another key, the signature says nothing. */
  #hmac(...parts: readonly Uint8Array[]): Buffer {
    const hmac = createHmac('sha256', this.#key);
    for (const part of parts) hmac.update(part);
    return hmac.digest();
  }

  #partsOf(bytes: Uint8Array): { signed: Uint8Array; tag: Uint8Array; signature: Uint8Array } {
    const tagAt = bytes.length - this.trailerBytes;
    const signatureAt = tagAt + TAG_BYTES;
    return {
      signed: bytes.subarray(0, tagAt),
      tag: bytes.subarray(tagAt, signatureAt),
      signature: bytes.subarray(signatureAt),
    };
  }

  #bodyOf(bytes: Uint8Array): Uint8Array {
    return bytes.subarray(this.#layout.headBytes, bytes.length - this.trailerBytes);
  }
}

/** Compares in constant time: how long it takes must not tell how much of a guess was right. */
function isTag(tag: Uint8Array, digest: Uint8Array): boolean {
  return timingSafeEqual(tag, digest.subarray(0, TAG_BYTES));
}
