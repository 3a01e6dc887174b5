/** How many answers each host may draw, so that whoever forges its address cannot aim a group at it. */

import type { Source } from '@mailslot/core/internal';

import { ANSWER_BURST, ANSWERS_MAX, ANSWERS_PER_SECOND } from './constants.ts';
import { type Rate, TokenBucket, TokenBuckets } from './token-bucket.ts';

/** Of one address, whatever the port. */
const HOST_RATE: Rate = { perSecond: ANSWERS_PER_SECOND, burst: ANSWER_BURST };

/** Of all that bridges bring: four hosts' share, since the answers go to the one address of a bridge, which can be forged. */
const BRIDGED_RATE: Rate = { perSecond: 4 * ANSWERS_PER_SECOND, burst: 4 * ANSWER_BURST };

/**
 * Answers to all who are not known, however many addresses they have. At once five times what 64 peers draw that start
 * together and ask three times each; then 600 kbit/s of usual records at most.
 */
export const STRANGERS_ANSWER_RATE: Rate = { perSecond: 256, burst: 1024 };

export class AnswerShares {
  readonly #hosts = new TokenBuckets(ANSWERS_MAX);
  readonly #bridged = new TokenBucket(BRIDGED_RATE);
  readonly #strangers = new TokenBucket(STRANGERS_ANSWER_RATE);

  /** Takes one answer from the share of a source. False if none is left. `known`: a vouched or proven peer asks there. */
  take(source: Source, known: boolean, now: number): boolean {
    const { trust, address, id } = source;
    // Nobody on the link needs an answer sent beyond it.
    if (trust === 'routed') return false;
    // Nothing leaves this computer.
    if (trust === 'local' || trust === 'loopback') return true;
    const isWithin =
      trust === 'relayed'
        ? this.#bridged.take(now)
        : this.#hosts.take(address ?? id, HOST_RATE, now);
    return isWithin && (known || this.#strangers.take(now));
  }
}
