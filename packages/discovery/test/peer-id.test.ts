import { MailslotError } from '@mailslot/core';
import { seededRandom } from '@mailslot/core/testing';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import {
  drawPeerId,
  PEER_ID_BYTES,
  PEER_ID_CHARACTERS,
  peerIdOf,
  peerKeyOf,
  readPeerKey,
  writePeerKey,
} from '../src/presence/peer-id.ts';

const seeds = fc.integer().map((seed) => drawPeerId(seededRandom(seed)));

describe('a peer id', () => {
  test('is a nanoid, the same for the same seed and another for another', () => {
    const id = drawPeerId(seededRandom(1));
    expect(id).toMatch(/^[A-Za-z0-9_-]{21}$/);
    expect(drawPeerId(seededRandom(1))).toBe(id);
    expect(drawPeerId(seededRandom(2))).not.toBe(id);
  });

  test('packs into 16 bytes and comes back as it was', () => {
    fc.assert(
      fc.property(seeds, (id) => {
        const key = peerKeyOf(id);
        expect(key).toHaveLength(PEER_ID_BYTES);
        expect(peerIdOf(key)).toBe(id);
      }),
    );
  });

  test('is written where it is read, and touches no byte beside it', () => {
    fc.assert(
      fc.property(seeds, fc.nat(8), (id, offset) => {
        const bytes = new Uint8Array(offset + PEER_ID_BYTES + 1).fill(0xaa);
        writePeerKey(peerKeyOf(id), bytes, offset);
        expect(readPeerKey(bytes, offset)).toBe(peerKeyOf(id));
        expect(bytes.subarray(0, offset).every((byte) => byte === 0xaa)).toBe(true);
        expect(bytes.at(-1)).toBe(0xaa);
      }),
    );
  });

  test('has every 16 bytes whose top two bits are zero, and no others', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (bytes) => {
        const key = readPeerKey(bytes, 0);
        expect(key === undefined).toBe(bytes[0]! > 0x3f);
        expect(key && peerKeyOf(peerIdOf(key))).toBe(key);
      }),
    );
  });

  test('puts its first character into the first byte, then four characters into three', () => {
    // The alphabet begins with "useandom": u is 0, s is 1.
    const key = peerKeyOf('s' + 'u'.repeat(19) + 's');
    expect(Array.from(key, (character) => character.charCodeAt(0))).toEqual([
      1,
      ...Array<number>(14).fill(0),
      1,
    ]);
  });

  test.each(['', 'short', 'u'.repeat(PEER_ID_CHARACTERS + 1), '!'.repeat(PEER_ID_CHARACTERS)])(
    'is refused if it is %j',
    (text) => {
      expect(() => peerKeyOf(text)).toThrow(MailslotError);
    },
  );
});
