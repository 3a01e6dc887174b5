/** What users may say about security, and what is made of it. */

import { MailslotError, type Random } from '@mailslot/core';

import { Identity, parsePublicKey } from './identity.ts';
import { LETTER_LAYOUT, type Letters, OpenLetters, SealedLetters } from './letter.ts';
import { drawBoundId } from './presence/bound-id.ts';
import { drawPeerId, type PeerKey } from './presence/peer-id.ts';
import { OPEN, type Protection } from './presence/protection.ts';
import { CipherSeal, SignatureSeal, TagSeal } from './presence/seal.ts';
import { deriveKeys, type Secret, type Service } from './presence/secret.ts';
import {
  IdentityProtection,
  MESSAGE_LAYOUT,
  SecretProtection,
} from './presence/secret-protection.ts';

/** All peers and watchers of a service must agree in `secret`, in `encrypt`, and in whether they have an `identity`. */
export interface SecurityOptions {
  /**
   * What peers of the service share, and others do not know: words, at least 8 characters and better several words drawn
   * at random; or at least 32 random bytes. It proves that a message comes from one who has it, and only that: holders
   * of the secret can pose as each other. Words take a fifth of a second and 32 MiB to become keys. Default: none, and
   * everybody is believed.
   */
  readonly secret?: string | Uint8Array;
  /** Hides records and messages from those without the secret. Who is there, and how often, shows. Default false. */
  readonly encrypt?: boolean;
  /**
   * Signs all that is said, so that nobody, holders of the secret included, can pose as another. From `createIdentity()`
   * or `importIdentity()`. Without a secret anybody may take part, each as no one but itself. Default: none.
   */
  readonly identity?: Identity;
  /**
   * The public keys of the only ones to be heard; one's own need not be among them. It takes an `identity`. Default:
   * everybody who signs.
   */
  readonly trust?: readonly string[];
}

/** Fewer are guessed, whatever a guess costs. */
export const SECRET_CHARACTERS_MIN = 8;

/** As many as the keys have that are made of them. */
export const SECRET_BYTES_MIN = 32;

/** How one peer of a service protects what it says. */
export interface Security {
  readonly protection: Protection;
  /** `wallTime`: milliseconds since 1970. */
  readonly drawId: (random: Random, wallTime: number) => string;
  readonly lettersOf: (me: PeerKey) => Letters;
}

/** Refuses, with `ERROR_INVALID_PARAMETER`, what cannot be meant so. */
export function checkSecurity({ secret, encrypt, identity, trust }: SecurityOptions): void {
  if (secret !== undefined) checkSecret(secret);
  if (encrypt === true && secret === undefined) {
    throw invalid('`encrypt` takes a `secret` to encrypt with.');
  }
  if (identity !== undefined && !(identity instanceof Identity)) {
    throw invalid('`identity` is to come from createIdentity() or importIdentity().');
  }
  if (encrypt === true && identity !== undefined) {
    throw invalid('A service is either encrypted or signed. Leave out `encrypt` or `identity`.');
  }
  if (trust === undefined) return;
  if (identity === undefined) {
    throw invalid(
      '`trust` takes an `identity`: where peers are known by their signatures, all sign. createIdentity() makes one.',
    );
  }
  if (trust.length === 0) {
    throw invalid(
      '`trust` is empty, so nobody would be heard. Leave it out to hear all that sign.',
    );
  }
  for (const key of trust) publicKeyOf(key);
}

/** Makes what the options ask for. Expects those that {@link checkSecurity} has passed. */
export async function secure(options: SecurityOptions, service: Service): Promise<Security> {
  const { secret, encrypt, identity, trust } = options;
  if (identity !== undefined) return secureBySignatures(secret, identity, trust, service);
  if (secret !== undefined) return secureBySecret(secret, encrypt === true ? 2 : 1, service);
  return { protection: OPEN, drawId: drawPeerId, lettersOf: (me) => new OpenLetters(me) };
}

async function secureBySecret(secret: Secret, mode: 1 | 2, service: Service): Promise<Security> {
  const Seal = mode === 1 ? TagSeal : CipherSeal;
  const keys = await deriveKeys(secret, mode, service);
  const letterSeal = new Seal(keys.letters, LETTER_LAYOUT);
  return {
    protection: new SecretProtection(mode, new Seal(keys.messages, MESSAGE_LAYOUT)),
    drawId: drawPeerId,
    lettersOf: (me) => new SealedLetters(me, mode, letterSeal),
  };
}

async function secureBySignatures(
  secret: Secret | undefined,
  identity: Identity,
  trust: readonly string[] | undefined,
  service: Service,
): Promise<Security> {
  const keys = await deriveKeys(secret, 3, service);
  const seal = new SignatureSeal(keys.messages, identity, MESSAGE_LAYOUT);
  const letterSeal = new SignatureSeal(keys.letters, identity, LETTER_LAYOUT);
  const publicKey = publicKeyOf(identity.publicKey);
  return {
    protection: new IdentityProtection(seal, publicKey, trust?.map(publicKeyOf)),
    drawId: (random, wallTime) => drawBoundId(random, publicKey, wallTime),
    lettersOf: (me) => new SealedLetters(me, 3, letterSeal),
  };
}

function checkSecret(secret: Secret): void {
  if (typeof secret === 'string') {
    const characters = Array.from(secret).length;
    if (characters >= SECRET_CHARACTERS_MIN) return;
    throw invalid(
      `The secret has ${characters} characters. Take ${SECRET_CHARACTERS_MIN} or more, better several words drawn at random.`,
    );
  }
  if (!(secret instanceof Uint8Array)) {
    throw invalid('The secret is to be a string, or a Uint8Array of random bytes.');
  }
  if (secret.length >= SECRET_BYTES_MIN) return;
  throw invalid(
    `The secret has ${secret.length} bytes. Take ${SECRET_BYTES_MIN} or more random ones, or give words as a string.`,
  );
}

function publicKeyOf(text: unknown): Uint8Array {
  const key = typeof text === 'string' ? parsePublicKey(text) : undefined;
  if (key !== undefined) return key;
  throw invalid(
    `${JSON.stringify(String(text).slice(0, 50))} is no public key. It has 43 characters, as identity.publicKey.`,
  );
}

function invalid(message: string): MailslotError {
  return new MailslotError('ERROR_INVALID_PARAMETER', message);
}
