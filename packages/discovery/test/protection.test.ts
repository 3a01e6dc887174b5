import { verify } from 'node:crypto';

import { DecodeError } from '@mailslot/core/internal';
import { seededRandom } from '@mailslot/core/testing';
import fc from 'fast-check';
import { beforeAll, describe, expect, test, vi } from 'vitest';

import {
  DATAGRAM_BYTES_MAX,
  decodeMessage,
  FLAG,
  HEADER_BYTES,
  type SecurityMode,
  screenMessage,
  TYPE,
} from '../src/presence/message.ts';
import { type PeerKey, peerKeyOf } from '../src/presence/peer-id.ts';
import type { Proof, Protection, Unsealed } from '../src/presence/protection.ts';
import { encodeRecord, RECORD_BYTES_MAX, recordBytesMax } from '../src/presence/record.ts';
import { VERIFIED_MAX } from '../src/presence/seal.ts';
import { INFO_BYTES_MAX, TLV } from '../src/presence/tlv.ts';
import { secure } from '../src/security.ts';
import { headers } from './support/arbitraries.ts';
import { REALM } from './support/presence-net.ts';
import { identityOf, OTHER_SECRET, peerIn, SECRET, TANKS } from './support/security.ts';

// What it does is left as it is; only its calls are counted.
vi.mock('node:crypto', { spy: true });

const MODES = [1, 2, 3] as const;
const NOTHING = new Uint8Array();
const KEY_VALUE_BYTES = 34;

/** One who seals: its protection, and an id as it should have. */
interface Sealer {
  readonly protection: Protection;
  readonly id: PeerKey;
}

const sealers = new Map<string, Sealer>();

/** Somebody in that mode; prepared, since keys are derived in their own time. */
function sealer(mode: SecurityMode, name: string = 'ann'): Sealer {
  return sealers.get(`${mode} ${name}`)!;
}

const random = seededRandom(1);

beforeAll(async () => {
  for (const mode of MODES) {
    const people = {
      ann: await peerIn(mode, 1),
      bob: await peerIn(mode, 2),
      stranger: await peerIn(mode, 1, OTHER_SECRET),
    };
    for (const [name, { protection, drawId }] of Object.entries(people)) {
      const id = peerKeyOf(drawId(random, 0));
      sealers.set(`${mode} ${name}`, { protection, id });
    }
  }
});

function announcement({ id, protection }: Sealer, parts: Partial<Unsealed> = {}): Unsealed {
  return {
    type: TYPE.ANNOUNCE,
    flags: FLAG.FULL,
    intervalCode: 16,
    realm: REALM,
    id,
    sequence: 7,
    revision: 0,
    groupCount: 3,
    body: bodyWith(protection.publicKey),
    ...parts,
  };
}

/** A record, and the public key if there is one. */
function bodyWith(publicKey: Uint8Array | undefined): Uint8Array {
  const record = encodeRecord({ name: 'Ann', endpoints: [], info: { seats: 4 } });
  if (publicKey === undefined) return record;
  return Buffer.concat([record, Uint8Array.of(TLV.PUBKEY, publicKey.length), publicKey]);
}

function open({ protection }: Sealer, bytes: Uint8Array, signer?: Uint8Array): Proof | undefined {
  return protection.open(decodeMessage(bytes), bytes, signer);
}

/** Refused in any way that a machine can cope with. */
function isRefused(by: Sealer, bytes: Uint8Array, signer?: Uint8Array): boolean {
  if (screenMessage(bytes, REALM, by.protection.mode) !== undefined) return true;
  try {
    return open(by, bytes, signer) === undefined;
  } catch (error) {
    return error instanceof DecodeError;
  }
}

describe.each(MODES)('mode %i', (mode) => {
  test('gives a message back as it was, with who signed it', () => {
    const [ann, bob] = [sealer(mode), sealer(mode, 'bob')];
    fc.assert(
      fc.property(headers, fc.uint8Array({ maxLength: 900 }), (header, body) => {
        const given = { ...header, id: ann.id, body };
        const bytes = ann.protection.seal(given);
        expect(bytes.length).toBe(HEADER_BYTES + body.length + ann.protection.overheadBytes);
        const message = decodeMessage(bytes);
        expect({ ...message, flags: header.flags, body }).toEqual({
          ...given,
          trailer: message.trailer,
        });
        const before = bytes.slice();
        const proof = bob.protection.open(message, bytes, ann.protection.publicKey);
        expect(new Uint8Array(proof!.body)).toEqual(body);
        expect(proof!.signer).toEqual(ann.protection.publicKey);
        expect(bytes).toEqual(before);
      }),
    );
  });

  test.each([
    ['a full announcement', {}],
    ['a beat', { flags: 0, body: NOTHING }],
  ])('refuses %s with any bit changed, whatever is known of its sender', (_what, parts) => {
    const [ann, bob] = [sealer(mode), sealer(mode, 'bob')];
    const bytes = ann.protection.seal(announcement(ann, parts));
    for (const signer of [undefined, ann.protection.publicKey]) {
      for (let bit = 0; bit < bytes.length * 8; bit++) {
        const forged = bytes.slice();
        forged[bit >>> 3]! ^= 1 << (bit & 7);
        expect(isRefused(bob, forged, signer)).toBe(true);
      }
    }
    expect(isRefused(bob, bytes, ann.protection.publicKey)).toBe(false);
  });

  test('refuses a message cut short or with anything behind it', () => {
    const [ann, bob] = [sealer(mode), sealer(mode, 'bob')];
    const bytes = ann.protection.seal(announcement(ann));
    for (let length = 0; length < bytes.length; length++) {
      expect(isRefused(bob, bytes.subarray(0, length))).toBe(true);
    }
    for (const more of [1, 16, 80]) {
      expect(isRefused(bob, Buffer.concat([bytes, new Uint8Array(more)]))).toBe(true);
    }
  });

  test('refuses what is sealed with another secret, for another service or in another mode', async () => {
    const bob = sealer(mode, 'bob');
    const elsewhere = await peerInService(mode, { ...TANKS, service: 'chess' });
    const others = MODES.filter((other) => other !== mode).map((other) => sealer(other));
    for (const other of [sealer(mode, 'stranger'), elsewhere, ...others]) {
      const bytes = other.protection.seal(announcement(other));
      expect(isRefused(bob, bytes)).toBe(true);
      // Even if it says that it is of ours.
      bytes[2] = (bytes[2]! & ~FLAG.SECURITY) | (mode << 4);
      expect(isRefused(bob, bytes)).toBe(true);
    }
  });

  test('takes any bytes without a word', () => {
    const bob = sealer(mode, 'bob');
    const valid = sealer(mode).protection.seal(announcement(sealer(mode)));
    const mutated = fc
      .tuple(fc.nat(valid.length), fc.uint8Array({ minLength: 1, maxLength: 40 }))
      .map(([at, bytes]) => Buffer.concat([valid.subarray(0, at), bytes, valid.subarray(at + 3)]))
      // Now and then the last octet is replaced by itself.
      .filter((bytes) => !bytes.equals(valid));
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 1300 }), mutated), (bytes) => {
        expect(isRefused(bob, new Uint8Array(bytes))).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  test('leaves room for the largest record in one datagram, with a frame and a digest', () => {
    const ann = sealer(mode);
    const bytesMax = recordBytesMax(ann.protection);
    const around = 24 + 14 + (mode === 3 ? KEY_VALUE_BYTES : 0);
    const body = new Uint8Array(bytesMax + around - 24);
    expect(ann.protection.seal(announcement(ann, { body })).length + 24).toBe(DATAGRAM_BYTES_MAX);
    const large = { name: 'n'.repeat(40), endpoints: [{ port: 1 }], info: '' };
    const info = 'x'.repeat(INFO_BYTES_MAX - 2);
    const fits = encodeRecord({ ...large, info }).length <= bytesMax;
    expect(fits).toBe(mode !== 3);
  });
});

/** Somebody with the same secret in another service. */
async function peerInService(
  mode: SecurityMode,
  service: typeof TANKS | { domain: string; service: string },
): Promise<Sealer> {
  const { secret, encrypt, identity } = {
    secret: SECRET,
    encrypt: mode === 2,
    identity: identityOf(1),
  };
  const options = mode === 3 ? { secret, identity } : { secret, encrypt };
  const { protection, drawId } = await secure(options, service);
  return { protection, id: peerKeyOf(drawId(seededRandom(9), 0)) };
}

test('an open service leaves more room for records than a protected one', () => {
  const rooms = MODES.map((mode) => recordBytesMax(sealer(mode).protection));
  expect([RECORD_BYTES_MAX, ...rooms]).toEqual([1130, 1114, 1114, 1016]);
});

describe('mode 2', () => {
  test('shows nothing of the body, and never the same twice', () => {
    const ann = sealer(2);
    const body = new Uint8Array(64).fill(0x41);
    const sealed = [1, 2].map((sequence) => {
      const bytes = ann.protection.seal(announcement(ann, { sequence, body }));
      return Buffer.from(bytes.subarray(HEADER_BYTES)).toString('hex');
    });
    expect(sealed[0]).not.toContain('4141');
    expect(sealed[0]!.slice(0, 128)).not.toBe(sealed[1]!.slice(0, 128));
  });

  test('gives each sender a key of its own: the same number is no nonce twice', () => {
    const [ann, bob] = [sealer(2), sealer(2, 'bob')];
    const body = new Uint8Array(64);
    const [one, two] = [ann, bob].map((by) =>
      Buffer.from(by.protection.seal(announcement(by, { body })).subarray(HEADER_BYTES, -16)),
    );
    // With one key for both, the same body under the same nonce would be the same octets.
    expect(one!.equals(two!)).toBe(false);
  });
});

describe('mode 3', () => {
  test('takes a public key from a full announcement, and holds the sender to it', () => {
    const [ann, bob] = [sealer(3), sealer(3, 'bob')];
    const { publicKey } = ann.protection;
    const full = ann.protection.seal(announcement(ann));
    expect(open(bob, full)!.signer).toEqual(publicKey);
    const beat = ann.protection.seal(announcement(ann, { flags: 0, body: NOTHING }));
    expect(open(bob, beat, publicKey)!.signer).toEqual(publicKey);
  });

  test('proves of a beat whose sender is not known that a holder of the secret sent it, and no more', () => {
    const [ann, bob] = [sealer(3), sealer(3, 'bob')];
    const beat = ann.protection.seal(announcement(ann, { flags: 0, body: NOTHING }));
    expect(open(bob, beat)).toEqual({ body: NOTHING, signer: undefined });
  });

  test('does not let a holder of the secret speak for another', () => {
    const [ann, bob] = [sealer(3), sealer(3, 'bob')];
    const posing = { protection: bob.protection, id: ann.id };
    const annsKey = ann.protection.publicKey;
    // With its own key, with the victim's, with none.
    for (const body of [bodyWith(bob.protection.publicKey), bodyWith(annsKey)]) {
      const forged = bob.protection.seal(announcement(posing, { body }));
      expect(isRefused(ann, forged)).toBe(true);
      expect(isRefused(ann, forged, annsKey)).toBe(true);
    }
    const beat = bob.protection.seal(announcement(posing, { flags: 0, body: NOTHING }));
    expect(isRefused(ann, beat, annsKey)).toBe(true);
  });

  test('takes no signature from a group of the same name with another secret', () => {
    const [stranger, bob] = [sealer(3, 'stranger'), sealer(3, 'bob')];
    const theirs = stranger.protection.seal(announcement(stranger));
    // A member of both groups gives it a tag of ours, as it can.
    const posing = { protection: bob.protection, id: stranger.id };
    const ours = bob.protection.seal(
      announcement(posing, { body: bodyWith(stranger.protection.publicKey) }),
    );
    ours.set(theirs.subarray(-64), ours.length - 64);
    expect(isRefused(sealer(3), ours)).toBe(true);
  });

  test('throws a DecodeError for a body of a holder that is malformed', () => {
    const [ann, bob] = [sealer(3), sealer(3, 'bob')];
    const bytes = ann.protection.seal(announcement(ann, { body: Uint8Array.of(1, 99) }));
    expect(() => open(bob, bytes)).toThrow(DecodeError);
  });

  test('remembers what it verified, and whose it was, and forgets the oldest', () => {
    const [ann, bob] = [sealer(3), sealer(3, 'bob')];
    const { publicKey } = ann.protection;
    const beats = Array.from({ length: VERIFIED_MAX + SOME }, (_, sequence) =>
      ann.protection.seal(announcement(ann, { sequence, flags: 0, body: NOTHING })),
    );
    const verifications = (of: readonly Uint8Array[]): number => {
      vi.mocked(verify).mockClear();
      for (const beat of of) expect(open(bob, beat, publicKey)).toBeDefined();
      return vi.mocked(verify).mock.calls.length;
    };
    expect(verifications(beats)).toBeGreaterThan(VERIFIED_MAX);
    const newest = beats.slice(-SOME);
    expect(verifications(newest)).toBe(0);
    expect(verifications(beats.slice(0, SOME))).toBe(SOME);
    expect(open(bob, newest[0]!, bob.protection.publicKey)).toBeUndefined();
  });
});

const SOME = 3;

describe('trust', () => {
  test('lets those be heard whose keys are given, by any message, and oneself; nobody else', async () => {
    const [ann, bob] = [sealer(3), sealer(3, 'bob')];
    const trust = [identityOf(1).publicKey];
    const options = { secret: SECRET, identity: identityOf(3), trust };
    const { protection, drawId } = await secure(options, TANKS);
    const cid: Sealer = { protection, id: peerKeyOf(drawId(seededRandom(3), 0)) };
    const beat = { flags: 0, body: NOTHING };
    for (const friend of [ann, cid]) {
      for (const parts of [{}, beat]) {
        const bytes = friend.protection.seal(announcement(friend, parts));
        expect(open(cid, bytes)!.signer).toEqual(friend.protection.publicKey);
      }
    }
    expect(isRefused(cid, bob.protection.seal(announcement(bob)))).toBe(true);
    expect(isRefused(cid, bob.protection.seal(announcement(bob, beat)))).toBe(true);
  });
});

describe('without a secret', () => {
  test('anybody may sign, each for itself', async () => {
    const [ann, bob] = await Promise.all(
      [1, 2].map(async (number): Promise<Sealer> => {
        const { protection, drawId } = await secure({ identity: identityOf(number) }, TANKS);
        return { protection, id: peerKeyOf(drawId(seededRandom(number), 0)) };
      }),
    );
    const bytes = ann!.protection.seal(announcement(ann!));
    expect(open(bob!, bytes)!.signer).toEqual(ann!.protection.publicKey);
    expect(isRefused(sealer(3), bytes)).toBe(true);
    const posing = { protection: bob!.protection, id: ann!.id };
    expect(isRefused(ann!, bob!.protection.seal(announcement(posing)))).toBe(true);
  });
});
