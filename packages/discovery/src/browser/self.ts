/** What a browser is now, and what it says of itself by that: in announcements, in elections, in its own list. */

import type { BrowseEntry, BrowseList } from './browse-list.ts';
import { type Candidacy, criteriaOf, DESIRE, ELECTION_VERSION } from './criteria.ts';
import type { BrowserRole } from './effects.ts';
import { settle, type Settings } from './options.ts';
import { SERVER_TYPE, withType } from './server-type.ts';

export class Self {
  /** Has the name by which browsers hold elections. */
  mayStand = false;
  /** A master has made us its backup. */
  isPromoted = false;
  /** Has the name of the domain master. */
  ownsDomain = false;
  readonly #name: string;
  readonly #isMaster: () => boolean;
  #settings: Settings;
  #startedAt = 0;
  #role: BrowserRole;

  constructor(name: string, settings: Settings, isMaster: () => boolean) {
    this.#name = name;
    this.#settings = settings;
    this.#isMaster = isMaster;
    this.#role = this.#isNoBrowser ? 'non-browser' : 'potential';
  }

  start(now: number): void {
    this.#startedAt = now;
  }

  uptimeMs(now: number): number {
    return now - this.#startedAt;
  }

  /** As it was when it was last settled. */
  get role(): BrowserRole {
    return this.#role;
  }

  /** Takes the role that follows from what it is. False if it has it already. */
  settleRole(): boolean {
    const role = this.#roleNow();
    const isNew = role !== this.#role;
    this.#role = role;
    return isNew;
  }

  /** Throws a {@link MailslotError} for what no frame can carry. */
  update(serverType: number, comment: string): void {
    this.#settings = settle({ ...this.#settings, serverType, comment });
  }

  /** The nearer to being master, the sooner it speaks in elections. */
  get rank(): 'master' | 'backup' | 'potential' {
    if (this.#isMaster()) return 'master';
    return this.#role === 'backup' ? 'backup' : 'potential';
  }

  /** For those who ask for the list. */
  get standing(): BrowseList['standing'] {
    return this.rank === 'potential' ? 'none' : this.rank;
  }

  /** What speaks for it in an election. */
  candidacy(now: number): Candidacy {
    const { osLevel, preferred, role } = this.#settings;
    const desire =
      (this.isPromoted ? DESIRE.BACKUP : 0) |
      (role === 'potential' ? 0 : DESIRE.STANDBY) |
      (this.#isMaster() ? DESIRE.MASTER : 0) |
      (preferred ? DESIRE.PREFERRED : 0) |
      (this.ownsDomain ? DESIRE.DOMAIN_MASTER : 0);
    return {
      version: ELECTION_VERSION,
      criteria: criteriaOf(osLevel, desire),
      uptimeMs: Math.trunc(this.uptimeMs(now)) % 2 ** 32,
      name: this.#name,
    };
  }

  /** Its own line in the list. */
  entry(): BrowseEntry {
    const { serverType, version, comment } = this.#settings;
    return {
      name: this.#name,
      serverType: withType(serverType, this.#roleBits()),
      version,
      comment,
    };
  }

  get #isNoBrowser(): boolean {
    return this.#settings.role === 'non-browser';
  }

  #roleNow(): BrowserRole {
    if (this.#isMaster()) return this.ownsDomain ? 'domain-master' : 'local-master';
    if (!this.mayStand) return this.#isNoBrowser ? 'non-browser' : 'potential';
    return this.isPromoted || this.#settings.role !== 'potential' ? 'backup' : 'potential';
  }

  #roleBits(): number {
    if (this.#isNoBrowser) return 0;
    return (
      SERVER_TYPE.POTENTIAL_BROWSER |
      (this.#role === 'backup' ? SERVER_TYPE.BACKUP_BROWSER : 0) |
      (this.#isMaster() ? SERVER_TYPE.MASTER_BROWSER : 0) |
      (this.ownsDomain ? SERVER_TYPE.DOMAIN_MASTER : 0)
    );
  }
}
