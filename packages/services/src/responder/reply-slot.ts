/** Where answers go: a slot that its asker makes for one question. */

import type { Random } from '@mailslot/core';

/** Answers go to such slots only: a forged question cannot have them written to the slot of something else. */
export const REPLY_PREFIX = 'REPLY\\';

/** A name that nobody can guess who has not heard the question, and short: a classic datagram has little room. */
export function drawReplySlot(random: Random): string {
  return REPLY_PREFIX + Buffer.from(random.bytes(4)).toString('hex').toUpperCase();
}
