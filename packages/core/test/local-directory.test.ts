/** Where sockets are: the directory is the user's alone, or there are no mailslots. */

import { chmod, chown, lstat, mkdir, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, onTestFinished, test, vi } from 'vitest';

import { defaultDirectory } from '../src/transports/local/runtime-directory.ts';
import { localStation, LOBBY, message, socketDirectory } from './support/local-station.ts';
import { codeOf } from './support/outcomes.ts';

const uid = process.geteuid!();
const root = uid === 0;

function withRuntimeDirectory(value: string | undefined): string {
  vi.stubEnv('XDG_RUNTIME_DIR', value);
  onTestFinished(() => void vi.unstubAllEnvs());
  return defaultDirectory();
}

describe('the default directory', () => {
  test('is in the XDG runtime directory', async () => {
    const runtime = await socketDirectory();
    expect(withRuntimeDirectory(runtime)).toBe(join(runtime, 'mailslot'));
  });

  test('is among the temporary files where there is none', async () => {
    const fallback = join(tmpdir(), `mailslot-${uid}`);
    expect(withRuntimeDirectory(undefined)).toBe(fallback);
    expect(withRuntimeDirectory('relative')).toBe(fallback);
    expect(withRuntimeDirectory(join(await socketDirectory(), 'missing'))).toBe(fallback);
  });

  test.runIf(root)('is not in the runtime directory of another user', async () => {
    const runtime = await socketDirectory();
    await chown(runtime, 12_345, 12_345);
    expect(withRuntimeDirectory(runtime)).toBe(join(tmpdir(), `mailslot-${uid}`));
  });
});

describe('the directory', () => {
  test('is made for the user alone, with what leads to it', async () => {
    const directory = join(await socketDirectory(), 'a', 'b');
    await localStation(directory);
    expect((await lstat(directory)).mode & 0o777).toBe(0o700);
  });

  test('is refused if it is a link, wherever it leads', async () => {
    const place = await socketDirectory();
    await mkdir(join(place, 'real'), { mode: 0o700 });
    await symlink(join(place, 'real'), join(place, 'link'));
    expect(await codeOf(() => localStation(join(place, 'link')))).toBe('ERROR_ACCESS_DENIED');
  });

  test('is refused if it is a file', async () => {
    const file = join(await socketDirectory(), 'file');
    await writeFile(file, '');
    expect(await codeOf(() => localStation(file))).toBe('ERROR_ACCESS_DENIED');
    expect(await codeOf(() => localStation(join(file, 'below')))).toBe('ERROR_PATH_NOT_FOUND');
  });

  test.each([0o701, 0o710, 0o770, 0o755, 0o777])('is refused with mode %o', async (mode) => {
    const directory = await socketDirectory();
    await chmod(directory, mode);
    await expect(localStation(directory)).rejects.toThrow(`has mode ${mode.toString(8)}, not 700`);
  });

  test.runIf(root)('is refused if it belongs to another user', async () => {
    const directory = await socketDirectory();
    await chown(directory, 12_345, 12_345);
    await expect(localStation(directory)).rejects.toThrow('belongs to user 12345');
  });

  test('may have a path of 68 bytes and not one more', async () => {
    const place = `${await socketDirectory()}/`;
    const longest = place + 'x'.repeat(68 - place.length);
    const station = await localStation(longest);
    await station.transport.listen(LOBBY, { maxMessageSize: 0 });
    const channel = await station.transport.open({ kind: 'local' }, LOBBY);
    await channel.send(message('not cut off'));
    await vi.waitUntil(() => station.received.length === 1);
    expect(await codeOf(() => localStation(`${longest}x`))).toBe('ERROR_FILENAME_EXCED_RANGE');
  });

  test('comes back when someone has removed it, and with it every slot', async () => {
    const directory = join(await socketDirectory(), 'run');
    const { transport } = await localStation(directory);
    await transport.listen(LOBBY, { maxMessageSize: 0 });
    await rm(directory, { recursive: true });
    expect(await codeOf(() => transport.open({ kind: 'local' }, LOBBY))).toBe(
      'ERROR_FILE_NOT_FOUND',
    );
    await transport.listen(LOBBY, { maxMessageSize: 0 });
    expect((await lstat(directory)).mode & 0o777).toBe(0o700);
    await transport.open({ kind: 'local' }, LOBBY);
  });

  test('is empty after the last slot has closed', async () => {
    const directory = await socketDirectory();
    const { transport } = await localStation(directory);
    const listening = await transport.listen(LOBBY, { maxMessageSize: 0 });
    expect(await readdir(directory)).toHaveLength(1);
    await listening.close();
    expect(await readdir(directory)).toEqual([]);
  });
});
