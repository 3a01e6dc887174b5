/**
 * Who owns a slot, where a socket is a file that outlives its process.
 *
 * A slot is a directory; its owner listens at the highest number in it, its *generation*. To own a slot,
 *
 * 1. listen at a *claim*, a file of a random name in the directory, and only then look;
 * 2. give up if something answers at the highest generation. If nothing does, its owner is dead, now and for ever,
 *    because nobody else can listen at the same file;
 * 3. link the claim to the next number: that decides. If the number is taken or the claim is gone, start over;
 * 4. remove every other claim, then every lower generation, in this order, and never the highest.
 *
 * Why there is one winner: while no file is removed, `link` gives each number once, and only upon a dead one. Step 4
 * might free a number for one who has looked long ago. But whoever has not seen the new generation had made its claim
 * before, so that claim is removed first, and without it there is nothing to link. This asks no more of the system than
 * POSIX promises: `link` fails if the name exists, and a listing shows what is there from its beginning to its end.
 *
 * An owner that closes renames the directory away while it still listens. Who is at step 2 or 3 has a claim in that
 * directory, which no longer bears the slot's name, and starts over.
 *
 * File operations are synchronous: each is one system call on a handful of names, done before a thread could begin it.
 */

import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { connect, type Server } from 'node:net';
import { join, resolve } from 'node:path';

import { MailslotError } from '../../errors.ts';
import type { SlotPath } from '../../name.ts';
import type { Random } from '../../random.ts';
import {
  alreadyExists,
  type Claim,
  HASH_CHARACTERS,
  hashName,
  type Rendezvous,
} from './rendezvous.ts';
import { prepareDirectory } from './runtime-directory.ts';
import { close, listen } from './sockets.ts';
import { fromSystem, systemCode } from './system-error.ts';

/** macOS keeps 104 bytes of a socket's path, Linux 108, each with the final zero. Node cuts off the rest and says nothing. */
const SOCKET_PATH_BYTES_MAX = 103;

/** A claim's name is the letter c and this many random bytes in hexadecimal digits. */
const CLAIM_ID_BYTES = 6;

/** What follows the directory in the longest path: `/`, the slot's hash, `/`, the claim. */
const INNER_PATH_BYTES: number = 1 + HASH_CHARACTERS + 1 + 1 + 2 * CLAIM_ID_BYTES;

/** Who starts over has lost to another, and finds it alive; this often, they all died at once. */
const ATTEMPTS_MAX = 100;

/** Fifteen digits stay exact in a number. */
const GENERATION = /^[1-9]\d{0,14}$/;

/**
 * What one meets when another is quicker: it took the number, or the same name for its claim; it removed the claim or
 * the generation; it renamed the directory, for which Node says `EACCES`, too; it closed before it accepted.
 */
const START_OVER = ['EEXIST', 'EADDRINUSE', 'ENOENT', 'EACCES', 'ECONNRESET'];

const ADVICE = 'Give local() another directory.';

export class Generations implements Rendezvous {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = resolve(directory);
  }

  prepare(): void {
    const longest = Buffer.byteLength(this.#directory) + INNER_PATH_BYTES;
    if (longest > SOCKET_PATH_BYTES_MAX) {
      throw new MailslotError(
        'ERROR_FILENAME_EXCED_RANGE',
        `The directory ${this.#directory} makes for socket paths of ${longest} bytes; ${SOCKET_PATH_BYTES_MAX} is the most. Give local() a shorter one.`,
      );
    }
    prepareDirectory(this.#directory);
  }

  find(slot: SlotPath): string | undefined {
    const directory = this.#directoryOf(slot);
    if (!existsSync(directory)) return undefined;
    try {
      const newest = highest(entries(directory));
      return newest === 0 ? undefined : join(directory, String(newest));
    } catch (error) {
      throw fromSystem(error, `Cannot look for the mailslot ${slot.text}`, ADVICE);
    }
  }

  async claim(slot: SlotPath, server: Server, random: Random): Promise<Claim> {
    const directory = this.#directoryOf(slot);
    const randomId = (): string => Buffer.from(random.bytes(CLAIM_ID_BYTES)).toString('hex');
    const failed = `Cannot create the mailslot ${slot.text}`;
    let obstacle: unknown;
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      this.prepare();
      const claim = join(directory, `c${randomId()}`);
      try {
        await attemptClaim(slot, directory, claim, server);
        return { release: () => retire(directory, claim, `${directory}.${randomId()}`) };
      } catch (error) {
        await close(server);
        if (!isOneOf(error, ...START_OVER)) throw fromSystem(error, failed, ADVICE);
        obstacle = error;
      }
    }
    throw fromSystem(obstacle, failed, 'Try again.');
  }

  #directoryOf(slot: SlotPath): string {
    return join(this.#directory, hashName(slot.key));
  }
}

/** Steps 1 to 4. */
async function attemptClaim(
  slot: SlotPath,
  directory: string,
  claim: string,
  server: Server,
): Promise<void> {
  makeDirectory(directory);
  await listen(server, claim);
  const newest = highest(entries(directory));
  if (newest > 0 && (await answers(join(directory, String(newest))))) throw alreadyExists(slot);
  protect(claim);
  linkSync(claim, join(directory, String(newest + 1)));
  removeOthers(directory, claim, newest + 1);
}

function makeDirectory(directory: string): void {
  try {
    mkdirSync(directory, { mode: 0o700 });
  } catch (error) {
    if (!isOneOf(error, 'EEXIST')) throw error;
  }
}

function removeOthers(directory: string, claim: string, generation: number): void {
  const names = entries(directory);
  const claims = names.filter((name) => !GENERATION.test(name) && join(directory, name) !== claim);
  const lower = names.filter((name) => GENERATION.test(name) && Number(name) < generation);
  for (const name of [...claims, ...lower]) rmSync(join(directory, name), { force: true });
}

function retire(directory: string, claim: string, grave: string): void {
  // Someone may have removed everything by hand; then the directory is another owner's by now.
  if (!existsSync(claim)) return;
  try {
    renameSync(directory, grave);
    rmSync(grave, { recursive: true, force: true });
  } catch {
    // What stays is what a killed process leaves: a file at which nobody answers.
  }
}

/** Does anybody listen there? */
function answers(path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', (error) => {
      if (isOneOf(error, 'ECONNREFUSED')) resolve(false);
      // It is there, but so many wait to be accepted that there is no room for more. (macOS refuses instead: there, an
      // owner that hangs with 128 connections waiting looks dead.)
      else if (isOneOf(error, 'EAGAIN')) resolve(true);
      else reject(error);
    });
  });
}

/** The sticky bit tells those who clean temporary directories to spare the file (XDG Base Directory specification). */
function protect(claim: string): void {
  try {
    chmodSync(claim, 0o1600);
  } catch {
    // macOS has no such bit for files.
  }
}

function highest(names: readonly string[]): number {
  return names.reduce((most, name) => (GENERATION.test(name) ? Math.max(most, +name) : most), 0);
}

function entries(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if (isOneOf(error, 'ENOENT')) return [];
    throw error;
  }
}

function isOneOf(error: unknown, ...codes: readonly string[]): boolean {
  return codes.includes(systemCode(error) ?? '');
}
