/** The players' processes: forked, told what to do, and never left behind. */

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';

import type { Action } from './story.ts';

export interface StageOptions {
  readonly service: string;
  readonly port: number;
  readonly onExit: (player: string, code: number | null, signal: NodeJS.Signals | null) => void;
}

export class Stage {
  readonly #players: ReadonlyMap<string, ChildProcess>;

  constructor(cast: readonly string[], { service, port, onExit }: StageOptions) {
    this.#players = new Map(
      cast.map((player) => {
        const child = fork(new URL('player.js', import.meta.url), [service, String(port), player], {
          stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
        });
        child.once('exit', (code, signal) => onExit(player, code, signal));
        return [player, child];
      }),
    );
  }

  /** Resolves when all have loaded and wait for their cue. */
  async ready(): Promise<void> {
    await Promise.all(
      Array.from(this.#players, async ([player, child]) => {
        await Promise.race([once(child, 'message'), once(child, 'exit')]);
        if (child.exitCode !== null) throw new Error(`${player}'s process could not start.`);
      }),
    );
  }

  pid(player: string): number {
    return this.#child(player).pid!;
  }

  play(player: string, action: Action): void {
    const child = this.#child(player);
    if (action.type === 'kill') child.kill('SIGKILL');
    // To one that is dead already nothing can be said; its exit has been reported.
    else child.send(action, () => {});
  }

  /** Ends whoever is still there, at once. */
  close(): void {
    for (const child of this.#players.values()) {
      child.removeAllListeners('exit');
      child.kill('SIGKILL');
    }
  }

  #child(player: string): ChildProcess {
    return this.#players.get(player)!;
  }
}
