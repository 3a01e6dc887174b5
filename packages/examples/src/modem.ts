/**
 * A modem's helper and its provider on one computer, as Unimodem had them: what happens is written to a file, and a ring
 * on the mailslot `53cb31a0\UnimodemNotifyTSP` says that there is something to read. Rings may be lost; the file is not.
 *
 *   npx pnpm modem provide --spool /tmp/modem.log
 *   npx pnpm modem notify "line 1: ringing" --spool /tmp/modem.log
 */

import { appendFile, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { joinNetwork, local, MailslotError } from '@mailslot/core';
import { createDoorbell, ringDoorbell } from '@mailslot/services';

import { harmless } from './command-line.ts';

const BELL = '\\\\.\\mailslot\\53cb31a0\\UnimodemNotifyTSP';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { spool: { type: 'string', default: join(tmpdir(), 'mailslot-modem.log') } },
});

await using network = await joinNetwork({ transports: [local()] });
const [command, ...words] = positionals;
await (command === 'provide' ? provide(values.spool) : notify(words.join(' '), values.spool));

async function provide(spool: string): Promise<void> {
  let shown = 0;
  await using bell = await createDoorbell(network, BELL, {
    async pull() {
      const lines = (await readFile(spool, 'utf8').catch(() => '')).split('\n').slice(0, -1);
      for (const line of lines.slice(shown)) console.log(harmless(line));
      shown = lines.length;
    },
  });
  console.log('The provider listens.');
  await new Promise((resolve) => process.once('SIGINT', resolve));
  console.log(`It rang ${bell.stats().rings} times.`);
}

async function notify(what: string, spool: string): Promise<void> {
  await appendFile(spool, `${what}\n`);
  try {
    await ringDoorbell(network, BELL);
  } catch (error) {
    if (!(error instanceof MailslotError)) throw error;
    console.log('No provider listens now. It will read this when it starts.');
  }
}
