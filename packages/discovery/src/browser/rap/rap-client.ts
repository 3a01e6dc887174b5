/** Asks a browser for its list, as a conversation: all of it, however many answers it takes. */

import { MailslotError } from '@mailslot/core';
import type { Dialogue, SmbClient } from '@mailslot/core/netbios/internal';

import type { BrowseEntry, BrowseQuery } from '../browse-list.ts';
import { RAP_ERROR, rapError } from './rap-error.ts';
import { encodeServerEnumRequest, RAP_PIPE } from './rap-request.ts';
import { decodeEnumResult, decodeServers, ENUM_RESULT_BYTES } from './rap-response.ts';

/** What there is room for in one answer: the most that can be said. */
const BUFFER_BYTES = 0xffff;

/** Answers to one question, each of up to 2500 hosts: more hosts than a NetBIOS network was ever made of. */
export const RAP_PAGES_MAX = 32;

/** A list as a browser gave it. */
export interface BrowseListing {
  /** In the browser's order, which is alphabetical. */
  readonly entries: readonly BrowseEntry[];
  /** False if the list is longer, and the browser too old to say the rest. */
  readonly complete: boolean;
}

interface Page {
  readonly entries: readonly BrowseEntry[];
  readonly more: boolean;
}

export class RapClient {
  readonly #smb: SmbClient;

  /** Must be connected. */
  constructor(smb: SmbClient) {
    this.#smb = smb;
  }

  /** The hosts or domains that a query is about. */
  *list(query: BrowseQuery): Dialogue<BrowseListing> {
    let page = yield* this.#page(query);
    const entries = [...page.entries];
    for (let pages = 1; page.more; pages++) {
      const last = entries.at(-1);
      if (last === undefined || pages === RAP_PAGES_MAX) return { entries, complete: false };
      const next = yield* this.#continuation(query, last.name);
      // The next page begins with the entry that it was asked from, if that is still there.
      const fresh = next?.entries.filter(({ name }) => name !== last.name) ?? [];
      if (next === undefined || fresh.length === 0)
        return { entries, complete: next?.more === false };
      entries.push(...fresh);
      page = next;
    }
    return { entries, complete: true };
  }

  /** Servers before Windows 2000 cannot do this; then what came first has to do. */
  *#continuation(query: BrowseQuery, from: string): Dialogue<Page | undefined> {
    try {
      return yield* this.#page(query, from);
    } catch (error) {
      if (error instanceof MailslotError) return undefined;
      throw error;
    }
  }

  *#page({ domain, serverType }: BrowseQuery, from?: string): Dialogue<Page> {
    const parameters = encodeServerEnumRequest({
      kind: 'server-enum',
      level: 1,
      bufferBytes: BUFFER_BYTES,
      serverType,
      // Samba knows no hosts of a domain without a name, not even if it is its own.
      domain: domain === '' ? this.#smb.domain : domain,
      ...(from === undefined ? {} : { from }),
    });
    const answer = yield* this.#smb.transact({
      name: RAP_PIPE,
      parameters,
      data: new Uint8Array(),
      parameterBytesMax: ENUM_RESULT_BYTES,
      dataBytesMax: BUFFER_BYTES,
    });
    const result = decodeEnumResult(answer.parameters);
    switch (result.error) {
      case RAP_ERROR.SUCCESS:
      case RAP_ERROR.ERROR_MORE_DATA: {
        const more = result.error === RAP_ERROR.ERROR_MORE_DATA;
        return { entries: decodeServers(answer.data, result), more };
      }
      case RAP_ERROR.ERROR_NO_BROWSER_SERVERS_FOUND:
        return { entries: [], more: false };
      default:
        throw rapError(result.error);
    }
  }
}
