/** What must be true of a swarm at any time, and what is thrown when it is not. */

import type { PresenceEffect, PresenceInput } from '@mailslot/discovery/internal';

import type { PresenceSizes } from '../../../packages/discovery/src/presence/effects.ts';
import type { Member } from './member.ts';
import type { Packet } from './packet.ts';
import type { Swarm } from './swarm.ts';

/** What a machine says of its list. */
export type ListEffect = Extract<
  PresenceEffect,
  { readonly type: 'up' | 'update' | 'suspect' | 'clear' | 'down' }
>;

/** A checker. The swarm calls what it has; each throws a {@link Violation} for what must not be. */
export interface Invariant {
  /** As in "I2 no false downs". */
  readonly name: string;
  /** What must be true, in a sentence. */
  readonly claim: string;
  /** A machine has taken a step; `packet` is what it took in, if it was that. */
  stepped?(
    member: Member,
    input: PresenceInput,
    packet: Packet | undefined,
    sizes: PresenceSizes,
  ): void;
  /** A machine has told something of its list. The step that it belongs to is not over yet. */
  told?(member: Member, effect: ListEffect): void;
  /** A member has sent something. */
  sent?(packet: Packet): void;
  joined?(member: Member): void;
  /** A member has left, or died. */
  gone?(member: Member): void;
  /** Something that so many members may have to tell all others of, or be asked after for. */
  happened?(members: number): void;
  /** A second has passed. */
  second?(): void;
}

export type InvariantType = new (swarm: Swarm) => Invariant;

export class Violation extends Error {
  override readonly name = 'Violation';
  readonly invariant: string;

  constructor({ name, claim }: Invariant, at: number, what: string) {
    super(`${name}, broken at ${(at / 1000).toFixed(3)} s: ${what}\n  (${claim})`);
    this.invariant = name;
  }
}
