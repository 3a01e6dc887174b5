import { presets, type PresenceInput } from '@mailslot/discovery/internal';

import type { PresenceSizes } from '../../../../packages/discovery/src/presence/effects.ts';
import { type Invariant, type ListEffect, Violation } from '../invariant.ts';
import type { Member } from '../member.ts';
import type { Packet } from '../packet.ts';
import type { Swarm } from '../swarm.ts';

const STRANGERS_SHARE = 0.2;

/** 4 096 for those who were known, 1 024 for strangers. */
const TOMBSTONES_MAX = 4096 + 1024;

/** Of suspicions two for each; answers and questions to single peers; goodbyes that are held; a machine's own. */
const SUSPICIONS_MAX = 1024;
const TIMERS_MAX = 2 * SUSPICIONS_MAX + 3 * 1024 + 64;

/** Peers nobody knows yet, from one address. */
const STRANGERS_PER_HOST_MAX = 64;

/** After every step. */
export class BoundedMemory implements Invariant {
  readonly name = 'I4 bounded memory';
  readonly claim =
    'Peers, strangers of all hosts and of each, tombstones, suspicions and timers stay within their limits.';
  readonly #swarm: Swarm;
  /** Invented peers on each list, by address, and the address of each. */
  readonly #forged = new Map<Member, Map<string, number>>();
  readonly #addressOf = new Map<string, string>();

  constructor(swarm: Swarm) {
    this.#swarm = swarm;
  }

  stepped(
    member: Member,
    _input: PresenceInput,
    _packet: Packet | undefined,
    { peers, strangers, suspects, tombstones, timers }: PresenceSizes,
  ): void {
    const { peersMax } = { ...presets.lan(), ...this.#swarm.tuning };
    this.#limit(member, 'peers', peers, peersMax);
    this.#limit(member, 'strangers', strangers, Math.max(1, STRANGERS_SHARE * peersMax));
    this.#limit(member, 'tombstones', tombstones, TOMBSTONES_MAX);
    this.#limit(member, 'suspicions', suspects, SUSPICIONS_MAX);
    this.#limit(member, 'timers', timers, TIMERS_MAX);
  }

  told(member: Member, { type, peer }: ListEffect): void {
    if (this.#swarm.memberOf.has(peer.id) || (type !== 'up' && type !== 'down')) return;
    let counts = this.#forged.get(member);
    if (counts === undefined) this.#forged.set(member, (counts = new Map()));
    const key = `${member.name} ${peer.id}`;
    const address = type === 'up' ? (peer.paths[0]?.address ?? '') : this.#addressOf.get(key)!;
    if (type === 'up') this.#addressOf.set(key, address);
    else this.#addressOf.delete(key);
    const count = (counts.get(address) ?? 0) + (type === 'up' ? 1 : -1);
    if (count === 0) counts.delete(address);
    else counts.set(address, count);
    // Whom it takes in for another it may tell of before it tells of that other: one too many within a step.
    this.#limit(member, `strangers of ${address}`, count, STRANGERS_PER_HOST_MAX + 1);
  }

  #limit({ name }: Member, what: string, size: number, limit: number): void {
    if (size <= limit) return;
    throw new Violation(
      this,
      this.#swarm.clock.now(),
      `${name} holds ${size} ${what}, of ${limit}`,
    );
  }
}
