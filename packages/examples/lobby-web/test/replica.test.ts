import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import type { Side } from '../src/game/board.ts';
import { EMPTY_JOURNAL, type Entry, matchOf } from '../src/game/journal.ts';
import { type Act, allows, other } from '../src/game/match.ts';
import { type Letter, Replica, RETRY_MS_MAX, RETRY_MS_MIN } from '../src/game/replica.ts';

/** What happens next: a side acts, a letter arrives, is lost or is doubled, a program is killed, time passes. */
type Step =
  | { readonly type: 'act'; readonly side: Side; readonly draw: number }
  | { readonly type: 'deliver' | 'lose' | 'double'; readonly draw: number }
  | { readonly type: 'restart'; readonly side: Side }
  | { readonly type: 'pass'; readonly ms: number };

const side = fc.constantFrom<Side>(0, 1);
const draw = fc.nat();
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ type: fc.constant('act' as const), side, draw }) },
  { weight: 6, arbitrary: fc.record({ type: fc.constant('deliver' as const), draw }) },
  {
    weight: 2,
    arbitrary: fc.record({ type: fc.constantFrom('lose' as const, 'double' as const), draw }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('restart' as const), side }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('pass' as const), ms: fc.nat(1000) }) },
);

/** Two replicas, and the letters between them in any order. */
class Rig {
  readonly replicas: [Replica, Replica] = [
    new Replica(0, EMPTY_JOURNAL),
    new Replica(1, EMPTY_JOURNAL),
  ];
  readonly way: { readonly to: Side; readonly letter: Letter }[] = [];
  now = 0;

  take(step: Step): void {
    switch (step.type) {
      case 'act': {
        const replica = this.replicas[step.side];
        const choices = CHOICES.filter((act) => allows(matchOf(replica.journal), step.side, act));
        replica.write(choices[step.draw % choices.length]!);
        break;
      }
      case 'deliver':
        this.#deliver(step.draw, true);
        break;
      case 'double':
        this.#deliver(step.draw, false);
        break;
      case 'lose':
        if (this.way.length > 0) this.way.splice(step.draw % this.way.length, 1);
        break;
      case 'restart':
        // What a killed program knows again: what it had written down.
        this.replicas[step.side] = new Replica(step.side, this.replicas[step.side].journal);
        this.replicas[other(step.side)].greet();
        break;
      case 'pass':
        this.now += step.ms;
    }
    this.collect();
  }

  /** What must never be: one side knows what the other did not write, or takes it for a fraud. */
  get flaws(): string[] {
    return ([0, 1] as const).flatMap((reader) => {
      const writer = other(reader);
      const read = this.replicas[reader].journal[writer];
      const written = this.replicas[writer].journal[writer].slice(0, read.length);
      const flaws = JSON.stringify(read) === JSON.stringify(written) ? [] : [`${reader} misread`];
      return this.replicas[reader].refused ? [...flaws, `${reader} refused`] : flaws;
    });
  }

  collect(): void {
    for (const side of [0, 1] as const) {
      const letter = this.replicas[side].letterDue(this.now);
      if (letter !== undefined) this.way.push({ to: other(side), letter });
    }
  }

  /** Everything arrives from now on. Returns how many letters it took until nothing was left to say. */
  settle(): number {
    let letters = 0;
    for (;;) {
      while (this.way.length > 0) {
        letters++;
        this.#deliver(0, true);
        this.collect();
        if (letters > 1000) throw new Error('They go on writing for ever.');
      }
      const wakeAt = Math.min(...this.replicas.map((replica) => replica.wakeAt));
      if (wakeAt === Infinity) return letters;
      this.now = Math.max(this.now, wakeAt);
      this.collect();
    }
  }

  #deliver(draw: number, remove: boolean): void {
    if (this.way.length === 0) return;
    const at = draw % this.way.length;
    const { to, letter } = this.way[at]!;
    if (remove) this.way.splice(at, 1);
    this.replicas[to].read(letter);
  }
}

const CHOICES: readonly Act[] = [
  ...[0, 1, 2, 3, 4, 5, 6].map((column) => ({ type: 'drop', column }) as const),
  { type: 'again' },
  { type: 'say', text: 'hm' },
];

test('whatever is lost, doubled, reordered or killed, both sides come to have one and the same journal', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const rig = new Rig();
      for (const each of steps) {
        rig.take(each);
        expect(rig.flaws).toEqual([]);
      }
      rig.settle();
      const [host, guest] = rig.replicas;
      expect(guest.journal).toEqual(host.journal);
      expect(matchOf(guest.journal)).toEqual(matchOf(host.journal));
      expect([host.unacknowledged, guest.unacknowledged]).toEqual([0, 0]);
    }),
    { numRuns: 300 },
  );
});

function settled(): Rig {
  const rig = new Rig();
  rig.collect();
  rig.settle();
  return rig;
}

describe('a replica', () => {
  test('says nothing while there is nothing to say', () => {
    const rig = settled();
    expect(rig.replicas.map((replica) => replica.wakeAt)).toEqual([Infinity, Infinity]);
  });

  test('sends a move at once, and is told by one letter that it came', () => {
    const rig = settled();
    rig.replicas[0].write({ type: 'drop', column: 3 });
    rig.collect();
    expect(rig.settle()).toBe(2);
  });

  test('asks again ever more slowly, and at once when it may be heard again', () => {
    const rig = settled();
    const [host] = rig.replicas;
    host.write({ type: 'drop', column: 3 });
    const waits: number[] = [];
    for (let letters = 0; letters < 8; letters++) {
      host.letterDue(rig.now);
      waits.push(host.wakeAt - rig.now);
      rig.now = host.wakeAt;
    }
    expect(waits[0]).toBe(RETRY_MS_MIN);
    expect(waits.at(-1)).toBe(RETRY_MS_MAX);
    host.letterDue(rig.now);
    host.greet();
    expect(host.wakeAt).toBe(-Infinity);
  });

  test('puts no more into a letter than one datagram holds, and sends the rest after it', () => {
    const rig = settled();
    const [host, guest] = rig.replicas;
    for (let n = 0; n < 20; n++) host.write({ type: 'say', text: 'x'.repeat(200) });
    const letter = host.letterDue(rig.now)!;
    expect(JSON.stringify(letter).length).toBeLessThan(900);
    guest.read(letter);
    rig.collect();
    rig.settle();
    expect(guest.journal).toEqual(host.journal);
  });
});

const entry = (seen: number, act: Act): Entry => ({ seen, act });
const letter = (entries: readonly Entry[], from = 0): Letter => ({
  from,
  entries,
  acknowledged: 0,
});

describe('a replica refuses', () => {
  test.each([
    ['a move out of turn', [entry(0, { type: 'drop', column: 3 })]],
    ['another round before this one is over', [entry(0, { type: 'again' })]],
    ['an answer to what was never written', [entry(1, { type: 'say', text: 'hm' })]],
    ['talk that is too long', [entry(0, { type: 'say', text: 'x'.repeat(201) })]],
  ])('%s, and stays as it was', (_what, entries) => {
    const host = new Replica(0, EMPTY_JOURNAL);
    expect(host.read(letter(entries))).toBe(false);
    expect(host.refused).toBe(true);
    expect(host.journal).toEqual(EMPTY_JOURNAL);
    expect(host.write({ type: 'drop', column: 0 })).toBe(true);
  });

  test('a second move in one turn, and a disc in a full column', () => {
    const host = new Replica(0, EMPTY_JOURNAL);
    host.write({ type: 'drop', column: 3 });
    const move = entry(1, { type: 'drop', column: 3 });
    host.read(letter([move, move]));
    expect(host.refused).toBe(true);
    expect(matchOf(host.journal).board[3]).toEqual([0, 1]);
  });

  test('to have its own past, or that of the other side, rewritten', () => {
    const rig = settled();
    const [host, guest] = rig.replicas;
    guest.write({ type: 'say', text: 'I give up.' });
    rig.collect();
    rig.settle();
    host.read(letter([entry(0, { type: 'say', text: 'I win.' })]));
    expect(host.journal[1]).toEqual([entry(0, { type: 'say', text: 'I give up.' })]);
    host.read({ from: 0, entries: [], acknowledged: 7 });
    expect(host.unacknowledged).toBe(0);
  });
});
