import { convergenceMs } from '../bounds.ts';
import { type Invariant, type ListEffect, Violation } from '../invariant.ts';
import type { Member } from '../member.ts';
import type { Swarm } from '../swarm.ts';

/**
 * Looked at each second, as long as the lists are due to be right. Between, with every `up` and `down`: from then on
 * lists change only with the members.
 */
export class Convergence implements Invariant {
  readonly name = 'I3 convergence';
  readonly claim =
    'C(N, p) after the last change and the last trouble, each lists all others and nobody else.';
  readonly #swarm: Swarm;
  /** How many of those who live each one lists. */
  readonly #counts = new Map<Member, number>();
  #changedAt = 0;

  constructor(swarm: Swarm) {
    this.#swarm = swarm;
  }

  joined(member: Member): void {
    this.#changedAt = this.#swarm.clock.now();
    this.#counts.set(member, 0);
  }

  gone(gone: Member): void {
    this.#changedAt = this.#swarm.clock.now();
    this.#counts.delete(gone);
    for (const [member, count] of this.#counts) {
      if (member.machine.peer(gone.id) !== undefined) this.#counts.set(member, count - 1);
    }
  }

  told(member: Member, { type, peer }: ListEffect): void {
    if (type !== 'up' && type !== 'down') return;
    const subject = this.#swarm.memberOf.get(peer.id);
    const count = this.#counts.get(member);
    if (subject === undefined || !subject.isPresent || count === undefined) return;
    this.#counts.set(member, count + (type === 'up' ? 1 : -1));
    if (type === 'down' && this.#isDue(member)) this.#fail(member);
  }

  second(): void {
    const peers = this.#swarm.present.filter((member) => !member.isObserver).length;
    for (const [member, count] of this.#counts) {
      const right = peers - (member.isObserver ? 0 : 1);
      if (count !== right && this.#isDue(member)) this.#fail(member);
    }
  }

  #isDue(member: Member): boolean {
    if (!this.#swarm.knowsWhenDeaf(member)) return false;
    const { clock, loss, tuning, seemingSize, allCalmSince } = this.#swarm;
    const since = Math.max(this.#changedAt, allCalmSince);
    return clock.now() - since > convergenceMs(seemingSize, loss, tuning);
  }

  #fail(member: Member): never {
    const { clock, present, allCalmSince } = this.#swarm;
    const missing = present.filter(
      (other) =>
        other !== member && !other.isObserver && member.machine.peer(other.id) === undefined,
    );
    const since = Math.max(this.#changedAt, allCalmSince);
    const calm = `${((clock.now() - since) / 1000).toFixed(1)} s after the last change`;
    const names = missing.map(({ name }) => name).join(', ');
    throw new Violation(this, clock.now(), `${calm}, ${member.name} lacks ${names}`);
  }
}
