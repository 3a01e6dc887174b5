/** What a master asks of its segment: that all announce themselves, and that enough of them share its work. */

import type { Agenda } from '@mailslot/core/internal';

import { Alarm, type Task } from './alarm.ts';
import { backupsToMake } from './backups.ts';
import type { BrowserEffect } from './effects.ts';
import { encodeFrame } from './frames/frame.ts';
import type { Lists } from './lists.ts';
import type { BrowserNames } from './names.ts';
import type { BrowserTimers } from './timers.ts';

export interface RecruitmentParts {
  readonly agenda: Agenda<Task>;
  readonly timers: BrowserTimers;
  readonly names: BrowserNames;
  readonly lists: Lists;
  readonly emit: (effect: BrowserEffect) => void;
}

export class Recruitment {
  readonly #parts: RecruitmentParts;
  readonly #alarm: Alarm;

  constructor(parts: RecruitmentParts) {
    this.#parts = parts;
    this.#alarm = new Alarm(parts.agenda, (now) => this.#makeBackups(now));
  }

  /** We have become master, and have no list yet. */
  start(now: number): void {
    const { names, emit } = this.#parts;
    const name = names.host.name;
    const bytes = encodeFrame({ kind: 'announcement-request', reserved: 0, name });
    for (const to of [names.browsers, names.members])
      emit({ type: 'send', to, slot: 'BROWSE', bytes });
    this.#rest(now);
  }

  stop(): void {
    this.#alarm.cancel();
  }

  #makeBackups(now: number): void {
    const { names, lists, emit } = this.#parts;
    this.#rest(now);
    for (const name of backupsToMake(lists.servers(true))) {
      const bytes = encodeFrame({ kind: 'become-backup', name });
      emit({ type: 'send', to: names.browsers, slot: 'BROWSE', bytes });
    }
  }

  #rest(now: number): void {
    this.#alarm.set(now + this.#parts.timers.backupCheckMs);
  }
}
