import { seededRandom } from '@mailslot/core/testing';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';

import { LETTER_SENDERS_MAX, type Letters, OpenLetters, SealedLetters } from '../src/letter.ts';
import { drawPeerId, type PeerKey, peerKeyOf } from '../src/presence/peer-id.ts';
import type { Seal } from '../src/presence/seal.ts';
import { REPLAY_WINDOW } from '../src/replay-window.ts';
import { OTHER_SECRET, peerIn } from './support/security.ts';

const MODES = [1, 2, 3] as const;
const HEAD_BYTES = 39;

const hello = new TextEncoder().encode('hello');

/** One who writes letters. */
interface Person {
  readonly id: PeerKey;
  readonly publicKey: Uint8Array | undefined;
  /** Its letters from the first one on. */
  readonly begin: () => Letters;
}

const people = new Map<string, Person>();

const person = (mode: number, name: string): Person => people.get(`${mode} ${name}`)!;

beforeAll(async () => {
  const random = seededRandom(1);
  for (const mode of MODES) {
    const peers = {
      ann: await peerIn(mode, 1),
      bob: await peerIn(mode, 2),
      cid: await peerIn(mode, 3),
      stranger: await peerIn(mode, 1, OTHER_SECRET),
    };
    for (const [name, { protection, drawId, lettersOf }] of Object.entries(peers)) {
      const id = peerKeyOf(drawId(random, 0));
      const { publicKey } = protection;
      people.set(`${mode} ${name}`, { id, publicKey, begin: () => lettersOf(id) });
    }
  }
});

/** What comes of a letter, as one who gets it sees that. */
function outcome(letters: Letters, letter: Uint8Array, from: Person): string {
  if (letters.senderOf(letter) !== from.id) return 'stranger';
  const data = letters.read(letter, from.publicKey);
  return typeof data === 'string' ? data : Buffer.from(data).toString();
}

/** What comes of a letter on which somebody has put another sender. */
function renamed(mode: number): string {
  const [ann, bob, cid] = [person(mode, 'ann'), person(mode, 'bob'), person(mode, 'cid')];
  const letter = cid.begin().write(bob.id, hello);
  letter.set(Buffer.from(ann.id, 'latin1'), 17);
  return outcome(bob.begin(), letter, ann);
}

describe.each(MODES)('a letter of mode %i', (mode) => {
  test('is read by whom it is for, as it was written, from its sender', () => {
    const [ann, bob] = [person(mode, 'ann'), person(mode, 'bob')];
    const [atAnn, atBob] = [ann.begin(), bob.begin()];
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2000 }), (data) => {
        const letter = atAnn.write(bob.id, data);
        expect(atBob.senderOf(letter)).toBe(ann.id);
        expect(atBob.read(letter, ann.publicKey)).toEqual(data);
      }),
    );
  });

  test('may be as large as a transport carries', () => {
    const [ann, bob] = [person(mode, 'ann'), person(mode, 'bob')];
    const data = seededRandom(1).bytes(65_000);
    expect(bob.begin().read(ann.begin().write(bob.id, data), ann.publicKey)).toEqual(data);
  });

  test('is refused with any bit changed, or cut short, or by anybody else', () => {
    const [ann, bob, cid] = [person(mode, 'ann'), person(mode, 'bob'), person(mode, 'cid')];
    const letter = ann.begin().write(bob.id, hello);
    const atBob = bob.begin();
    for (let bit = 0; bit < letter.length * 8; bit++) {
      const forged = letter.slice();
      forged[bit >>> 3]! ^= 1 << (bit & 7);
      expect(['stranger', 'forged']).toContain(outcome(atBob, forged, ann));
    }
    for (let length = 0; length < letter.length; length++) {
      expect(['stranger', 'forged']).toContain(outcome(atBob, letter.subarray(0, length), ann));
    }
    expect(outcome(cid.begin(), letter, ann)).toBe('stranger');
    const stranger = person(mode, 'stranger');
    expect(outcome(atBob, stranger.begin().write(bob.id, hello), stranger)).toBe('forged');
    expect(outcome(atBob, letter, ann)).toBe('hello');
  });

  test('for one is none for another, though that one holds the secret too', () => {
    const [ann, bob, cid] = [person(mode, 'ann'), person(mode, 'bob'), person(mode, 'cid')];
    const letter = ann.begin().write(bob.id, hello);
    const redirected = letter.slice();
    redirected.set(Buffer.from(cid.id, 'latin1'), 1);
    expect(outcome(cid.begin(), redirected, ann)).toBe('forged');
  });

  test('is read once, in whatever order they come, unless far too late', () => {
    const [ann, bob] = [person(mode, 'ann'), person(mode, 'bob')];
    const [atAnn, atBob] = [ann.begin(), bob.begin()];
    const letters = Array.from({ length: REPLAY_WINDOW + 1 }, () => atAnn.write(bob.id, hello));
    const [first, second, ...others] = letters;
    for (const letter of others.toReversed()) expect(outcome(atBob, letter, ann)).toBe('hello');
    for (const letter of others) expect(outcome(atBob, letter, ann)).toBe('repeated');
    expect(outcome(atBob, second!, ann)).toBe('hello');
    expect(outcome(atBob, first!, ann)).toBe('repeated');
  });

  test('that is forged does not make the next true one a copy', () => {
    const [ann, bob] = [person(mode, 'ann'), person(mode, 'bob')];
    const [atAnn, atBob] = [ann.begin(), bob.begin()];
    const ahead = atAnn.write(bob.id, hello);
    ahead.fill(0xff, HEAD_BYTES - 6, HEAD_BYTES);
    expect(outcome(atBob, ahead, ann)).toBe('forged');
    expect(outcome(atBob, atAnn.write(bob.id, hello), ann)).toBe('hello');
  });

  test('is none in an open service, nor is an open one here', () => {
    const [ann, bob] = [person(mode, 'ann'), person(mode, 'bob')];
    expect(new OpenLetters(bob.id).senderOf(ann.begin().write(bob.id, hello))).toBeUndefined();
    const open = new OpenLetters(ann.id).write(bob.id, new Uint8Array(200));
    expect(bob.begin().senderOf(open)).toBeUndefined();
  });

  test('takes any bytes without a word', () => {
    const bob = person(mode, 'bob');
    const atBob = bob.begin();
    const head = Buffer.concat([Uint8Array.of(0x80 | mode), Buffer.from(bob.id, 'latin1')]);
    const noise = fc.uint8Array({ maxLength: 300 }).map((rest) => Buffer.concat([head, rest]));
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 300 }), noise), (letter) => {
        const from = atBob.senderOf(letter);
        expect(from === undefined || atBob.read(letter, undefined) === 'forged').toBe(true);
      }),
    );
  });
});

describe('a holder of the secret', () => {
  test('does not write as another by changing what others wrote', () => {
    expect(MODES.map(renamed)).toEqual(['forged', 'forged', 'forged']);
  });

  test('writes as another where letters are not signed, and only there', async () => {
    const outcomes = MODES.map(async (mode) => {
      const [ann, bob] = [person(mode, 'ann'), person(mode, 'bob')];
      const { lettersOf } = await peerIn(mode, 3);
      return outcome(bob.begin(), lettersOf(ann.id).write(bob.id, hello), ann);
    });
    expect(await Promise.all(outcomes)).toEqual(['hello', 'hello', 'forged']);
  });
});

test('a signed letter of one whose key is not known is refused', () => {
  const [ann, bob] = [person(3, 'ann'), person(3, 'bob')];
  expect(bob.begin().read(ann.begin().write(bob.id, hello), undefined)).toBe('forged');
});

test('as many senders are remembered as the limit says, and no more', () => {
  // What it costs to prove a letter is of no interest here.
  const trusting: Seal = {
    trailerBytes: 0,
    close() {},
    open: (bytes) => bytes.subarray(HEAD_BYTES),
  };
  const random = seededRandom(1);
  const ids = Array.from({ length: LETTER_SENDERS_MAX + 1 }, () => peerKeyOf(drawPeerId(random)));
  const me = peerKeyOf(drawPeerId(random));
  const letters = ids.map((id) => new SealedLetters(id, 1, trusting).write(me, hello));
  const mine = new SealedLetters(me, 1, trusting);
  for (const letter of letters.slice(0, -1)) mine.read(letter, undefined);
  expect(mine.read(letters[0]!, undefined)).toBe('repeated');
  mine.read(letters.at(-1)!, undefined);
  // The second wrote least recently, now that the first was looked up.
  expect(mine.read(letters[0]!, undefined)).toBe('repeated');
  expect(mine.read(letters[1]!, undefined)).toEqual(hello);
});
