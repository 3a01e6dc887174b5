/**
 * Who a player is and where it sat, kept in a file from one life to the next. Several programs of one person at one
 * computer are several players: a profile is in use while somebody has the mailslot of its name, and the system sees to
 * it that a mailslot of a killed program is free again.
 */

import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { joinNetwork, local, MailslotError, type Network } from '@mailslot/core';
import { createIdentity, type Identity, importIdentity } from '@mailslot/discovery';
import * as v from 'valibot';

import { Seat } from './seat.ts';

const Contents = v.object({ identity: v.string(), seat: v.optional(Seat) });

/** Programs of one name at one computer. */
export const COPIES_MAX = 16;

export class Profile {
  readonly name: string;
  readonly identity: Identity;
  readonly seat: Seat | undefined;
  readonly #file: string;
  readonly #claim: Network;

  private constructor(name: string, file: string, claim: Network) {
    const { identity, seat } = readContents(file);
    this.name = name;
    this.identity = identity;
    this.seat = seat;
    this.#file = file;
    this.#claim = claim;
    this.save(seat);
  }

  /** The first profile in the directory that nobody uses: `Ann`, or else `Ann 2` and so on. */
  static async open(directory: string, name: string): Promise<Profile> {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const network = await joinNetwork({ transports: [local()] });
    for (let copy = 1; copy <= COPIES_MAX; copy++) {
      const each = copy === 1 ? name : `${name} ${copy}`;
      const file = join(resolve(directory), `${encodeURIComponent(each)}.json`);
      if (await claims(network, file)) return new Profile(each, file, network);
    }
    await network.close();
    throw new Error(`${COPIES_MAX} programs play as ${name} at this computer. Take another name.`);
  }

  /** A reader, or the next life, finds either what was there before or all of this. */
  save(seat: Seat | undefined): void {
    const contents = JSON.stringify({ identity: this.identity.export(), seat });
    writeFileSync(`${this.#file}.new`, contents, { mode: 0o600 });
    renameSync(`${this.#file}.new`, this.#file);
  }

  async close(): Promise<void> {
    await this.#claim.close();
  }
}

async function claims(network: Network, file: string): Promise<boolean> {
  const hash = createHash('sha256').update(file).digest('hex').slice(0, 32);
  try {
    await network.createMailslot(`\\\\.\\mailslot\\lobby-web\\${hash}`);
    return true;
  } catch (error) {
    if (error instanceof MailslotError && error.code === 'ERROR_ALREADY_EXISTS') return false;
    throw error;
  }
}

/** What cannot be read, or is of another version, is begun anew. */
function readContents(file: string): { identity: Identity; seat: Seat | undefined } {
  try {
    const { identity, seat } = v.parse(Contents, JSON.parse(readFileSync(file, 'utf8')));
    return { identity: importIdentity(identity), seat };
  } catch {
    return { identity: createIdentity(), seat: undefined };
  }
}
