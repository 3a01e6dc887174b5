/**
 * A list of games. A host announces its game with typed info and updates it live; everyone else sees the list. A host
 * that dies falls off it, and info that does not fit the schema never gets on.
 *
 *   npx pnpm games host Dunes --seats 4     then type `join` or `leave`
 *   npx pnpm games                          all games, live
 */

import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';

import { discover, watch } from '@mailslot/discovery';
import * as v from 'valibot';

import { harmless, lan, NETWORK_OPTIONS } from './command-line.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { ...NETWORK_OPTIONS, seats: { type: 'string', default: '4' } },
});

const Seats = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(64));
const Game = v.pipe(
  v.object({ seats: Seats, taken: Seats }),
  v.check(({ seats, taken }) => taken <= seats, 'there are not so many seats'),
);

/** Where this game would be played; whoever joins dials it at the address that discovery heard it from. */
const GAME_PORT = 4711;

const network = { transports: [lan(values)], schema: Game };
const [command = 'list', name = 'Untitled'] = positionals;
await (command === 'host' ? host(name, Number(values.seats)) : list());

async function host(name: string, seats: number): Promise<void> {
  const info = { seats, taken: 0 };
  await using lobby = await discover('games', { ...network, name, port: GAME_PORT, info });
  const keyboard = createInterface({ input: process.stdin });
  process.once('SIGINT', () => keyboard.close());
  console.log(`${name} is open: ${seats} seats.`);
  for await (const line of keyboard) {
    const change = Number(line === 'join') - Number(line === 'leave');
    // The schema guards one's own info as well: it has the last word on a full table.
    await lobby
      .update({ seats, taken: lobby.me.info.taken + change })
      .catch((error: Error) => console.log(error.message));
    console.log(`${lobby.me.info.taken} of ${seats} seats are taken.`);
  }
}

async function list(): Promise<void> {
  const games = await watch('games', network);
  games.peers$.subscribe((hosts) => {
    console.clear();
    console.log(hosts.length === 0 ? 'No games yet.' : 'Games:');
    for (const { name, info, addresses, port } of hosts) {
      const free =
        info.taken < info.seats ? `${info.seats - info.taken} of ${info.seats} free` : 'full';
      console.log(`  ${harmless(name)}: ${free}, at ${addresses[0]} port ${port}`);
    }
  });
}
