/**
 * A game that outlives everything: a fifth of all datagrams is lost, some come twice or late, and both players are
 * killed in the middle of it. On the simulated LAN, so that a minute takes a second.
 *
 *   npx pnpm lobby:proof [--seed 2]
 */

import { parseArgs } from 'node:util';

import { Lan } from '@mailslot/core/testing';

import { ROWS } from './game/board.ts';
import { PATIENCE, type Person, sitDown } from './proof/person.ts';

/** Columns; the last disc makes a diagonal of the host's. */
const GAME = [3, 3, 2, 4, 2, 2, 4, 3, 3, 4, 3, 3, 4, 4, 4, 1, 2, 1, 1];

/** After these moves whoever made it is killed, as soon as it is written down. */
const DEADLY_MOVES: ReadonlySet<number> = new Set([6, 9]);

const { values } = parseArgs({ options: { seed: { type: 'string', default: '1' } } });
const lan = new Lan({ seed: Number(values.seed), loss: 0.2, duplication: 0.1, jitterMs: 30 });
const people = await sitDown(lan, 'Dunes');
console.log('Ann and Bob sit in the room Dunes. 20 % of all datagrams are lost, 10 % come twice.');
for (const [move, column] of GAME.entries()) {
  const [player, opponent] = move % 2 === 0 ? people : [people[1], people[0]];
  player.obey({ type: 'drop', column });
  if (DEADLY_MOVES.has(move)) await killAndRestart(player, opponent);
  const tookMs = await lan.until(() => opponent.discs > move, PATIENCE);
  console.log(
    `${player.name} plays column ${column + 1}; ${opponent.name} has it ${ms(tookMs)} later.`,
  );
}

const [hosts, guests] = people.map(({ table }) => table!.match!);
console.log(drawing(people[0]));
const same = JSON.stringify(hosts) === JSON.stringify(guests) && hosts!.outcome?.type === 'won';
console.log(same ? 'Ann has won, and both see it.' : 'They do not see the same game.');
process.exitCode = same ? 0 : 1;

async function killAndRestart(victim: Person, witness: Person): Promise<void> {
  await victim.kill();
  const tookMs = await lan.until(() => witness.table?.opponent === 'away', PATIENCE);
  console.log(`${victim.name} is killed; ${witness.name} sees it ${ms(tookMs)} later.`);
  await victim.start();
  const backMs = await lan.until(() => witness.table?.opponent === 'here', PATIENCE);
  console.log(`${victim.name} is started again; ${witness.name} sees it ${ms(backMs)} later.`);
}

function ms(time: number): string {
  return `${Math.round(time)} ms`;
}

function drawing({ table }: Person): string {
  const board = table!.match!.board;
  const rows = Array.from({ length: ROWS }, (_, row) =>
    board.map((column) => ['o', 'x'][column[row] ?? 2] ?? '.').join(' '),
  );
  return rows.toReversed().join('\n');
}
