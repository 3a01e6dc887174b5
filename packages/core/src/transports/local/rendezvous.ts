/** How the processes of one user find the owner of a slot, whatever the operating system. */

import { createHash } from 'node:crypto';
import type { Server } from 'node:net';

import { MailslotError } from '../../errors.ts';
import type { SlotPath } from '../../name.ts';
import type { Random } from '../../random.ts';

export interface Rendezvous {
  /** Makes ready. Throws if mailslots cannot be had here. */
  prepare(): void;

  /** Makes `server` listen as the one owner of the slot. Rejects with `ERROR_ALREADY_EXISTS` if it has a living one. */
  claim(slot: SlotPath, server: Server, random: Random): Promise<Claim>;

  /** The path to connect to, if the slot has an owner. The owner may have died. */
  find(slot: SlotPath): string | undefined;
}

/** The ownership of a slot. It ends with the process, or when its server closes. */
export interface Claim {
  /** Clears away what stands for the slot. To be called while the server still listens. */
  release(): void;
}

/** Letters and digits kept of a hash: 103 bits, so that no two slots ever share one, and still a short path. */
export const HASH_CHARACTERS = 20;

/** Stands for a name where the operating system would not take it: any character, any length, any case. */
export function hashName(name: string): string {
  const digest = createHash('sha256').update(name, 'utf8').digest('hex');
  return BigInt(`0x${digest}`).toString(36).slice(-HASH_CHARACTERS);
}

export function alreadyExists(slot: SlotPath): MailslotError {
  return new MailslotError(
    'ERROR_ALREADY_EXISTS',
    `Another process of yours has the mailslot ${slot.text}. Close it there first, or choose another name.`,
  );
}
