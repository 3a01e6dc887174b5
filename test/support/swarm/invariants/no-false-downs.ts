import { recoveryMs } from '../bounds.ts';
import { type Invariant, type ListEffect, Violation } from '../invariant.ts';
import type { Member } from '../member.ts';
import type { Swarm } from '../swarm.ts';

/** Between two members that nothing but loss troubles; whoever was suspended or parted may be thought dead for that. */
export class NoFalseDowns implements Invariant {
  readonly name = 'I2 no false downs';
  readonly claim = 'Nobody gives up a peer that lives and can be heard, at up to 20 % loss.';
  readonly #swarm: Swarm;

  constructor(swarm: Swarm) {
    this.#swarm = swarm;
  }

  told(member: Member, effect: ListEffect): void {
    if (effect.type !== 'down' || effect.reason === 'evicted') return;
    const subject = this.#swarm.memberOf.get(effect.peer.id);
    if (subject === undefined || !subject.isPresent || !member.isPresent) return;
    const { clock, loss, tuning } = this.#swarm;
    const calmMs = clock.now() - this.#swarm.calmSince(member, subject);
    if (calmMs < recoveryMs(this.#swarm.seemingSize, loss, tuning)) return;
    if (!this.#swarm.knowsWhenDeaf(member)) return;
    const what = `${member.name} gives up ${subject.name} (${effect.reason}), which lives`;
    throw new Violation(this, clock.now(), what);
  }
}
