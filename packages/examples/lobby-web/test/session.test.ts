/** Whole programs on the simulated LAN: discovery, letters and timers as they are, and a network that loses much. */

import { Lan } from '@mailslot/core/testing';
import { expect, test } from 'vitest';

import { PATIENCE, Person, sitDown } from '../src/proof/person.ts';

/** What `presets.lobby()` promises of a computer that dies. */
const HOST_CUT_OFF_MS_MAX = 1500;

const POOR = { loss: 0.2, jitterMs: 30, duplication: 0.1 };

/** Plays these columns whatever happens; `between` happens before each move. */
async function playRound(
  lan: Lan,
  people: readonly [Person, Person],
  columns: string,
  between: (move: number) => Promise<unknown> = async () => {},
): Promise<void> {
  for (const [move, column] of Array.from(columns, Number).entries()) {
    await between(move);
    await lan.until(() => people.some((each) => each.isOnTurn), PATIENCE);
    people.find((each) => each.isOnTurn)!.obey({ type: 'drop', column });
  }
}

test.each([1, 2, 3])(
  'a round is played to its end where a fifth is lost, seed %i',
  async (seed) => {
    const lan = new Lan({ seed, ...POOR });
    const [ann, bob] = await sitDown(lan, 'Dunes');
    await playRound(lan, [ann, bob], '0101010');
    await lan.until(() => bob.table?.match?.outcome?.type === 'won', PATIENCE);
    expect(bob.table!.match).toEqual(ann.table!.match);
    expect(bob.table!.match!.wins).toEqual([1, 0]);

    ann.obey({ type: 'again' });
    bob.obey({ type: 'again' });
    await lan.until(() => [ann, bob].every(({ table }) => table?.match?.round === 1), PATIENCE);
    expect(bob.isOnTurn).toBe(true);
  },
);

test('a round outlives its players: each is killed in the middle of it and started again', async () => {
  const lan = new Lan({ seed: 7, ...POOR });
  const [ann, bob] = await sitDown(lan, 'Dunes');
  bob.obey({ type: 'say', text: 'Good luck!' });
  await playRound(lan, [ann, bob], '0101010', async (move) => {
    if (move === 2) {
      await ann.kill();
      await ann.start();
    }
    if (move === 3) {
      await bob.kill();
      await lan.until(() => ann.table?.opponent === 'away', PATIENCE);
      await bob.start();
    }
  });
  await lan.until(() => bob.table?.match?.outcome?.type === 'won', PATIENCE);
  expect(bob.table!.match).toEqual(ann.table!.match);
  await lan.until(() => ann.table?.talk.length === 1, PATIENCE);
  expect(ann.table!.talk).toEqual([{ side: 1, name: 'Bob', text: 'Good luck!' }]);
});

test('a room is gone from every list soon after the computer of its host has died', async () => {
  const lan = new Lan({ seed: 5 });
  await sitDown(lan, 'Dunes');
  const cleo = await new Person(lan, 'Cleo').start();
  await lan.until(() => cleo.view!.rooms[0]?.state === 'full');
  lan.suspend('Ann');
  const tookMs = await lan.until(() => cleo.view!.rooms.length === 0, { withinMs: 10_000 });
  expect(tookMs).toBeLessThan(HOST_CUT_OFF_MS_MAX);
});
