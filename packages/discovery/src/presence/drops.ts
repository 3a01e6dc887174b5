/** Datagrams that had no effect, counted by the reason. */

import type { PresenceDropReason } from './effects.ts';

export class Drops {
  readonly #counts: Partial<Record<PresenceDropReason, number>> = {};

  count(reason: PresenceDropReason): void {
    this.#counts[reason] = (this.#counts[reason] ?? 0) + 1;
  }

  /** As they are now. */
  snapshot(): Partial<Record<PresenceDropReason, number>> {
    return { ...this.#counts };
  }
}
