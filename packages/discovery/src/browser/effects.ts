/** What happens to a browser, and what it wants done. */

import type { NetbiosName } from '@mailslot/core/netbios/internal';

import type { BrowseEntry } from './browse-list.ts';
import type { SlotName } from './frames/layout.ts';

/** What a browser is at a moment. */
export type BrowserRole =
  /** Announces itself, and takes no part otherwise. */
  | 'non-browser'
  /** May become a backup or the master. */
  | 'potential'
  /** Holds a copy of the master's list. */
  | 'backup'
  /** Holds the list of its segment. */
  | 'local-master'
  /** The local master that also holds the list of the whole domain. */
  | 'domain-master';

/** A host that speaks for itself, or was found. */
export interface Whereabouts {
  readonly name: string;
  readonly address: string;
}

export type BrowserInput =
  | { readonly type: 'start' }
  /** A mailslot write came. `bytes` are not kept. */
  | {
      readonly type: 'frame';
      readonly slot: SlotName;
      readonly bytes: Uint8Array;
      readonly to: NetbiosName;
      readonly from: NetbiosName;
      /** The IPv4 address it came from, and a way back to it, that only the network below understands. */
      readonly address: string;
      readonly origin: unknown;
    }
  /** How a `register` ended. */
  | { readonly type: 'registered'; readonly name: NetbiosName; readonly ok: boolean }
  /** A name that was ours is another's now. */
  | { readonly type: 'name-lost'; readonly name: NetbiosName }
  /** How a `find` ended: undefined if nobody has the name. */
  | { readonly type: 'found'; readonly name: NetbiosName; readonly owner: Whereabouts | undefined }
  /** How a `pull` ended: undefined if no list could be had. */
  | { readonly type: 'pulled'; readonly pull: Pull; readonly lists: PulledLists | undefined }
  /** `nextWakeAt` has come. */
  | { readonly type: 'wake' }
  /** What the host says of itself changed. */
  | { readonly type: 'update'; readonly serverType: number; readonly comment: string }
  /** Takes leave; an effect `closed` follows. */
  | { readonly type: 'close' };

/** Whose list to fetch, and for what: `segment` is what a local master has heard itself. */
export interface Pull {
  readonly from: Whereabouts;
  readonly scope: 'segment' | 'domain';
}

export interface PulledLists {
  readonly servers: readonly BrowseEntry[];
  readonly domains: readonly BrowseEntry[];
}

export type BrowserEffect =
  /** To whoever has the name; with an `origin`, or else an `address`, to that place alone. */
  | {
      readonly type: 'send';
      readonly to: NetbiosName;
      readonly slot: SlotName;
      readonly bytes: Uint8Array;
      readonly origin?: unknown;
      readonly address?: string;
    }
  /** Claims a name; `registered` follows. */
  | { readonly type: 'register'; readonly name: NetbiosName; readonly kind: 'unique' | 'group' }
  | { readonly type: 'release'; readonly name: NetbiosName }
  /** Asks who has a name, and what its host is called; `found` follows. */
  | { readonly type: 'find'; readonly name: NetbiosName }
  /** Fetches lists; `pulled` follows. */
  | { readonly type: 'pull'; readonly pull: Pull }
  | { readonly type: 'role'; readonly role: BrowserRole }
  /** The list of hosts, or of domains, is another than it was. */
  | { readonly type: 'hosts' }
  | { readonly type: 'domains' }
  | { readonly type: 'closed' };

/** Why a frame had no effect. */
export type BrowserDropReason =
  /** Cut short, or of no kind that is known. */
  | 'malformed'
  /** Our own, come back. */
  | 'echo'
  /** Not for the role that we have. */
  | 'role'
  /** From an address that cannot say this. */
  | 'source'
  /** More than is answered. */
  | 'limit';

export interface BrowserStats {
  readonly received: number;
  readonly drops: Readonly<Partial<Record<BrowserDropReason, number>>>;
}
