/**
 * Holds docs/security.md to the program, byte by byte and constant by constant. The bytes on the page were made with
 * another implementation: Python's hashlib, hmac and cryptography.
 */

import { readFileSync } from 'node:fs';

import { beforeAll, describe, expect, test } from 'vitest';

import { tableRows } from '../../../test/support/markdown-table.ts';
import { importIdentity } from '../src/identity.ts';
import * as letter from '../src/letter.ts';
import { drawBoundId } from '../src/presence/bound-id.ts';
import { decodeMessage, FLAG, HEADER_BYTES, realmOf, TYPE } from '../src/presence/message.ts';
import { type PeerKey, peerKeyOf, readPeerKey } from '../src/presence/peer-id.ts';
import * as seal from '../src/presence/seal.ts';
import * as window from '../src/replay-window.ts';
import * as security from '../src/security.ts';
import { ANN_PEM, TANKS } from './support/security.ts';

const page = readFileSync(new URL('../../../docs/security.md', import.meta.url), 'utf8');

const secret = 'correct horse battery staple';
const bob = keyIn('24f0d0a5e3f5c1b2a69788796a5b4c3d');
const hello = new TextEncoder().encode('hello');

/** Ann in the modes 1 to 3. */
const ann: security.Security[] = [];

beforeAll(async () => {
  const identity = importIdentity(ANN_PEM);
  for (const options of [{ secret }, { secret, encrypt: true }, { secret, identity }]) {
    ann.push(await security.secure(options, TANKS));
  }
});

/** Bytes of the block of that name, without comments. */
function example(name: string): Uint8Array {
  const [, lines = ''] = new RegExp(`^\`\`\`hex ${name}\n([^\`]+)^\`\`\``, 'm').exec(page) ?? [];
  return bytesOf(lines.replaceAll(/#.*|\s/g, ''));
}

function bytesOf(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex, 'hex'));
}

function keyIn(hex: string): PeerKey {
  return readPeerKey(bytesOf(hex), 0)!;
}

const header = {
  type: TYPE.ANNOUNCE,
  flags: FLAG.FULL | FLAG.WANT,
  intervalCode: 16,
  realm: realmOf(TANKS.domain, TANKS.service),
  id: peerKeyOf('V1StGXR8_Z5jdHi6B-myT'),
  sequence: 1,
  revision: 0,
  groupCount: 1,
};
const record = '0103416e6e0203001267';

describe('the page', () => {
  test.each([1, 2, 3])('shows an announcement of mode %i as it is sealed and opened', (mode) => {
    const bytes = example(`mode ${mode}`);
    const { protection } = ann[mode - 1]!;
    const { publicKey } = protection;
    const value = publicKey === undefined ? '' : `0420${Buffer.from(publicKey).toString('hex')}`;
    const body = bytesOf(record + value);
    const id = mode === 3 ? readPeerKey(bytes, 8)! : header.id;
    expect(protection.seal({ ...header, id, body })).toEqual(bytes);
    const proof = protection.open(decodeMessage(bytes), bytes, undefined);
    expect(new Uint8Array(proof!.body)).toEqual(body);
    expect(proof!.signer).toEqual(publicKey);
    expect(bytes.length).toBe(HEADER_BYTES + body.length + protection.overheadBytes);
  });

  test('shows a goodbye of mode 2 as it is sealed and opened', () => {
    const bytes = example('mode 2 goodbye');
    const { protection } = ann[1]!;
    const goodbye = { ...header, type: TYPE.BYE, flags: 0, sequence: 42, groupCount: 7 };
    expect(protection.seal({ ...goodbye, body: new Uint8Array() })).toEqual(bytes);
    expect(protection.open(decodeMessage(bytes), bytes, undefined)!.body).toHaveLength(0);
  });

  test('shows an id of mode 3 as it is drawn', () => {
    const { protection } = ann[2]!;
    const random = { next: () => 0, bytes: (size: number) => new Uint8Array(size) };
    const id = drawBoundId(random, protection.publicKey!, Date.UTC(2026, 7, 7));
    const key = readPeerKey(example('mode 3'), 8)!;
    expect(peerKeyOf(id).slice(5)).toBe(key.slice(5));
  });

  test.each([
    [1, 0],
    [2, 1],
    [3, 2 ** 32 + 2],
  ])('shows a letter of mode %i as it is written and read', (mode, number) => {
    const bytes = example(`letter of mode ${mode}`);
    const { protection, lettersOf } = ann[mode - 1]!;
    const from = readPeerKey(bytes, 17)!;
    const atBob = lettersOf(bob);
    expect(atBob.senderOf(bytes)).toBe(from);
    const data = atBob.read(bytes, protection.publicKey);
    expect(new Uint8Array(data as Uint8Array)).toEqual(hello);
    expect(atBob.read(bytes, protection.publicKey)).toBe('repeated');
    // Nobody writes four thousand million letters for a test.
    if (number > 1) return;
    const atAnn = lettersOf(from);
    for (let before = 0; before < number; before++) atAnn.write(bob, hello);
    expect(atAnn.write(bob, hello)).toEqual(bytes);
  });

  test('gives every constant its value, and leaves out none', () => {
    const all = { ...letter, ...seal, ...window, ...security };
    const defined = Object.entries(all).filter(([, value]) => typeof value === 'number');
    const rows = tableRows(page, 'constant').map(([name, value]) => [name!.slice(1, -1), +value!]);
    expect(Object.fromEntries(rows)).toEqual(Object.fromEntries(defined));
  });
});
