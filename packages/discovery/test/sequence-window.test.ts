import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import {
  isNewer,
  SEQUENCE_WINDOW,
  SequenceWindow,
  type Verdict,
} from '../src/presence/sequence-window.ts';

/** What the window does, said without bits: a set of all numbers heard, counted without wrapping around. */
class Model {
  readonly #heard: Set<number>;
  #newest: number;

  constructor(first: number) {
    this.#newest = first;
    this.#heard = new Set([first]);
  }

  judge(sequence: number): Verdict {
    if (sequence > this.#newest) return 'newer';
    if (this.#newest - sequence >= SEQUENCE_WINDOW) return 'older';
    return this.#heard.has(sequence) ? 'duplicate' : 'late';
  }

  accept(sequence: number): void {
    this.#heard.add(sequence);
    this.#newest = Math.max(this.#newest, sequence);
  }
}

describe('a sequence window', () => {
  test.each<[heard: number[], next: number, verdict: Verdict]>([
    [[10], 11, 'newer'],
    [[10], 10, 'duplicate'],
    [[10], 9, 'late'],
    [[10, 12], 11, 'late'],
    [[10, 12, 11], 11, 'duplicate'],
    [[100], 100 - 63, 'late'],
    [[100], 100 - 64, 'older'],
    [[100, 163], 100, 'duplicate'],
    [[100, 164], 100, 'older'],
    [[0xffff_ffff], 0, 'newer'],
    [[0xffff_ffff, 0], 0xffff_ffff, 'duplicate'],
    [[0, 0x7fff_ffff], 0xffff_ffff, 'older'],
    [[0], 0x7fff_ffff, 'newer'],
    // Exactly half way around neither is newer (RFC 1982 leaves it open): old evidence is the safe answer.
    [[0], 0x8000_0000, 'older'],
  ])('that heard %j takes %i for %s', (heard, next, verdict) => {
    const window = new SequenceWindow(heard[0]!);
    for (const sequence of heard) window.accept(sequence);
    expect(window.judge(next)).toBe(verdict);
  });

  test('agrees with a set of all numbers heard, wherever it starts', () => {
    const steps = fc.array(fc.integer({ min: -80, max: 80 }), { maxLength: 200 });
    fc.assert(
      fc.property(fc.nat(0xffff_ffff), steps, (start, jumps) => {
        const window = new SequenceWindow(start);
        const model = new Model(start);
        let at = start;
        for (const jump of jumps) {
          at += jump;
          const verdict = window.judge(at >>> 0);
          expect(verdict).toBe(model.judge(at));
          if (verdict === 'older') continue;
          window.accept(at >>> 0);
          model.accept(at);
        }
      }),
    );
  });
});

test('of two sequence numbers at most one is newer', () => {
  fc.assert(
    fc.property(fc.nat(0xffff_ffff), fc.nat(0xffff_ffff), (a, b) => {
      expect(isNewer(a, b) && isNewer(b, a)).toBe(false);
      expect(isNewer(a, a)).toBe(false);
    }),
  );
});
