/** All that a browser knows of hosts and domains: what it heard itself, what it fetched from others, and itself. */

import type { Agenda } from '@mailslot/core/internal';

import type { Task } from './alarm.ts';
import type { BrowseEntry, BrowseList, BrowseVersion } from './browse-list.ts';
import { Copies } from './copies.ts';
import { Roster } from './roster.ts';
import { SERVER_TYPE, withType } from './server-type.ts';

export interface ListsParts {
  readonly agenda: Agenda<Task>;
  readonly domain: string;
  readonly verifySources: boolean;
  readonly pullMs: number;
  readonly self: () => BrowseEntry;
  /** The master of the own segment, '' if none is known. */
  readonly master: () => string;
  readonly standing: () => BrowseList['standing'];
  readonly changed: (what: 'hosts' | 'domains') => void;
}

export class Lists implements BrowseList {
  readonly domain: string;
  /** Heard by ourselves. */
  readonly hosts: Roster;
  readonly groups: Roster;
  /** Fetched. */
  readonly copies: Copies;
  readonly #parts: ListsParts;

  constructor(parts: ListsParts) {
    const { agenda, verifySources, pullMs, changed } = parts;
    this.#parts = parts;
    this.domain = parts.domain;
    this.hosts = new Roster({ agenda, verifySources, changed: () => changed('hosts') });
    this.groups = new Roster({ agenda, verifySources, changed: () => changed('domains') });
    this.copies = new Copies(agenda, pullMs, () => {
      changed('hosts');
      changed('domains');
    });
  }

  get standing(): BrowseList['standing'] {
    return this.#parts.standing();
  }

  servers(localOnly = false): readonly BrowseEntry[] {
    const copied = localOnly ? [] : this.copies.servers();
    return byName(copied, this.hosts.entries(), [this.#parts.self()]);
  }

  domains(localOnly = false): readonly BrowseEntry[] {
    const { version } = this.#parts.self();
    const own = ownDomain(this.domain, version, this.#parts.master());
    const copied = localOnly ? [] : this.copies.domains();
    return byName(copied, this.groups.entries(), [own]);
  }

  /** Forgets all that was heard and fetched. */
  clear(): void {
    this.hosts.clear();
    this.groups.clear();
    this.copies.dropOthers();
  }
}

function ownDomain(name: string, version: BrowseVersion, master: string): BrowseEntry {
  const serverType = withType(SERVER_TYPE.DOMAIN_ENUM, SERVER_TYPE.NT);
  return { name, serverType, version, comment: master };
}

/** All entries in the order of their names. Of two of one name the later one counts. */
function byName(...lists: readonly Iterable<BrowseEntry>[]): readonly BrowseEntry[] {
  const entries = new Map<string, BrowseEntry>();
  for (const list of lists) {
    for (const { name, serverType, version, comment } of list) {
      entries.set(name, { name, serverType, version, comment });
    }
  }
  return [...entries.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
}
