/** Which browsers share the work of a master: [MS-BRWS] 3.3.5.5 and 3.3.6. */

import type { BrowseEntry } from './browse-list.ts';
import { hasType, SERVER_TYPE } from './server-type.ts';

/** A backup for each so many hosts. */
const HOSTS_PER_BACKUP = 32;

/** More are of no use to clients, which try three. */
export const BACKUPS_MAX = 3;

/** On a smaller segment the master answers clients alone; note 50 of [MS-BRWS]. */
const SHARED_HOSTS_MIN = 11;

/** How many backups a segment of so many hosts is to have, its master included in the count. */
export function backupsWanted(hosts: number): number {
  if (hosts <= 1) return 0;
  return Math.min(1 + Math.floor(hosts / HOSTS_PER_BACKUP), BACKUPS_MAX);
}

/** Who of these is to become a backup, so that there are enough. */
export function backupsToMake(hosts: readonly BrowseEntry[]): string[] {
  const backups = hosts.filter(isBackup).length;
  const missing = Math.max(0, backupsWanted(hosts.length) - backups);
  return hosts
    .filter((host) => isIdle(host))
    .slice(0, missing)
    .map(({ name }) => name);
}

/** What a client is told that asks for so many browsers with the list. */
export function backupList(
  hosts: readonly BrowseEntry[],
  master: string,
  count: number,
): readonly string[] {
  if (hosts.length < SHARED_HOSTS_MIN) return [master];
  const backups = hosts.filter(isBackup).map(({ name }) => name);
  return [...backups, master].slice(0, Math.max(1, Math.min(count, BACKUPS_MAX)));
}

function isBackup({ serverType }: BrowseEntry): boolean {
  return hasType(serverType, SERVER_TYPE.BACKUP_BROWSER);
}

/** A potential browser with nothing to do yet. */
function isIdle({ serverType }: BrowseEntry): boolean {
  const busy = SERVER_TYPE.BACKUP_BROWSER | SERVER_TYPE.MASTER_BROWSER;
  return hasType(serverType, SERVER_TYPE.POTENTIAL_BROWSER) && !hasType(serverType, busy);
}
