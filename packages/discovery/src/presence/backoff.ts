/** A random delay for what many could say and one should: RFC 5401 section 3.2 and its appendix. */

import type { Random } from '@mailslot/core';

/**
 * A delay up to `maxMs`, so drawn that of `group` peers about two have spoken when the first is heard by all: most draw
 * a long one.
 */
export function backoffMs(maxMs: number, group: number, random: Random): number {
  if (maxMs <= 0) return 0;
  const lambda = Math.log(Math.max(1, group)) + 1;
  const span = Math.exp(lambda) - 1;
  const x = random.next() * (lambda / maxMs) + lambda / (maxMs * span);
  return Math.min(Math.max(0, (maxMs / lambda) * Math.log(x * span * (maxMs / lambda))), maxMs);
}
