/** Messages and records of every shape, for properties. */

import { seededRandom } from '@mailslot/core/testing';
import fc from 'fast-check';

import type { Message } from '../../src/presence/message.ts';
import { drawPeerId, type PeerKey, peerKeyOf } from '../../src/presence/peer-id.ts';
import type { Endpoint, PeerRecord } from '../../src/presence/record.ts';

const peerKeys: fc.Arbitrary<PeerKey> = fc
  .integer()
  .map((seed) => peerKeyOf(drawPeerId(seededRandom(seed))));

const ports = fc.nat(0xffff);

const endpoints: fc.Arbitrary<Endpoint> = fc.oneof(
  fc.record({ port: ports }),
  fc.record({ port: ports, address: fc.ipV4() }),
  fc.record({ port: ports, address: fc.constantFrom('::', '::1', 'fe80::1', '2001:db8::a:0:0:1') }),
);

export const records: fc.Arbitrary<PeerRecord> = fc.record({
  name: fc.string({ unit: 'grapheme', maxLength: 15 }).filter((name) => bytesIn(name) <= 63),
  endpoints: fc.array(endpoints, { maxLength: 4 }),
  info: fc.oneof(fc.constant(undefined), smallJson()),
});

/** What a message says beside its body and trailer. */
export const headers: fc.Arbitrary<Omit<Message, 'body' | 'trailer'>> = fc.record({
  type: fc.nat(0xff),
  flags: fc.nat(0xff).map((flags) => flags & ~0x30),
  intervalCode: fc.nat(0xff),
  realm: fc.nat(0xffff_ffff),
  id: peerKeys,
  sequence: fc.nat(0xffff_ffff),
  revision: fc.nat(0xffff),
  groupCount: fc.nat(0xffff),
});

/** JSON as it comes back from text: -0 would come back as 0. */
function smallJson(): fc.Arbitrary<unknown> {
  return fc
    .json({ maxDepth: 2, stringUnit: 'grapheme' })
    .filter((text) => bytesIn(text) <= 1000)
    .map((text): unknown => JSON.parse(JSON.stringify(JSON.parse(text))));
}

function bytesIn(text: string): number {
  return new TextEncoder().encode(text).length;
}
