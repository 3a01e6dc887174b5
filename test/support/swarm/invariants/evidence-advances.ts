import type { PeerKey, PresenceInput } from '@mailslot/discovery/internal';

import { type Invariant, type ListEffect, Violation } from '../invariant.ts';
import type { Member } from '../member.ts';
import type { Packet } from '../packet.ts';
import type { Swarm } from '../swarm.ts';

interface Held {
  newest: number;
  /** Undefined while it is listed. */
  gone: 'buried' | 'forgotten' | undefined;
}

/**
 * Looked at after every datagram, for the peer in whose name it speaks. What another peer has told of it counts for
 * nothing once it speaks for itself: what is compared is what was held after datagrams of its own. Whoever was evicted is
 * forgotten; and in a flood, the tombstones of invented peers push out those of others.
 */
export class EvidenceAdvances implements Invariant {
  readonly name = 'I8 evidence advances';
  readonly claim =
    'The newest number that a peer was heard with never goes back while it is remembered.';
  readonly #swarm: Swarm;
  readonly #held = new Map<Member, Map<PeerKey, Held>>();

  constructor(swarm: Swarm) {
    this.#swarm = swarm;
  }

  told(member: Member, effect: ListEffect): void {
    if (effect.type !== 'down') return;
    const subject = this.#swarm.memberOf.get(effect.peer.id);
    const held = subject && this.#held.get(member)?.get(subject.key);
    if (held) held.gone = effect.reason === 'evicted' ? 'forgotten' : 'buried';
  }

  stepped(member: Member, _input: PresenceInput, packet: Packet | undefined): void {
    if (packet?.from === undefined) return;
    const { from } = packet;
    const subject = this.#swarm.memberOf.get(from);
    if (subject === undefined) return;
    const newest = member.machine.evidence(from);
    if (newest === undefined) return;
    let all = this.#held.get(member);
    if (all === undefined) this.#held.set(member, (all = new Map()));
    const held = all.get(from);
    if (held === undefined) {
      all.set(from, { newest, gone: undefined });
    } else if (held.newest !== newest) {
      // Serial numbers: half the circle is ahead.
      if (((newest - held.newest) | 0) < 0 && this.#isRemembered(held)) {
        const what = `${member.name} held ${held.newest} of ${subject.name}, and now ${newest}`;
        throw new Violation(this, this.#swarm.clock.now(), what);
      }
      held.newest = newest;
      held.gone = undefined;
    }
  }

  #isRemembered({ gone }: Held): boolean {
    return gone === undefined || (gone === 'buried' && !this.#swarm.flooded);
  }
}
