/**
 * Runs what the documentation shows, as it stands there, on a computer of a small network: DAN-PC, whose neighbours
 * take messages (ANN-PC, BOB-PC), play tanks (Bob), and hold the list of computers (CAT-PC).
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { transform } from 'esbuild';
import { afterAll, beforeAll, describe, test } from 'vitest';

import { PROGRAM } from '../support/cli.ts';
import {
  allCodeBlocks,
  type CodeBlock,
  FOLLOWED_ELSEWHERE,
  ROOT,
  titleOf,
} from '../support/code-blocks.ts';
import { hasNamespaces, type Host, NamespaceLan } from '../support/lan.ts';
import { until } from '../support/real-time.ts';
import { needs } from '../support/requirement.ts';

const runnable = allCodeBlocks().filter(
  (block) => block.needs === undefined && FOLLOWED_ELSEWHERE[block.page] === undefined,
);
const programs = runnable.filter(({ language }) => language === 'ts');
const terminals = runnable.filter(({ language }) => language === 'sh');

/** To become master of a network takes a browser some seconds; the longest block looks for servers meanwhile. */
const PATIENCE_MS = 20_000;

/** What those commands say that go on until they are ended, once they have begun. */
const BEGUN = 'Ctrl-C ends';

/** A process on one of the computers. What it writes is in its directory, its sockets where paths are short. */
class Run {
  out = '';
  err = '';
  readonly exited: Promise<number | null>;
  readonly #child: ChildProcess;

  constructor(
    host: Host,
    computerName: string,
    command: readonly string[],
    { directory, sockets }: { readonly directory: string; readonly sockets: string },
  ) {
    const name = 'hostname "$0"; exec "$@"';
    const [program, ...args] = host.command(
      'unshare',
      '--uts',
      'sh',
      '-c',
      name,
      computerName,
      ...command,
    );
    const { PATH } = process.env;
    this.#child = spawn(program, args, {
      cwd: directory,
      env: {
        PATH: `${join(directory, 'bin')}:${PATH}`,
        HOME: directory,
        XDG_RUNTIME_DIR: sockets,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child.stdout!.on('data', (text: Buffer) => (this.out += text.toString()));
    this.#child.stderr!.on('data', (text: Buffer) => (this.err += text.toString()));
    this.exited = once(this.#child, 'close').then(([status]: (number | null)[]) => status ?? null);
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** As Ctrl-C does. */
  end(): void {
    this.#child.kill('SIGINT');
  }
}

describe.runIf(needs('root and iproute2, for network namespaces', hasNamespaces()))(
  'the documentation, as it stands,',
  () => {
    const lan = new NamespaceLan();
    const neighbours: Run[] = [];
    let directory: string;
    let sockets: string;
    let dan: Host;

    beforeAll(async () => {
      // From here, imports lead to the packages.
      mkdirSync(join(ROOT, 'test/node_modules'), { recursive: true });
      directory = mkdtempSync(join(ROOT, 'test/node_modules/.blocks-'));
      mkdirSync(join(directory, 'bin'));
      sockets = mkdtempSync(join(tmpdir(), 'mailslot-blocks-'));
      const shim = `#!/bin/sh\nexec '${process.execPath}' '${PROGRAM}' "$@"\n`;
      writeFileSync(join(directory, 'bin/mailslot'), shim, { mode: 0o755 });

      const bridge = lan.bridge();
      const computer = async (name: string, address: string, ...commands: string[][]) => {
        const host = lan.host();
        await host.connect(bridge, 'eth0', [`${address}/24`]);
        for (const command of commands) {
          const own = mkdtempSync(join(sockets, 'neighbour-'));
          const run = new Run(host, name, [process.execPath, PROGRAM, ...command], {
            directory: own,
            sockets: own,
          });
          neighbours.push(run);
          await until(() => run.err.includes(BEGUN) || !run.running);
        }
        return host;
      };
      await computer('ANN-PC', '192.168.1.4', [
        'messenger',
        '--transport',
        'local',
        '--transport',
        'netbios',
      ]);
      await computer(
        'BOB-PC',
        '192.168.1.7',
        ['messenger', '--transport', 'local', '--transport', 'netbios'],
        ['announce', 'tanks', '--name', 'Bob', '--port', '4711'],
      );
      await computer('CAT-PC', '192.168.1.5', ['browse', '--preferred']);
      dan = await computer('DAN-PC', '192.168.1.20');
      const master = neighbours.at(-1)!;
      await until(() => master.out.includes('master') || !master.running, PATIENCE_MS);
      const fallen = neighbours.find(({ running }) => !running);
      if (fallen !== undefined) throw new Error(fallen.err);
    }, 60_000);

    afterAll(async () => {
      for (const neighbour of neighbours) neighbour.end();
      await Promise.all(neighbours.map(({ exited }) => exited));
      await lan[Symbol.asyncDispose]();
      for (const made of [directory, sockets]) rmSync(made, { recursive: true, force: true });
    });

    test.each(programs.map((block) => [titleOf(block), block] as const))(
      '%s runs to its end',
      { timeout: PATIENCE_MS },
      async (title, { given, code }) => {
        const file = join(directory, `${title.replaceAll(/\W/g, '-')}.mjs`);
        const source = `${given}\n${code}\nprocess.exit(0);`;
        const { code: script } = await transform(source, { loader: 'ts', target: 'node20' });
        writeFileSync(file, script);
        const run = new Run(dan, 'DAN-PC', [process.execPath, file], { directory, sockets });
        const status = await run.exited;
        if (status !== 0) throw new Error(`It ended with ${status}:\n${run.err}${run.out}`);
      },
    );

    test.each(terminals.map((block) => [titleOf(block), block] as const))(
      '%s can be typed, each line into a terminal of its own',
      { timeout: PATIENCE_MS },
      async (_, block) => {
        const runs: (readonly [line: string, run: Run])[] = [];
        for (const line of linesOf(block)) {
          const run = new Run(dan, 'DAN-PC', ['sh', '-c', `exec ${line}`], {
            directory,
            sockets,
          });
          runs.push([line, run]);
          await until(() => !run.running || run.err.includes(BEGUN), PATIENCE_MS);
        }
        for (const [, run] of runs) run.end();
        for (const [line, run] of runs) {
          const status = await run.exited;
          // A doctor that finds something wrong with this little network has worked.
          const well = line.startsWith('mailslot doctor') ? [0, 1] : [0];
          if (!well.includes(status!)) throw new Error(`${line} ended with ${status}:\n${run.err}`);
        }
      },
    );
  },
);

/** The commands of a block of shell. */
function linesOf({ given, code }: CodeBlock): readonly string[] {
  return `${given}\n${code}`
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('#'));
}
