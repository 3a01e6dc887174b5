/**
 * Who owns a slot on Windows, where a pipe lives no longer than its process: the first to listen at its name.
 *
 * Written after the documentation; it has not run on Windows yet.
 */

import type { Server } from 'node:net';
import { userInfo } from 'node:os';

import type { SlotPath } from '../../name.ts';
import { alreadyExists, type Claim, hashName, type Rendezvous } from './rendezvous.ts';
import { listen } from './sockets.ts';
import { fromSystem, systemCode } from './system-error.ts';

export class NamedPipes implements Rendezvous {
  prepare(): void {}

  /** Pipes need not be looked for: connecting tells whether there is one. */
  find(slot: SlotPath): string {
    // All users share the names of pipes.
    return `\\\\.\\pipe\\mailslot-${hashName(`${userInfo().username}\\${slot.key}`)}`;
  }

  async claim(slot: SlotPath, server: Server): Promise<Claim> {
    try {
      await listen(server, this.find(slot));
    } catch (error) {
      if (systemCode(error) === 'EADDRINUSE') throw alreadyExists(slot);
      throw fromSystem(error, `Cannot create the mailslot ${slot.text}`, 'Choose another name.');
    }
    return { release() {} };
  }
}
