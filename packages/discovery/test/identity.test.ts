import { generateKeyPairSync } from 'node:crypto';
import { inspect } from 'node:util';

import { createIdentity, importIdentity } from '@mailslot/discovery';
import fc from 'fast-check';
import { expect, test } from 'vitest';

import { formatPublicKey, parsePublicKey, signBy, verifyBy } from '../src/identity.ts';
import { ANN_PEM } from './support/security.ts';

const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'));

test('an identity comes back from its export, as text and as the bytes of a file', () => {
  const identity = createIdentity();
  for (const exported of [identity.export(), Buffer.from(identity.export())]) {
    const again = importIdentity(exported);
    expect(again.publicKey).toBe(identity.publicKey);
    expect(again.export()).toBe(identity.export());
  }
  expect(createIdentity().publicKey).not.toBe(identity.publicKey);
});

test('an identity signs as RFC 8032 section 7.1 says', () => {
  const identity = importIdentity(ANN_PEM);
  const publicKey = hex('d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a');
  expect(identity.publicKey).toBe(formatPublicKey(publicKey));
  const signature = hex(
    'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
  );
  const nothing = new Uint8Array();
  expect(new Uint8Array(signBy(identity, nothing))).toEqual(signature);
  expect(verifyBy(publicKey, nothing, signature)).toBe(true);
  expect(verifyBy(publicKey, Uint8Array.of(0), signature)).toBe(false);
});

test('an identity keeps its private key out of what is printed or sent', () => {
  const identity = importIdentity(ANN_PEM);
  expect(inspect(identity, { showHidden: true, depth: 9 })).toMatch(
    /^Identity \{\s+publicKey: '[\w-]{43}'\s+\}$/,
  );
  expect(JSON.parse(JSON.stringify(identity))).toEqual({ publicKey: identity.publicKey });
});

test('whatever is no private key of Ed25519 is refused', () => {
  const pem = { format: 'pem', type: 'pkcs8' } as const;
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export(pem);
  const secret = generateKeyPairSync('ed25519').privateKey;
  const encrypted = secret.export({ ...pem, cipher: 'aes-256-cbc', passphrase: 'x' });
  const refused = ['', 'nonsense', ANN_PEM.slice(0, 60), rsa, encrypted, new Uint8Array(99)];
  for (const exported of refused) {
    expect(() => importIdentity(exported)).toThrow(
      expect.objectContaining({ code: 'ERROR_INVALID_PARAMETER' }),
    );
  }
});

test('a public key has one text', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (key) => {
      const text = formatPublicKey(key);
      expect(text).toMatch(/^[\w-]{43}$/);
      expect(new Uint8Array(parsePublicKey(text)!)).toEqual(key);
    }),
  );
  const text = formatPublicKey(new Uint8Array(32).fill(0xfb));
  const others = [`${text}=`, `${text} `, text.slice(1), text.replaceAll('-', '+'), ''];
  // The last character holds two bits that no octet needs.
  others.push(text.slice(0, -1) + (text.endsWith('s') ? 't' : 'v'));
  for (const other of others) expect(parsePublicKey(other)).toBeUndefined();
});

function octets(length: number): fc.Arbitrary<Uint8Array> {
  return fc.uint8Array({ minLength: length, maxLength: length });
}

test('any octets may be given as public key and signature', () => {
  fc.assert(
    fc.property(octets(32), fc.uint8Array(), octets(64), (key, bytes, signature) => {
      expect(typeof verifyBy(key, bytes, signature)).toBe('boolean');
    }),
  );
});
