/** How many answers each host may draw, so that whoever forges its address cannot aim a group at it. */

import type { Source } from '@mailslot/core/internal';
import { LRUCache } from 'lru-cache';

import { ANSWER_BURST, ANSWERS_MAX, ANSWERS_PER_SECOND } from './constants.ts';

const REFILL_MS = 1000 / ANSWERS_PER_SECOND;

/** A token bucket for each address, whatever the port. */
export class AnswerShares {
  /** When the bucket of an address will be full again: all there is to know of it. */
  readonly #fullAt = new LRUCache<string, number>({ max: ANSWERS_MAX });

  /** Takes one answer from the share of a source. False if none is left. */
  take({ trust, address, id }: Source, now: number): boolean {
    // Nobody on the link needs an answer sent beyond it.
    if (trust === 'routed') return false;
    // Nothing leaves this computer.
    if (trust === 'local' || trust === 'loopback') return true;
    const host = address ?? id;
    const fullAt = Math.max(now, this.#fullAt.get(host) ?? now) + REFILL_MS;
    if (fullAt - now > ANSWER_BURST * REFILL_MS) return false;
    this.#fullAt.set(host, fullAt);
    return true;
  }
}
