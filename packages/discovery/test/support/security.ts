/** Peers of a secured service, each with the protection and an id of its own. */

import { seededRandom } from '@mailslot/core/testing';

import { importIdentity, type Identity } from '../../src/identity.ts';
import type { SecurityMode } from '../../src/presence/message.ts';
import { type Security, secure, type SecurityOptions } from '../../src/security.ts';

/** 32 bytes: no time is spent on words. */
export const SECRET: Uint8Array = Uint8Array.from({ length: 32 }, (_, at) => at);
export const OTHER_SECRET: Uint8Array = Uint8Array.from({ length: 32 }, (_, at) => 255 - at);

export const TANKS = { domain: 'WORKGROUP', service: 'tanks' } as const;

/** The first test key of RFC 8032 section 7.1. */
export const ANN_PEM = `-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g
-----END PRIVATE KEY-----
`;

/** An identity that is the same in every run. */
export function identityOf(number: number): Identity {
  // PKCS#8 of Ed25519: a constant head, then the 32 octets of the private key.
  const head = Buffer.from('302e020100300506032b657004220420', 'hex');
  const der = Buffer.concat([head, seededRandom(number).bytes(32)]).toString('base64');
  return importIdentity(`-----BEGIN PRIVATE KEY-----\n${der}\n-----END PRIVATE KEY-----\n`);
}

/** What a user would ask for, to get that mode. */
export function optionsOf(
  mode: SecurityMode,
  identity: number = 1,
  secret: Uint8Array = SECRET,
): SecurityOptions {
  if (mode === 0) return {};
  if (mode === 1) return { secret };
  return mode === 2 ? { secret, encrypt: true } : { secret, identity: identityOf(identity) };
}

/** One peer of the service in that mode; in mode 3 each number is somebody else. */
export async function peerIn(
  mode: SecurityMode,
  identity: number = 1,
  secret: Uint8Array = SECRET,
): Promise<Security> {
  return secure(optionsOf(mode, identity, secret), TANKS);
}
