/** Shows a browse list to whoever asks for it over TCP port 139, and nothing else to anybody. */

import { type Clock, type Random, systemClock, systemRandom } from '@mailslot/core';
import {
  serveSessions,
  SESSION_ERRORS,
  type SessionListener,
  SmbServer,
  SUFFIX,
} from '@mailslot/core/netbios/internal';

import type { BrowseList } from '../browse-list.ts';
import { RapServer } from './rap-server.ts';

export interface ServeBrowseListOptions {
  readonly list: BrowseList;
  /** This computer's, which clients are told. */
  readonly computerName: string;
  /** The IPv4 address to listen on; `0.0.0.0` for all of this computer's. */
  readonly host: string;
  /** Default 139, where all clients look. 0 for any that is free. */
  readonly port?: number;
  /** Stops it, as the listener's `close()` does. */
  readonly signal?: AbortSignal;
  /** Default: the computer's own. */
  readonly clock?: Clock;
  /** Default: the computer's own. */
  readonly random?: Random;
}

/**
 * Serves a list: clients may come without a name or with any, and find the one share IPC$ and on it the list. It is read
 * anew for each of their questions. Rejects with `ERROR_ACCESS_DENIED` if this process may not have the port, with
 * `ERROR_BUSY` if another program has it.
 */
export function serveBrowseList(options: ServeBrowseListOptions): Promise<SessionListener> {
  const { list, computerName, clock = systemClock, random = systemRandom, ...where } = options;
  const rap = new RapServer(list);
  const { domain } = list;
  const transact = rap.transact.bind(rap);
  return serveSessions({
    ...where,
    clock,
    // Clients call us by our name, by none or by our address: whoever wants a file server means this one.
    accept: ({ called }) =>
      called.suffix === SUFFIX.server
        ? new SmbServer({ computerName, domain, transact, clock, random })
        : SESSION_ERRORS.CALLED_NAME_NOT_PRESENT,
  });
}
