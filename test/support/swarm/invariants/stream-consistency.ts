import { isDeepStrictEqual } from 'node:util';

import type { PresenceInput } from '@mailslot/discovery/internal';

import type { PresenceSizes } from '../../../../packages/discovery/src/presence/effects.ts';
import { type Invariant, type ListEffect, Violation } from '../invariant.ts';
import type { Member } from '../member.ts';
import type { Packet } from '../packet.ts';
import type { Swarm } from '../swarm.ts';

/** A listed peer, as the events have it. */
interface Listed {
  record: unknown;
  suspect: boolean;
}

const COMPARED_EVERY_S = 10;

/**
 * After every step the number of peers is compared, after one with events also the peers that they tell of, and now
 * and then the whole list: what changes without an event stays different until then.
 */
export class StreamConsistency implements Invariant {
  readonly name = 'I6 stream consistency';
  readonly claim =
    'The list is what its events add up to: `up` only of who is not listed, all else only of who is, `suspect` and `clear` by turns.';
  readonly #swarm: Swarm;
  readonly #lists = new Map<Member, Map<string, Listed>>();
  readonly #touched = new Set<string>();
  #seconds = 0;

  constructor(swarm: Swarm) {
    this.#swarm = swarm;
  }

  told(member: Member, { type, peer: { id, record } }: ListEffect): void {
    let list = this.#lists.get(member);
    if (list === undefined) this.#lists.set(member, (list = new Map()));
    const listed = list.get(id);
    if ((type === 'up') !== (listed === undefined)) this.#fail(member, `${type} of ${id}`);
    if (type === 'up') list.set(id, { record, suspect: false });
    else if (type === 'down') list.delete(id);
    else if (type === 'update') listed!.record = record;
    else if (listed!.suspect === (type === 'suspect')) this.#fail(member, `${type} of ${id} again`);
    else listed!.suspect = type === 'suspect';
    this.#touched.add(id);
  }

  stepped(
    member: Member,
    _input: PresenceInput,
    _packet: Packet | undefined,
    { peers }: PresenceSizes,
  ): void {
    const list = this.#lists.get(member);
    const size = list?.size ?? 0;
    if (size !== peers) this.#fail(member, `${peers} peers, and ${size} by its events`);
    if (this.#touched.size === 0) return;
    for (const id of this.#touched) this.#compare(member, id, member.machine.peer(id)?.record);
    this.#touched.clear();
  }

  second(): void {
    if (this.#seconds++ % COMPARED_EVERY_S !== 0) return;
    for (const member of this.#swarm.present) {
      for (const peer of member.machine.peers) this.#compare(member, peer.id, peer.record);
    }
  }

  #compare(member: Member, id: string, record: unknown): void {
    const listed = this.#lists.get(member)?.get(id);
    if (record === listed?.record) return;
    if (!isDeepStrictEqual(record, listed?.record)) {
      this.#fail(member, `${id} is not as its events say`);
    }
    if (listed !== undefined) listed.record = record;
  }

  #fail({ name }: Member, what: string): never {
    throw new Violation(this, this.#swarm.clock.now(), `${name}: ${what}`);
  }
}
