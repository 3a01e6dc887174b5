import { ghostMs } from '../bounds.ts';
import { type Invariant, type ListEffect, Violation } from '../invariant.ts';
import type { Member } from '../member.ts';
import type { Swarm } from '../swarm.ts';

/**
 * Counted from the last trouble of anybody: whoever wakes from a sleep may bring back, for one such time, those who
 * went meanwhile. Looked at with every `up`, and each second: a ghost cannot come and go unseen.
 */
export class NoGhosts implements Invariant {
  readonly name = 'I1 no ghosts';
  readonly claim =
    'Nobody lists a peer longer than T_ghost(N, p) after it has gone, nor again after having given it up.';
  readonly #swarm: Swarm;
  /** Lists with somebody on them who has gone. */
  readonly #haunted = new Map<Member, Set<Member>>();
  readonly #listed = new Map<Member, Set<Member>>();
  /** Whom somebody has given up when they had gone indeed. */
  readonly #buried = new Map<Member, Set<Member>>();
  #peersMax = 0;

  constructor(swarm: Swarm) {
    this.#swarm = swarm;
  }

  told(member: Member, effect: ListEffect): void {
    const { type } = effect;
    const subject = this.#swarm.memberOf.get(effect.peer.id);
    if (subject === undefined) return;
    if (type === 'up') {
      setOf(this.#listed, member).add(subject);
      if (!subject.isPresent) {
        setOf(this.#haunted, member).add(subject);
        this.#look(member);
        if (this.#buried.get(member)?.has(subject)) this.#rise(member, subject);
      }
    } else if (effect.type === 'down') {
      setOf(this.#listed, member).delete(subject);
      this.#haunted.get(member)?.delete(subject);
      if (!subject.isPresent && effect.reason !== 'evicted') {
        setOf(this.#buried, member).add(subject);
      }
    }
  }

  gone(gone: Member): void {
    this.#haunted.delete(gone);
    for (const member of this.#swarm.present) {
      if (this.#listed.get(member)?.has(gone)) setOf(this.#haunted, member).add(gone);
    }
  }

  second(): void {
    this.#peersMax = Math.max(this.#peersMax, this.#swarm.seemingSize);
    for (const member of this.#haunted.keys()) this.#look(member);
  }

  /**
   * Whoever missed its last words cannot tell them from new ones when they are replayed; and whoever slept meanwhile,
   * with a clock that stood still, may swear to have heard it just now.
   */
  #rise(member: Member, subject: Member): void {
    if (this.#swarm.replayed || this.#swarm.allCalmSince > subject.goneAt) return;
    const what = `${member.name} lists ${subject.name} again, which it had rightly given up`;
    throw new Violation(this, this.#swarm.clock.now(), what);
  }

  #look(member: Member): void {
    const { clock, loss, tuning, allCalmSince } = this.#swarm;
    for (const ghost of this.#haunted.get(member) ?? []) {
      const limitMs = ghostMs(this.#peersMax, loss, tuning);
      const since = Math.max(ghost.goneAt, allCalmSince);
      if (clock.now() - since <= limitMs) continue;
      const gone = `went ${((clock.now() - ghost.goneAt) / 1000).toFixed(1)} s ago`;
      const what = `${member.name} lists ${ghost.name}, which ${gone}; T_ghost is ${(limitMs / 1000).toFixed(1)} s`;
      throw new Violation(this, clock.now(), what);
    }
  }
}

function setOf(sets: Map<Member, Set<Member>>, member: Member): Set<Member> {
  let set = sets.get(member);
  if (set === undefined) sets.set(member, (set = new Set()));
  return set;
}
