/** Names left behind by killed processes, on real sockets between real processes. */

import { type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { joinNetwork, local, type Network } from '@mailslot/core';
import { forkSource } from '../support/fork-source.ts';
import type { Order, Outcomes } from './children/local-claimer.ts';

const CLAIMER = new URL('children/local-claimer.ts', import.meta.url);

/** Time for a few system calls of each of three processes on two cores. */
const STEP_NS = 3_000_000;

class Claimer {
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;

  static async start(directory: string): Promise<Claimer> {
    const child = forkSource(CLAIMER, [directory]);
    await once(child, 'message');
    return new Claimer(child);
  }

  private constructor(child: ChildProcess) {
    this.#child = child;
    this.#exited = once(child, 'exit');
  }

  async claim(order: Order): Promise<Outcomes> {
    this.#child.send(order);
    const [outcomes] = (await once(this.#child, 'message')) as [Outcomes];
    return outcomes;
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async kill(): Promise<void> {
    this.signal('SIGKILL');
    await this.#exited;
  }
}

let directory: string;
let claimers: Claimer[];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'ms-'));
  claimers = [];
});

afterEach(async () => {
  await killAll();
  await rm(directory, { recursive: true, force: true });
});

async function start(count: number): Promise<Claimer[]> {
  claimers = await Promise.all(Array.from({ length: count }, () => Claimer.start(directory)));
  return claimers;
}

async function killAll(): Promise<void> {
  await Promise.all(claimers.splice(0).map((claimer) => claimer.kill()));
}

/** All of them create each of the names, at the same moment. One list of outcomes for each name. */
async function race(names: readonly string[], stepNs = STEP_NS): Promise<string[][]> {
  const startNs = String(process.hrtime.bigint() + 50_000_000n);
  const outcomes = await Promise.all(
    claimers.map((claimer) => claimer.claim({ names, startNs, stepNs })),
  );
  return names.map((_, index) => outcomes.map((one) => one[index]!));
}

describe('names left by a killed process', () => {
  const names = Array.from({ length: 500 }, (_, index) => `slot-${index}`);

  /** The generations that the names are at, each of which is a file. */
  async function generations(): Promise<Set<string>> {
    const files = await readdir(directory, { recursive: true });
    const numbers = files
      .map((file) => /\/(\d+)$/.exec(file)?.[1])
      .filter((one) => one !== undefined);
    expect(numbers).toHaveLength(names.length);
    return new Set(numbers);
  }

  test('go to exactly one of two and then of three that want them', async () => {
    await start(1);
    expect(new Set((await race(names, 0)).flat())).toEqual(new Set(['won']));
    await killAll();
    expect(await generations()).toEqual(new Set(['1']));

    for (const [contenders, generation] of [
      [2, '2'],
      [3, '3'],
    ] as const) {
      await start(contenders);
      const losers = Array<string>(contenders - 1).fill('ERROR_ALREADY_EXISTS');
      for (const outcomes of await race(names)) {
        expect(outcomes.toSorted()).toEqual([...losers, 'won']);
      }
      // Each was taken over once, and nothing lies about.
      expect(await generations()).toEqual(new Set([generation]));
      await killAll();
    }
  });
});

/** `connect`, or what went wrong instead. */
function outcomeOf(socket: Socket): Promise<string | undefined> {
  return new Promise((resolve) => {
    socket.once('connect', () => resolve('connect'));
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code));
  });
}

describe('the name of a process', () => {
  let network: Network;

  beforeEach(async () => {
    network = await joinNetwork({ transports: [local({ directory })] });
    await start(1);
    await race(['lobby'], 0);
  });

  afterEach(() => network.close());

  test('is free as soon as the process is killed', async () => {
    await expect(network.createMailslot('lobby')).rejects.toMatchObject({
      code: 'ERROR_ALREADY_EXISTS',
    });
    await killAll();
    await expect(network.openMailslot('lobby')).rejects.toMatchObject({
      code: 'ERROR_FILE_NOT_FOUND',
    });
    const slot = await network.createMailslot('lobby');
    await network.send('lobby', 'mine');
    expect((await slot.read()).text()).toBe('mine');
  });

  test('is not free while the process is only stopped', async () => {
    claimers[0]!.signal('SIGSTOP');
    await expect(network.createMailslot('lobby')).rejects.toMatchObject({
      code: 'ERROR_ALREADY_EXISTS',
    });
  });

  test.runIf(process.platform === 'linux')(
    'is not free while the process is stopped and connections pile up before it',
    async () => {
      claimers[0]!.signal('SIGSTOP');
      const files = await readdir(directory, { recursive: true });
      const socket = files.find((file) => file.endsWith('/1'));
      const outcomes = await Promise.all(
        Array.from({ length: 600 }, () => outcomeOf(connect(join(directory, socket!)))),
      );
      expect(new Set(outcomes)).toEqual(new Set(['connect', 'EAGAIN']));
      await expect(network.createMailslot('lobby')).rejects.toMatchObject({
        code: 'ERROR_ALREADY_EXISTS',
      });
    },
  );
});
