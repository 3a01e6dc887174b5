import { decodeMessage, type PeerKey, presets, TYPE } from '@mailslot/discovery/internal';

import { decodeProbe } from '../../../../packages/discovery/src/presence/probe.ts';
import { type Invariant, Violation } from '../invariant.ts';
import type { Packet } from '../packet.ts';
import type { Swarm } from '../swarm.ts';

const WINDOW_MS = 1000;

/** In each round one or two ask, twice; and as many more where questions are missed. */
const QUESTIONS_PER_ROUND = 14;

/** The reading of "one master" for a protocol without any: what many could say, one or two do. */
export class FewQuestions implements Invariant {
  readonly name = 'I5 few questions';
  readonly claim =
    'In any second a few questions to all are asked after one peer, however many suspect it.';
  readonly #swarm: Swarm;
  /** By subject: when it was asked after in the last second. */
  readonly #askedAt = new Map<PeerKey, number[]>();

  constructor(swarm: Swarm) {
    this.#swarm = swarm;
  }

  sent({ bytes, to }: Packet): void {
    if (to !== undefined || bytes[1] !== TYPE.PROBE) return;
    const subject = decodeProbe(decodeMessage(bytes).body);
    if (subject !== undefined) this.#asked(subject.key);
  }

  #asked(subject: PeerKey): void {
    const now = this.#swarm.clock.now();
    const before = this.#askedAt.get(subject) ?? [];
    const askedAt = [...before.filter((at) => at > now - WINDOW_MS), now];
    this.#askedAt.set(subject, askedAt);
    const { roundMs } = { ...presets.lan(), ...this.#swarm.tuning };
    if (askedAt.length <= (QUESTIONS_PER_ROUND * WINDOW_MS) / roundMs) return;
    const name = this.#swarm.memberOf.get(subject)?.name ?? 'a stranger';
    throw new Violation(this, now, `${askedAt.length} questions after ${name} in a second`);
  }
}
