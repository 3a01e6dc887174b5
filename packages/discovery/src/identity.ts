/** Who a peer is beyond one life of its process: a key pair of Ed25519. */

import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto';

import { MailslotError } from '@mailslot/core';

/** Out of reach of whoever prints, copies or sends an identity by mistake. */
const privateKeys = new WeakMap<Identity, KeyObject>();

/** A key pair that signs what a peer says. Made by {@link createIdentity} or {@link importIdentity}. */
export class Identity {
  /** What others know and trust it by: 32 octets as 43 characters of base64url. No secret. */
  readonly publicKey: string;

  /** Takes a private key of Ed25519. */
  constructor(privateKey: KeyObject) {
    this.publicKey = createPublicKey(privateKey).export({ format: 'jwk' }).x!;
    privateKeys.set(this, privateKey);
  }

  /**
   * The private key as PKCS#8 in PEM: text that {@link importIdentity} reads, as OpenSSL does. Whoever has it is this
   * identity, so keep it where only its owner can read it, such as in a file of mode 0600.
   */
  export(): string {
    return privateKeyOf(this).export({ format: 'pem', type: 'pkcs8' }).toString();
  }
}

/**
 * A new identity.
 *
 * @example
 * ```ts
 * const identity = createIdentity();
 * await writeFile('me.pem', identity.export(), { mode: 0o600, flag: 'wx' });
 * console.log(`Trust me by ${identity.publicKey}`);
 * ```
 */
export function createIdentity(): Identity {
  return new Identity(generateKeyPairSync('ed25519').privateKey);
}

/**
 * An identity from what its `export()` gave: a private key of Ed25519 in PEM, as text or as the bytes of a file.
 *
 * Throws `ERROR_INVALID_PARAMETER` for anything else.
 */
export function importIdentity(exported: string | Uint8Array): Identity {
  let key: KeyObject;
  try {
    key = createPrivateKey(typeof exported === 'string' ? exported : Buffer.from(exported));
  } catch (cause) {
    throw noIdentity({ cause });
  }
  if (key.asymmetricKeyType !== 'ed25519') throw noIdentity();
  return new Identity(key);
}

/** Ed25519: 64 octets, the same for the same bytes. */
export function signBy(identity: Identity, bytes: Uint8Array): Uint8Array {
  return sign(undefined, bytes, privateKeyOf(identity));
}

/** Did the owner of this public key sign these bytes? Nothing is cached: to import a key takes 6 µs of 110. */
export function verifyBy(publicKey: Uint8Array, bytes: Uint8Array, signature: Uint8Array): boolean {
  const key = { kty: 'OKP', crv: 'Ed25519', x: formatPublicKey(publicKey) };
  return verify(undefined, bytes, createPublicKey({ key, format: 'jwk' }), signature);
}

const PUBLIC_KEY_BYTES = 32;

/** The octets of a public key; undefined for a text that is none. */
export function parsePublicKey(text: string): Uint8Array | undefined {
  const bytes = new Uint8Array(Buffer.from(text, 'base64url'));
  // Decoding is lenient, and two texts for one key would be two keys to whoever compares them.
  return bytes.length === PUBLIC_KEY_BYTES && formatPublicKey(bytes) === text ? bytes : undefined;
}

/** A public key as people pass it on. */
export function formatPublicKey(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url');
}

function privateKeyOf(identity: Identity): KeyObject {
  return privateKeys.get(identity)!;
}

function noIdentity(options?: ErrorOptions): MailslotError {
  return new MailslotError(
    'ERROR_INVALID_PARAMETER',
    'That is no identity. Give what identity.export() returned: a private key of Ed25519 in PEM, not encrypted.',
    options,
  );
}
