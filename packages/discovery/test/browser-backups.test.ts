import { describe, expect, test } from 'vitest';

import { BACKUPS_MAX, backupList, backupsToMake, backupsWanted } from '../src/browser/backups.ts';
import type { BrowseEntry } from '../src/browser/browse-list.ts';
import { SERVER_TYPE } from '../src/browser/server-type.ts';

const { POTENTIAL_BROWSER, BACKUP_BROWSER, MASTER_BROWSER } = SERVER_TYPE;

function hosts(count: number, serverType: number, prefix: string): BrowseEntry[] {
  const version = { major: 6, minor: 1 };
  return Array.from({ length: count }, (_, at) => {
    return { name: `${prefix}${at}`, serverType, version, comment: '' };
  });
}

test.each([
  [0, 0],
  [1, 0],
  [2, 1],
  [31, 1],
  [32, 2],
  [63, 2],
  [64, BACKUPS_MAX],
  [1000, BACKUPS_MAX],
])('%i hosts want %i backups', (count, backups) => {
  expect(backupsWanted(count)).toBe(backups);
});

describe('backups are made', () => {
  test('of potential browsers, as many as are missing', () => {
    const master = hosts(1, POTENTIAL_BROWSER | MASTER_BROWSER, 'M');
    const others = [...hosts(30, SERVER_TYPE.SERVER, 'S'), ...hosts(9, POTENTIAL_BROWSER, 'P')];
    expect(backupsToMake([...master, ...others])).toEqual(['P0', 'P1']);
    const backup = hosts(1, POTENTIAL_BROWSER | BACKUP_BROWSER, 'B');
    expect(backupsToMake([...master, ...others, ...backup])).toEqual(['P0']);
  });

  test('not where there is nobody to be one', () => {
    expect(backupsToMake(hosts(40, SERVER_TYPE.SERVER, 'S'))).toEqual([]);
  });
});

describe('clients are told', () => {
  const backups = hosts(5, POTENTIAL_BROWSER | BACKUP_BROWSER, 'B');

  test('of the master alone on a small segment', () => {
    expect(backupList([...backups, ...hosts(5, 0, 'S')], 'M', 4)).toEqual(['M']);
  });

  test(`of at most ${BACKUPS_MAX} browsers, and no more than they want, but of one`, () => {
    const all = [...backups, ...hosts(6, 0, 'S')];
    expect(backupList(all, 'M', 4)).toEqual(['B0', 'B1', 'B2']);
    expect(backupList(all, 'M', 2)).toEqual(['B0', 'B1']);
    expect(backupList(all, 'M', 0)).toEqual(['B0']);
    expect(backupList(hosts(20, 0, 'S'), 'M', 4)).toEqual(['M']);
  });
});
