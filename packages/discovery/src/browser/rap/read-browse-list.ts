/** Reads the browse list of a master or backup browser, over TCP port 139. */

import { type CallOptions, type Clock } from '@mailslot/core';
import {
  converse,
  type Dialogue,
  NetbiosName,
  SmbClient,
  SUFFIX,
} from '@mailslot/core/netbios/internal';

import type { BrowseClient, BrowseQuery } from '../browse-list.ts';
import { ALL_SERVERS } from '../server-type.ts';
import { type BrowseListing, RapClient } from './rap-client.ts';

/** What a server of Windows NT 4 or later, and of Samba, answers to whatever its name is. */
const ANY_SERVER = '*SMBSERVER';

export interface ReadBrowseListOptions extends Partial<BrowseQuery>, CallOptions {
  /** The browser's IPv4 address, or a host name that has one. */
  readonly host: string;
  /** Default 139. */
  readonly port?: number;
  /** The browser's NetBIOS name. Default `*SMBSERVER`, which all answer to but Windows 95, 98 and Me. */
  readonly serverName?: string;
  /** This computer's name, which the browser may write into its logs. Default `MAILSLOT`. */
  readonly computerName?: string;
  /** Default 5000. */
  readonly timeoutMs?: number;
  /** Default: the computer's own. */
  readonly clock?: Clock;
}

/**
 * Asks for hosts: all of the browser's own domain, unless `domain` and `serverType` say otherwise. Rejects with
 * `ERROR_BAD_NETPATH` if the browser cannot be reached or has no list, `ERROR_ACCESS_DENIED` if it does not show it to
 * all, `ERROR_NOT_SUPPORTED` if it does not speak SMB1, `ERROR_SEM_TIMEOUT` after `timeoutMs`,
 * `ERROR_OPERATION_ABORTED` if `signal` fires.
 */
export function readBrowseList(options: ReadBrowseListOptions): Promise<BrowseListing> {
  const { serverName = ANY_SERVER, computerName = 'MAILSLOT', ...connection } = options;
  const { domain = '', serverType = ALL_SERVERS } = options;
  return converse(
    {
      ...connection,
      called: NetbiosName.ofHost(serverName, SUFFIX.server),
      calling: NetbiosName.ofHost(computerName, SUFFIX.workstation),
    },
    conversation(serverName, { domain, serverType }),
  );
}

function* conversation(serverName: string, query: BrowseQuery): Dialogue<BrowseListing> {
  const smb = new SmbClient();
  yield* smb.connect(serverName);
  return yield* new RapClient(smb).list(query);
}

/** {@link readBrowseList} as a browser needs it. */
export function rapBrowseClient(
  options: Pick<ReadBrowseListOptions, 'clock' | 'computerName' | 'port' | 'timeoutMs'> = {},
): BrowseClient {
  return async ({ name, address }, query, signal) => {
    const { entries } = await readBrowseList({
      ...options,
      ...query,
      host: address,
      serverName: name,
      ...(signal === undefined ? {} : { signal }),
    });
    return entries;
  };
}
