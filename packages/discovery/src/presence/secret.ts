/** From what people share to the keys of one service. docs/security.md has the formulas. */

import { createSecretKey, hkdfSync, type KeyObject, scrypt } from 'node:crypto';

import type { SecurityMode } from './message.ts';

/** Words, or random bytes. */
export type Secret = string | Uint8Array;

/** What keys are for. The domain is folded. */
export interface Service {
  readonly domain: string;
  readonly service: string;
}

/** Whoever has one of them learns nothing of the other. */
export interface ServiceKeys {
  readonly messages: KeyObject;
  readonly letters: KeyObject;
}

/**
 * What it costs to try one guess at the words: 32 MiB and a fifth of a second. It is one of the settings that OWASP
 * holds equal for passwords, the one that fifty processes on a host, and a small board, can still afford.
 */
const SCRYPT_COST = {
  N: 2 ** 15,
  r: 8,
  p: 3,
};

/** scrypt needs 128 · N · r bytes, and Node wants to be told that it may have that and a little more. */
const SCRYPT_BYTES_MAX = 2 * 128 * SCRYPT_COST.N * SCRYPT_COST.r;

const KEY_BYTES = 32;

/**
 * Derives the keys of a service, of which each mode has its own. Without a secret they are known to all: what they seal
 * is then proven by its signature alone. Words count the same however their accents are composed.
 */
export async function deriveKeys(
  secret: Secret | undefined,
  mode: SecurityMode,
  { domain, service }: Service,
): Promise<ServiceKeys> {
  const salt = `mpp1\0${domain}\0${service}`;
  const root = typeof secret === 'string' ? await stretch(secret, salt) : (secret ?? NOTHING);
  const derive = (purpose: string): KeyObject => {
    const key = hkdfSync('sha256', root, salt, `${purpose} ${mode}`, KEY_BYTES);
    return createSecretKey(new Uint8Array(key));
  };
  const keys = { messages: derive('messages'), letters: derive('letters') };
  // Random bytes are the caller's own, and stay as they are.
  if (root !== secret) root.fill(0);
  return keys;
}

const NOTHING = new Uint8Array();

/** Makes each guess at the words expensive, and one for each service: no table of guesses serves two. */
function stretch(words: string, salt: string): Promise<Uint8Array> {
  const options = { ...SCRYPT_COST, maxmem: SCRYPT_BYTES_MAX };
  return new Promise((resolve, reject) => {
    scrypt(words.normalize('NFC'), salt, KEY_BYTES, options, (error, key) => {
      if (error === null) resolve(key);
      else reject(error);
    });
  });
}
