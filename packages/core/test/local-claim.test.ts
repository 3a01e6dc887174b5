/** Who owns a slot: the steps of generations.ts, and what another process may do between them. */

import * as fs from 'node:fs';
import { readdir } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';

import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';

import { systemRandom } from '@mailslot/core';
import { Generations } from '../src/transports/local/generations.ts';
import { hashName } from '../src/transports/local/rendezvous.ts';
import { close, listen } from '../src/transports/local/sockets.ts';
import { LOBBY, socketDirectory } from './support/local-station.ts';
import { codeOf } from './support/outcomes.ts';

vi.mock('node:fs', { spy: true });
const { linkSync, renameSync, rmSync } = await vi.importActual<typeof fs>('node:fs');

let generations: Generations;
let directory: string;

beforeEach(async () => {
  const runtime = await socketDirectory();
  generations = new Generations(runtime);
  directory = join(runtime, hashName(LOBBY.key));
});

function server(): Server {
  const made = createServer((socket) => socket.destroy());
  onTestFinished(() => close(made));
  return made;
}

async function claim(by: Server = server()): ReturnType<Generations['claim']> {
  return generations.claim(LOBBY, by, systemRandom);
}

/** A server at a claim of its own, as another process is between two steps. */
async function rival(name: string, by: Server = server()): Promise<string> {
  const path = join(directory, name);
  fs.mkdirSync(directory, { recursive: true });
  await listen(by, path);
  return path;
}

/** Leaves what a killed process leaves: a generation at which nobody answers. */
async function leaveDead(generation: number): Promise<void> {
  const dead = server();
  const path = await rival('cdead', dead);
  linkSync(path, join(directory, String(generation)));
  await close(dead);
}

/** Lets something happen just before the next link, and says how often linking was tried. */
function beforeLink(happens: () => void): { tries: () => number } {
  const link = vi.mocked(fs.linkSync).mockClear();
  link.mockImplementationOnce((from, to) => {
    happens();
    linkSync(from, to);
  });
  return { tries: () => link.mock.calls.length };
}

/** The files of the slot: generations by number, claims as `c`. */
async function files(): Promise<string[]> {
  const names = await readdir(directory);
  return names.map((name) => (name.startsWith('c') ? 'c' : name)).toSorted();
}

describe('a claim', () => {
  test('is the first generation of a new name', async () => {
    await claim();
    expect(await files()).toEqual(['1', 'c']);
    expect(generations.find(LOBBY)).toBe(join(directory, '1'));
  });

  test('fails while the owner lives, and leaves nothing behind', async () => {
    await claim();
    expect(await codeOf(() => claim())).toBe('ERROR_ALREADY_EXISTS');
    expect(await files()).toEqual(['1', 'c']);
  });

  test('takes over from the dead and clears away what they left', async () => {
    await leaveDead(7);
    linkSync(join(directory, '7'), join(directory, '3'));
    linkSync(join(directory, '7'), join(directory, 'cdead'));
    await claim();
    expect(await files()).toEqual(['8', 'c']);
    expect(generations.find(LOBBY)).toBe(join(directory, '8'));
  });

  test('removes claims before generations', async () => {
    await leaveDead(1);
    linkSync(join(directory, '1'), join(directory, 'cdead'));
    vi.mocked(fs.rmSync).mockClear();
    await claim();
    const removed = vi.mocked(fs.rmSync).mock.calls.map(([path]) => path);
    expect(removed).toEqual([join(directory, 'cdead'), join(directory, '1')]);
  });

  test('goes to one of any number who try at once', async () => {
    await leaveDead(1);
    for (let round = 0; round < 20; round++) {
      const servers = Array.from({ length: 8 }, server);
      const outcomes = await Promise.all(
        servers.map((one) =>
          claim(one).then(
            () => 'won',
            (error: { code: string }) => error.code,
          ),
        ),
      );
      expect(outcomes.toSorted()).toEqual([...Array(7).fill('ERROR_ALREADY_EXISTS'), 'won']);
      expect(await files()).toEqual(['c', String(round + 2)].toSorted());
      // The winner dies without a word.
      await close(servers[outcomes.indexOf('won')]!);
    }
  });

  test('is given back with the directory, and begins anew', async () => {
    const owner = server();
    const held = await claim(owner);
    held.release();
    await close(owner);
    expect(fs.existsSync(directory)).toBe(false);
    expect(generations.find(LOBBY)).toBeUndefined();
    await claim();
    expect(await files()).toEqual(['1', 'c']);
  });

  test('that has lost its directory leaves the next owner alone', async () => {
    const held = await claim();
    rmSync(directory, { recursive: true });
    await claim();
    held.release();
    expect(await files()).toEqual(['1', 'c']);
  });

  test.runIf(process.platform === 'linux')('is spared by those who clean up', async () => {
    await claim();
    expect(fs.statSync(join(directory, '1')).mode & 0o7777).toBe(0o1600);
  });
});

describe('between looking and linking', () => {
  test('another may take the number: then it is the owner', async () => {
    await leaveDead(1);
    const other = await rival('cother');
    const { tries } = beforeLink(() => linkSync(other, join(directory, '2')));
    expect(await codeOf(() => claim())).toBe('ERROR_ALREADY_EXISTS');
    expect(tries()).toBe(1);
  });

  test('another may take the number and die: then the next one is free', async () => {
    await leaveDead(1);
    beforeLink(() => linkSync(join(directory, '1'), join(directory, '2')));
    await claim();
    expect(await files()).toEqual(['3', 'c']);
  });

  test('two others may win, one after the other: then an old number that is free again is no use', async () => {
    await leaveDead(1);
    const other = await rival('cother');
    const { tries } = beforeLink(() => {
      // The first has died. The second has cleared away: first our claim, then generations 1 and 2.
      linkSync(other, join(directory, '3'));
      for (const name of fs.readdirSync(directory)) {
        if (name !== '3' && name !== 'cother') rmSync(join(directory, name));
      }
    });
    expect(await codeOf(() => claim())).toBe('ERROR_ALREADY_EXISTS');
    expect(tries()).toBe(1);
    expect(await files()).toEqual(['3', 'c']);
  });

  test('the owner may close, which renames the directory: then the name is free', async () => {
    await leaveDead(1);
    const { tries } = beforeLink(() => renameSync(directory, `${directory}.gone`));
    await claim();
    expect(tries()).toBe(2);
    expect(await files()).toEqual(['1', 'c']);
  });

  test('everything may happen a hundred times over: then it is a fault', async () => {
    const link = vi.mocked(fs.linkSync).mockImplementation(() => {
      throw Object.assign(new Error('EEXIST: file already exists'), { code: 'EEXIST' });
    });
    onTestFinished(() => void link.mockReset());
    expect(await codeOf(() => claim())).toBe('ERROR_BUSY');
    expect(link.mock.calls.length).toBeGreaterThanOrEqual(100);
  });
});

test('a file system without links is refused with advice', async () => {
  vi.mocked(fs.linkSync).mockImplementationOnce(() => {
    throw Object.assign(new Error('EPERM: operation not permitted'), { code: 'EPERM' });
  });
  await expect(claim()).rejects.toThrow('Give local() another directory.');
});

test('files that are no generations are not mistaken for some', async () => {
  fs.mkdirSync(directory);
  for (const name of ['0', '01', '1e3', ' 7', '-1', 'NaN', '9'.repeat(16)]) {
    fs.writeFileSync(join(directory, name), '');
  }
  expect(generations.find(LOBBY)).toBeUndefined();
});
