/**
 * LAN chat, as mailslots made it famous. A room is a mailslot that everyone in it creates; `\\*\` writes to all of
 * them at once, `\\BOB\` to Bob's alone. Presence tells who is in the room.
 *
 *   npx pnpm chat den --name Ann     then type; `@BOB psst` is for Bob, `/who` lists, Ctrl-C leaves
 */

import { hostname } from 'node:os';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';

import { joinNetwork } from '@mailslot/core';
import { discover } from '@mailslot/discovery';

import { harmless, lan, NETWORK_OPTIONS } from './command-line.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { ...NETWORK_OPTIONS, name: { type: 'string', default: hostname().split('.')[0]! } },
});
// Mailslots ignore case, services do not.
const room = (positionals[0] ?? 'lounge').toLowerCase();
const mailslot = (scope: string): string => `\\\\${scope}\\mailslot\\chat\\${room}`;

// The transport `local`, on by default, gives a mailslot one owner on a computer. Without it each program is a station
// of its own: Ann and Bob may sit at one machine.
await using network = await joinNetwork({ computerName: values.name, transports: [lan(values)] });
await using slot = await network.createMailslot(mailslot('.'));
await using here = await discover(`chat ${room}`, { network });

const { stdin, stdout } = process;
const terminal = stdin.isTTY && stdout.isTTY;
const keyboard = createInterface({ input: stdin, output: stdout, terminal, prompt: '' });
let typing = terminal;
keyboard.once('close', () => (typing = false));
process.once('SIGINT', () => keyboard.close());

const CLEAR_LINE = '\r\u001B[2K';

/** Prints a line above the one that is being typed. */
function show(line: string): void {
  console.log(`${typing ? CLEAR_LINE : ''}${harmless(line)}`);
  if (typing) keyboard.prompt(true);
}

const showError = (error: Error): void => show(`* ${error.message}`);

show(`* You are ${network.computerName} in ${room}.`);
here.events$.subscribe((event) => {
  if (event.type === 'up') show(`* ${event.peer.name} is here`);
  if (event.type === 'down') show(`* ${event.peer.name} is gone (${event.reason})`);
});
here.problems$.subscribe(({ error }) => showError(error));
slot.on('message', (message) => {
  // One's own words come back from `\\*\` too, but not over the network.
  if (message.transport === 'local') return;
  const whisper = message.to.startsWith('\\\\*\\') ? '' : ' to you';
  show(`${message.from}${whisper}: ${message.text()}`);
});

for await (const line of keyboard) {
  const [, to, text] = /^@(\S+) (.+)$/.exec(line) ?? [line, '*', line];
  if (line === '/who') show(`* here: ${here.peers.map((peer) => peer.name).join(', ')}`);
  else if (line !== '') await network.send(mailslot(to), text).catch(showError);
}
