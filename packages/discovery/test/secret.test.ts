/** Keys, held against another implementation: the vectors were made with Python's hashlib and hmac. */

import { describe, expect, test } from 'vitest';

import { deriveKeys, type Secret, type Service } from '../src/presence/secret.ts';
import type { SecurityMode } from '../src/presence/message.ts';
import { SECRET, TANKS } from './support/security.ts';

const WORDS = 'correct horse battery staple';

async function keysOf(
  secret: Secret | undefined,
  mode: SecurityMode = 1,
  service: Service = TANKS,
): Promise<readonly string[]> {
  const { messages, letters } = await deriveKeys(secret, mode, service);
  return [messages, letters].map((key) => key.export().toString('hex'));
}

describe('keys', () => {
  test.each([
    [
      1,
      WORDS,
      '70c1243548c9f5659340e4269cbce77fa4dcd8301ff5fc29bf32a5d1af71c807',
      'd5bd4d8ee3ef9dbcec9a0b935a7b5e159315423743db818421b70c65e51e0bd0',
    ],
    [
      2,
      WORDS,
      'ba7abe0a9a670437f43956212ea58ba6917e8d04ff5bd22bf125dc371c427f35',
      '1572448cf4f4585a8aff8ebf2d5c2eb34fb6833babe63ac63a748dbe62d5ff89',
    ],
    [
      3,
      WORDS,
      '150f3b1032b1ad46fe186b260705dfac89343345c31984553064f6def3e3c91c',
      'f17f9494df33200d3932977bd642ee708027c932b4926df8b33685f602ca3ec8',
    ],
  ] as const)('of mode %i come from words', async (mode, secret, messages, letters) => {
    expect(await keysOf(secret, mode)).toEqual([messages, letters]);
  });

  test('come from random bytes, which stay as they are', async () => {
    const secret = SECRET.slice();
    const [messages] = await keysOf(secret);
    expect(messages).toBe('ae26e7bc970ad807b90b525edeef1f6420c8b27364565317434971f591fffe01');
    expect(secret).toEqual(SECRET);
  });

  test('are known to all without a secret', async () => {
    const [messages] = await keysOf(undefined, 3);
    expect(messages).toBe('624604256cb5ecfa434987477fe800be851635a9e1c48e15da55332af3ad8530');
  });

  test('are the same however the accents of words are composed', async () => {
    expect(await keysOf('Grüße aus Köln')).toEqual(await keysOf('Gru\u0308ße aus Ko\u0308ln'));
  });

  test('differ by secret, service, domain, mode and purpose', async () => {
    const all = await Promise.all([
      keysOf(SECRET),
      keysOf(new Uint8Array(32)),
      keysOf(SECRET, 1, { ...TANKS, service: 'chess' }),
      keysOf(SECRET, 1, { ...TANKS, domain: 'OFFICE' }),
      keysOf(SECRET, 2),
      keysOf(SECRET, 3),
      keysOf(WORDS),
      keysOf(WORDS, 1, { ...TANKS, service: 'chess' }),
    ]);
    expect(new Set(all.flat()).size).toBe(2 * all.length);
  });
});
