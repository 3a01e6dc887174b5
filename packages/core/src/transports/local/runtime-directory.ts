/** The directory in which the processes of one user find each other's mailslots. */

import { lstatSync, mkdirSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { isAbsolute, join } from 'node:path';

import { MailslotError } from '../../errors.ts';
import { fromSystem, systemCode } from './system-error.ts';

const ADVICE = 'Give local() a directory that belongs to you alone.';

/** Anything that a group or others may do. */
const FOREIGN_MODE_BITS = 0o077;

/** `$XDG_RUNTIME_DIR/mailslot` where there is one, else `mailslot-<uid>` among the temporary files. */
export function defaultDirectory(): string {
  const uid = process.geteuid!();
  // oxlint-disable-next-line node/no-process-env -- the XDG specification says where a user's sockets live
  const runtime = process.env['XDG_RUNTIME_DIR'];
  // After `sudo` the variable may still name the directory of another user.
  if (runtime !== undefined && isAbsolute(runtime) && ownerOf(runtime) === uid) {
    return join(runtime, 'mailslot');
  }
  return join(tmpdir(), `mailslot-${uid}`);
}

/**
 * Makes sure that the directory is there and that nobody else can enter it, so that whoever listens or writes in it is
 * this user. Throws `ERROR_ACCESS_DENIED` otherwise: it is not for us to change what belongs to someone.
 */
export function prepareDirectory(directory: string): void {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
  } catch (error) {
    // A link or a file, as will be seen.
    if (systemCode(error) !== 'EEXIST')
      throw fromSystem(error, `Cannot create the directory ${directory} for mailslots`, ADVICE);
  }
  const stats = lstatSync(directory);
  const mode = stats.mode & 0o777;
  let fault: string | undefined;
  if (!stats.isDirectory()) fault = 'is a link or a file';
  else if (stats.uid !== process.geteuid!()) fault = `belongs to user ${stats.uid}`;
  else if ((mode & FOREIGN_MODE_BITS) !== 0) fault = `has mode ${mode.toString(8)}, not 700`;
  if (fault === undefined) return;
  throw new MailslotError(
    'ERROR_ACCESS_DENIED',
    `The directory ${directory} ${fault}: others might read or forge mailslots there. Remove it, or make it yours alone. ${ADVICE}`,
  );
}

function ownerOf(path: string): number | undefined {
  try {
    return statSync(path).uid;
  } catch {
    return undefined;
  }
}
