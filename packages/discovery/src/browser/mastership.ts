/** Being the master of a segment, from winning an election to losing one: [MS-BRWS] 3.3.6. */

import { MSBROWSE, type NetbiosName } from '@mailslot/core/netbios/internal';

import type { BrowserEffect } from './effects.ts';
import type { BrowserNames } from './names.ts';

/** How often the name of the master is claimed before another is believed to have it: note 7 of [MS-BRWS]. */
export const CLAIMS_MAX = 3;

export interface MastershipParts {
  readonly names: BrowserNames;
  readonly emit: (effect: BrowserEffect) => void;
  /** We are the master. */
  readonly rose: (now: number) => void;
  /** We are no longer. */
  readonly fell: (now: number) => void;
  /** Another has the name of the master. `again`: an election may show that it is not entitled to it. */
  readonly refused: (again: boolean, now: number) => void;
}

export class Mastership {
  readonly #parts: MastershipParts;
  #state: 'none' | 'claiming' | 'master' = 'none';
  #claims = 0;
  #since = Infinity;

  constructor(parts: MastershipParts) {
    this.#parts = parts;
  }

  get isMaster(): boolean {
    return this.#state === 'master';
  }

  /** Since when we have been master; `Infinity` if we are not. */
  get since(): number {
    return this.#since;
  }

  /** Claims the name of the master, after a won election. */
  claim(): void {
    if (this.#state !== 'none') return;
    this.#state = 'claiming';
    this.#claims++;
    this.#parts.emit({ type: 'register', name: this.#parts.names.master, kind: 'unique' });
  }

  /** The claim for a name was decided. */
  registered(name: NetbiosName, ok: boolean, now: number): void {
    const { names, emit } = this.#parts;
    if (!name.equals(names.master)) return;
    if (this.#state !== 'claiming') {
      if (ok && this.#state === 'none') emit({ type: 'release', name });
    } else if (ok) {
      this.#state = 'master';
      this.#claims = 0;
      this.#since = now;
      emit({ type: 'register', name: MSBROWSE, kind: 'group' });
      this.#parts.rose(now);
    } else {
      this.#state = 'none';
      const again = this.#claims < CLAIMS_MAX;
      if (!again) this.#claims = 0;
      this.#parts.refused(again, now);
    }
  }

  /** Gives everything back; nothing happens if there is nothing. */
  resign(now: number): void {
    const { names, emit } = this.#parts;
    const state = this.#state;
    this.#state = 'none';
    this.#since = Infinity;
    if (state === 'none') return;
    // While a claim is being decided, `registered` gives the name back.
    if (state === 'claiming') return;
    emit({ type: 'release', name: names.master });
    emit({ type: 'release', name: MSBROWSE });
    this.#parts.fell(now);
  }
}
