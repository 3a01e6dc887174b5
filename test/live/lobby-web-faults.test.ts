/** The game of the web lobby where a fifth of all datagrams is lost and players are killed: real programs, sockets, loss. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { describe, expect, onTestFinished, test } from 'vitest';

import type { View } from '../../packages/examples/lobby-web/src/view.ts';
import type { Command } from '../../packages/examples/lobby-web/src/wire/command.ts';
import { hasNamespaces, hasNftables, type Host, NamespaceLan } from '../support/lan.ts';
import { Program } from '../support/program.ts';
import { needs } from '../support/requirement.ts';
import { until } from '../support/real-time.ts';

const SCRIPT = fileURLToPath(new URL('children/lobby-player.ts', import.meta.url));
const TEST_PACKAGE = fileURLToPath(new URL('..', import.meta.url));
const LOSS_PERCENT = 20;

/** With so much loss a round trip may take some retries, and a newcomer some seconds. */
const PATIENCE_MS = 30_000;

/** Columns; the last disc makes a diagonal of the host's. */
const GAME = [3, 3, 2, 4, 2, 2, 4, 3, 3, 4, 3, 3, 4, 4, 4, 1, 2, 1, 1];
const KILLED_AT_MOVE = 6;

class LossyPlayer {
  readonly #host: Host;
  readonly #args: readonly string[];
  #child!: ChildProcess;
  #exited!: Promise<unknown>;
  view: View | undefined;

  constructor(host: Host, name: string, state: string) {
    this.#host = host;
    this.#args = [name, state];
  }

  async start(): Promise<this> {
    const node = ['--conditions=@mailslot/source', '--import', 'tsx', SCRIPT, ...this.#args];
    const [command, ...args] = this.#host.command(process.execPath, ...node);
    const stdio = ['ignore', 'inherit', 'inherit', 'ipc'] as const;
    this.#child = spawn(command, args, { cwd: TEST_PACKAGE, stdio: [...stdio] });
    this.#exited = once(this.#child, 'exit');
    this.#child.on('message', (view: View) => (this.view = view));
    await until(() => this.view !== undefined, PATIENCE_MS);
    return this;
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#exited;
    this.view = undefined;
  }

  obey(command: Command): void {
    this.#child.send(command);
  }

  /** How many discs it knows of. */
  get discs(): number {
    return this.view?.table?.match?.board.flat().length ?? 0;
  }
}

test('the proof of it runs anywhere, and says what happens', async () => {
  await using proof = new Program('packages/examples/lobby-web/dist/src/proof.js', ['--seed', '3']);
  expect(await proof.ended).toBe(0);
  for (const name of ['Ann', 'Bob']) {
    expect(proof.lines.some((line) => line.startsWith(`${name} is killed`))).toBe(true);
  }
  expect(proof.lines.at(-1)).toBe('Ann has won, and both see it.');
});

describe.runIf(needs('root, iproute2, tcpdump and nftables', hasNamespaces() && hasNftables()))(
  'a game where a fifth of all is lost',
  () => {
    test(
      'outlives both of its players, and both see the same end',
      { timeout: 120_000 },
      async () => {
        await using lan = new NamespaceLan();
        const state = mkdtempSync(join(tmpdir(), 'mailslot-lobby-'));
        onTestFinished(() => rmSync(state, { recursive: true }));
        const bridge = lan.bridge();
        const seat = async (name: string, number: number): Promise<LossyPlayer> => {
          const host = lan.host();
          await host.connect(bridge, 'eth0', [`10.78.0.${number}/24`], { ipv6: false });
          host.keepOut('loss', `iifname "eth0" numgen random mod 100 < ${LOSS_PERCENT}`);
          const player = await new LossyPlayer(host, name, state).start();
          onTestFinished(() => player.kill());
          return player;
        };
        const [ann, bob] = [await seat('Ann', 1), await seat('Bob', 2)];
        ann.obey({ type: 'host', title: 'Dunes' });
        await until(() => bob.view!.rooms.length === 1, PATIENCE_MS);
        const { host, id } = bob.view!.rooms[0]!;
        bob.obey({ type: 'join', host, room: id! });
        await until(() => ann.view!.table?.opponent === 'here', PATIENCE_MS);
        await until(() => bob.view!.table?.opponent === 'here', PATIENCE_MS);
        bob.obey({ type: 'say', text: 'Good luck!' });

        for (const [move, column] of GAME.entries()) {
          const [player, opponent] = move % 2 === 0 ? [ann, bob] : [bob, ann];
          player.obey({ type: 'drop', column });
          await until(() => player.discs === move + 1, PATIENCE_MS);
          // Before anybody can have heard of the move; and then while the others write to it.
          if (move === KILLED_AT_MOVE || move === KILLED_AT_MOVE + 1) {
            await player.kill();
            await until(() => opponent.view!.table!.opponent === 'away', PATIENCE_MS);
            await player.start();
          }
          await until(() => opponent.discs === move + 1, PATIENCE_MS);
        }
        for (const { view } of [ann, bob]) {
          expect(view!.table!.match).toMatchObject({
            wins: [1, 0],
            outcome: { type: 'won', by: 0 },
          });
          expect(view!.table!.talk).toEqual([{ side: 1, name: 'Bob', text: 'Good luck!' }]);
        }
        expect(bob.view!.table!.match).toEqual(ann.view!.table!.match);
      },
    );
  },
);
