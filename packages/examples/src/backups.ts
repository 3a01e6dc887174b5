/**
 * Backup servers that announce themselves on the mailslot `CheyenneDS`, as ARCserve's did, and a console that lists them:
 * it asks once who is there already, and then hears who comes and goes. The messages are our own.
 *
 *   npx pnpm backups serve --name VAULT --tape "LTO-8"
 *   npx pnpm backups                                  the console
 */

import { hostname } from 'node:os';
import { parseArgs } from 'node:util';

import { joinNetwork } from '@mailslot/core';
import { createResponder, findResponders, watchResponders } from '@mailslot/services';

import { harmless, lan, NETWORK_OPTIONS } from './command-line.ts';

const SLOT = 'CheyenneDS';
const ANNOUNCE_SECONDS = 60;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    ...NETWORK_OPTIONS,
    name: { type: 'string', default: hostname().split('.')[0]! },
    tape: { type: 'string', default: 'no tape' },
  },
});

const ended = new Promise((resolve) => process.once('SIGINT', resolve));
await using network = await joinNetwork({ transports: [lan(values)] });
await (positionals[0] === 'serve' ? serve(values.name, values.tape) : list());

async function serve(name: string, tape: string): Promise<void> {
  await using responder = await createResponder(network, SLOT, {
    name,
    answer: () => tape,
    announce: { everySeconds: ANNOUNCE_SECONDS, body: tape },
  });
  console.log(`${responder.name} is there.`);
  await ended;
}

async function list(): Promise<void> {
  const known = new Set<string>();
  const here = (name: string, tape: string): void => {
    if (!known.has(name)) console.log(`+ ${harmless(name)}: ${harmless(tape)}`);
    known.add(name);
  };
  watchResponders(network, SLOT).subscribe(({ name, leaves, text }) => {
    if (!leaves) here(name, text());
    else if (known.delete(name)) console.log(`- ${harmless(name)}`);
  });
  findResponders(network, SLOT).answers$.subscribe(({ name, text }) => here(name, text()));
  console.log('Looking for backup servers.');
  await ended;
}
