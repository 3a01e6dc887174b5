/** On the real transport `local`, and real files. */

import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, test } from 'vitest';

import { COPIES_MAX, Profile } from '../src/profile.ts';
import type { Seat } from '../src/seat.ts';

let directory: string;
const open: Profile[] = [];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'mailslot-profile-'));
});

afterEach(async () => {
  await Promise.all(open.splice(0).map((profile) => profile.close()));
  await rm(directory, { recursive: true });
});

async function openProfile(name: string): Promise<Profile> {
  const profile = await Profile.open(directory, name);
  open.push(profile);
  return profile;
}

const seat: Seat = {
  host: 'a'.repeat(43),
  room: 'r',
  title: 'Dunes',
  opponent: { key: 'b'.repeat(43), name: 'Bob' },
  sitting: 's',
  journal: [[{ seen: 0, act: { type: 'drop', column: 3 } }], []],
};

test('a player is the same in its next life, and sits where it sat', async () => {
  const first = await openProfile('Ann');
  first.save(seat);
  await first.close();
  const second = await openProfile('Ann');
  expect(second.identity.publicKey).toBe(first.identity.publicKey);
  expect(second.seat).toEqual(seat);
  second.save(undefined);
  await second.close();
  expect((await openProfile('Ann')).seat).toBeUndefined();
});

test('several programs of one name at one computer are several players', async () => {
  const profiles = [await openProfile('Ann'), await openProfile('Ann'), await openProfile('Ann')];
  expect(profiles.map(({ name }) => name)).toEqual(['Ann', 'Ann 2', 'Ann 3']);
  expect(new Set(profiles.map(({ identity }) => identity.publicKey)).size).toBe(3);
  await profiles[0]!.close();
  expect((await openProfile('Ann')).name).toBe('Ann');
});

test('there is an end to them', async () => {
  for (let copy = 1; copy <= COPIES_MAX; copy++) await openProfile('Ann');
  await expect(openProfile('Ann')).rejects.toThrow('Take another name.');
});

test('names that would lead elsewhere on the disk are names like others', async () => {
  const profile = await openProfile('../../Ann');
  profile.save(seat);
  expect(await readFile(join(directory, '..%2F..%2FAnn.json'), 'utf8')).toContain('Dunes');
});

test.skipIf(process.platform === 'win32')('nobody else can read who a player is', async () => {
  await openProfile('Ann');
  expect((await stat(join(directory, 'Ann.json'))).mode & 0o077).toBe(0);
});

test('a file that cannot be read is begun anew', async () => {
  await writeFile(join(directory, 'Ann.json'), '{ "identity": "nobody", "seat": 7 }');
  expect((await openProfile('Ann')).seat).toBeUndefined();
});
