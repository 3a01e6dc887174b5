#!/usr/bin/env node

import { defined } from './defined.ts';
import { run } from './program.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** npm and npx pass on the Ctrl-C that the terminal has sent to all already: two within this time are one. */
const SAME_SIGNAL_MS = 100;

const end = new AbortController();
let endedAt: number | undefined;

/** The first signal ends the program in peace, a second one at once. */
function onSignal(): void {
  endedAt ??= performance.now();
  if (performance.now() - endedAt > SAME_SIGNAL_MS) process.exit(1);
  end.abort();
}

for (const signal of SIGNALS) process.on(signal, onSignal);

async function main(): Promise<void> {
  process.exitCode = await run({
    argv: process.argv.slice(2),
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    // oxlint-disable-next-line node/no-process-env -- unlike a command line, others cannot see it
    ...defined({ secret: process.env['MAILSLOT_SECRET'] || undefined }),
    onExit: (action) => {
      process.once('exit', action);
      return () => process.off('exit', action);
    },
    signal: end.signal,
  });
}

void main();
