import type { PeerKey, PresenceInput } from '@mailslot/discovery/internal';

import { type Invariant, type ListEffect, Violation } from '../invariant.ts';
import type { Member } from '../member.ts';
import type { Packet } from '../packet.ts';
import type { Swarm } from '../swarm.ts';

/**
 * Looked at after every datagram, for the peer in whose name it speaks. What another peer has told of it counts for
 * nothing once it speaks for itself: what is compared is what was held after datagrams of its own.
 */
export class EvidenceAdvances implements Invariant {
  readonly name = 'I8 evidence advances';
  readonly claim =
    'The newest number that a peer was heard with never goes back while it is remembered.';
  readonly #swarm: Swarm;
  readonly #newest = new Map<Member, Map<PeerKey, number>>();

  constructor(swarm: Swarm) {
    this.#swarm = swarm;
  }

  /** Whom the list has no room for, it forgets; and in a flood the tombstones of invented peers push out others. */
  told(member: Member, effect: ListEffect): void {
    if (effect.type !== 'down' || (effect.reason !== 'evicted' && !this.#swarm.flooded)) return;
    const forgotten = this.#swarm.memberOf.get(effect.peer.id);
    if (forgotten !== undefined) this.#newest.get(member)?.delete(forgotten.key);
  }

  stepped(member: Member, _input: PresenceInput, packet: Packet | undefined): void {
    if (packet?.from === undefined) return;
    const { from } = packet;
    const subject = this.#swarm.memberOf.get(from);
    if (subject === undefined) return;
    const evidence = member.machine.evidence(from);
    if (evidence === undefined) return;
    let newest = this.#newest.get(member);
    if (newest === undefined) this.#newest.set(member, (newest = new Map()));
    const before = newest.get(from);
    if (before === evidence) return;
    newest.set(from, evidence);
    // Serial numbers: half the circle is ahead.
    if (before === undefined || ((evidence - before) | 0) > 0) return;
    const what = `${member.name} held ${before} of ${subject.name}, and now ${evidence}`;
    throw new Violation(this, this.#swarm.clock.now(), what);
  }
}
