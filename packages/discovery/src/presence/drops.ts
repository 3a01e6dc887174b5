/** Datagrams that had no effect, counted by the reason. */

import type { PresenceDropReason } from './effects.ts';

export class Drops {
  readonly #counts: Partial<Record<PresenceDropReason, number>> = {};
  readonly #onDrop: (reason: PresenceDropReason) => void;

  constructor(onDrop: (reason: PresenceDropReason) => void) {
    this.#onDrop = onDrop;
  }

  count(reason: PresenceDropReason): void {
    this.#counts[reason] = (this.#counts[reason] ?? 0) + 1;
    this.#onDrop(reason);
  }

  /** As they are now. */
  snapshot(): Partial<Record<PresenceDropReason, number>> {
    return { ...this.#counts };
  }
}
