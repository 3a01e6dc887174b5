import { intervalMsMax } from '../bounds.ts';
import { type Invariant, type ListEffect, Violation } from '../invariant.ts';
import type { Member } from '../member.ts';
import type { Swarm } from '../swarm.ts';

/** Intervals after which a member that was heard at 20 % loss is proven for all but a few, in whose lists it need not. */
const INTERVALS_TO_PROVE = 8;

export class KnownGoodStay implements Invariant {
  readonly name = 'I10 known-good peers stay';
  readonly claim =
    'Whatever invented peers flood the list, nobody is evicted who was listed for some intervals.';
  readonly #swarm: Swarm;
  readonly #listedAt = new Map<Member, Map<string, number>>();

  constructor(swarm: Swarm) {
    this.#swarm = swarm;
  }

  told(member: Member, effect: ListEffect): void {
    const subject = this.#swarm.memberOf.get(effect.peer.id);
    if (subject === undefined) return;
    let listedAt = this.#listedAt.get(member);
    if (listedAt === undefined) this.#listedAt.set(member, (listedAt = new Map()));
    const now = this.#swarm.clock.now();
    if (effect.type === 'up') {
      listedAt.set(subject.id, now);
      return;
    }
    if (effect.type !== 'down' || effect.reason !== 'evicted') return;
    const since = Math.max(listedAt.get(subject.id)!, this.#swarm.calmSince(member, subject));
    const provenMs =
      INTERVALS_TO_PROVE * intervalMsMax(this.#swarm.seemingSize, this.#swarm.tuning);
    if (now - since < provenMs) return;
    throw new Violation(
      this,
      now,
      `${member.name} evicts ${subject.name}, which it has long known`,
    );
  }
}
