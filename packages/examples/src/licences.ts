/**
 * Who serves licences? As hosts of Terminal Services asked their domain on the mailslot `HydraLsServer`: every server
 * answers, and each client chooses one by lot. The messages are our own; those of Windows are not public.
 *
 *   npx pnpm licences serve --name LIC-1 --free 5
 *   npx pnpm licences                                asks once
 */

import { hostname } from 'node:os';
import { parseArgs } from 'node:util';

import { joinNetwork } from '@mailslot/core';
import { createResponder, findResponders } from '@mailslot/services';

import { harmless, lan, NETWORK_OPTIONS } from './command-line.ts';

const SLOT = 'HydraLsServer';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    ...NETWORK_OPTIONS,
    name: { type: 'string', default: hostname().split('.')[0]! },
    free: { type: 'string', default: '1' },
  },
});

await using network = await joinNetwork({ transports: [lan(values)] });
await (positionals[0] === 'serve' ? serve(values.name, Number(values.free)) : ask());

async function serve(name: string, free: number): Promise<void> {
  await using responder = await createResponder(network, SLOT, {
    name,
    // Who has none to give is better not chosen.
    answer: ({ from }) => {
      console.log(`${harmless(from) || 'Somebody'} asks.`);
      return free > 0 ? `${free} free` : undefined;
    },
  });
  console.log(`${responder.name} serves ${free} licences.`);
  await new Promise((resolve) => process.once('SIGINT', resolve));
}

async function ask(): Promise<void> {
  const server = await findResponders(network, SLOT, { question: 'licence' }).pick();
  if (server === undefined) console.log('Nobody serves licences.');
  else
    console.log(
      `Chosen: ${harmless(server.name)} at ${server.address}, ${harmless(server.text())}.`,
    );
}
