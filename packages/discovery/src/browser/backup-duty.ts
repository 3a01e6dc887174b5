/** The work of a backup browser: a fresh copy of the master's list, [MS-BRWS] 3.3.4 and 3.3.6. */

import type { Agenda } from '@mailslot/core/internal';

import { Alarm, type Task } from './alarm.ts';
import type { BrowserEffect, Pull, Whereabouts } from './effects.ts';
import type { BrowserTimers } from './timers.ts';

/** When the list could not be fetched so often in a row, the master is believed to be gone. */
const FAILURES_MAX = 2;

export interface BackupDutyParts {
  readonly agenda: Agenda<Task>;
  readonly timers: BrowserTimers;
  /** Undefined as long as it is not known. */
  readonly master: () => Whereabouts | undefined;
  /** A domain master wants to know what the master has heard: the rest it has from itself. */
  readonly scope: () => Pull['scope'];
  readonly emit: (effect: BrowserEffect) => void;
  /** The master does not give its list. */
  readonly failed: (now: number) => void;
}

export class BackupDuty {
  readonly #parts: BackupDutyParts;
  readonly #alarm: Alarm;
  #failures = 0;

  constructor(parts: BackupDutyParts) {
    this.#parts = parts;
    this.#alarm = new Alarm(parts.agenda, (now) => this.pull(now));
  }

  /** Fetches the list now, and then regularly. */
  pull(now: number): void {
    const { master, scope, timers, emit } = this.#parts;
    this.#alarm.set(now + timers.pullMs);
    const from = master();
    if (from !== undefined) emit({ type: 'pull', pull: { from, scope: scope() } });
  }

  /** How a fetch ended. */
  pulled(ok: boolean, now: number): void {
    if (!this.#alarm.isSet) return;
    this.#failures = ok ? 0 : this.#failures + 1;
    if (this.#failures < FAILURES_MAX) return;
    this.#failures = 0;
    this.#parts.failed(now);
  }

  stop(): void {
    this.#alarm.cancel();
    this.#failures = 0;
  }
}
