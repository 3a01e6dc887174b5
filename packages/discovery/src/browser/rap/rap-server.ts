/** Answers for lists: what `smbclient -L`, `net view` and other browsers ask of a master or backup browser. */

import type { Transaction, TransactionResult } from '@mailslot/core/netbios/internal';

import type { BrowseEntry, BrowseList } from '../browse-list.ts';
import { ALL_SERVERS, SERVER_TYPE } from '../server-type.ts';
import { RAP_ERROR } from './rap-error.ts';
import {
  decodeRapRequest,
  RAP_PIPE,
  type ServerEnumRequest,
  type ShareEnumRequest,
} from './rap-request.ts';
import { encodeEnumResult, encodeServers, encodeShares } from './rap-response.ts';

/** All that there is to connect to. */
const SHARES = [{ name: 'IPC$', shareType: 3, comment: 'Browse list' }];

export class RapServer {
  readonly #list: BrowseList;

  constructor(list: BrowseList) {
    this.#list = list;
  }

  /** Answers a transaction; undefined if it is for another pipe. Throws `DecodeError` for what is no RAP. */
  transact(transaction: Transaction): TransactionResult | undefined {
    if (transaction.name.toUpperCase() !== RAP_PIPE) return undefined;
    const request = decodeRapRequest(transaction.parameters);
    switch (request.kind) {
      case 'server-enum':
        return this.#servers(request, transaction.dataBytesMax);
      case 'share-enum':
        return shares(request, transaction.dataBytesMax);
      case 'misshapen':
        return failure(RAP_ERROR.ERROR_INVALID_PARAMETER);
      case 'unknown':
        return failure(RAP_ERROR.ERROR_NOT_SUPPORTED);
    }
  }

  #servers(request: ServerEnumRequest, dataBytesMax: number): TransactionResult {
    const { level } = request;
    if (level !== 0 && level !== 1) return failure(RAP_ERROR.ERROR_INVALID_LEVEL);
    const selected = this.#select(request);
    if (typeof selected === 'number') return failure(selected);
    const sorted = selected.toSorted(byName);
    const { from = '' } = request;
    const first = sorted.findIndex(({ name }) => name.toUpperCase() >= from);
    const entries = first < 0 ? [] : sorted.slice(first);
    const bytesMax = Math.min(request.bufferBytes, dataBytesMax);
    return listing(entries.length, encodeServers(entries, { level, bytesMax }));
  }

  /** The entries asked for, or why there are none to be had. */
  #select({ serverType, domain }: ServerEnumRequest): readonly BrowseEntry[] | number {
    const list = this.#list;
    const all = serverType === ALL_SERVERS;
    const local = !all && has(serverType, SERVER_TYPE.LOCAL_LIST_ONLY);
    if (list.standing === 'none' || (local && list.standing !== 'master')) {
      return RAP_ERROR.ERROR_REQ_NOT_ACCEP;
    }
    const mask = (serverType & ~SERVER_TYPE.LOCAL_LIST_ONLY) >>> 0;
    if (mask === SERVER_TYPE.DOMAIN_ENUM) return list.domains(local);
    if (!all && has(mask, SERVER_TYPE.DOMAIN_ENUM)) return RAP_ERROR.ERROR_INVALID_FUNCTION;
    // Clients that log in with extended security are not told our domain, and so leave it out.
    if (domain !== '' && domain !== list.domain.toUpperCase())
      return RAP_ERROR.NERR_DevNotRedirected;
    const servers = list.servers(local);
    if (all || mask === 0) return servers;
    return servers.filter((entry) => has(entry.serverType, mask));
  }
}

function has(serverType: number, mask: number): boolean {
  return (serverType & mask) !== 0;
}

function byName(a: BrowseEntry, b: BrowseEntry): number {
  const [first, second] = [a.name.toUpperCase(), b.name.toUpperCase()];
  return first < second ? -1 : Number(first > second);
}

function shares({ level, bufferBytes }: ShareEnumRequest, dataBytesMax: number): TransactionResult {
  if (level !== 1) return failure(RAP_ERROR.ERROR_INVALID_LEVEL);
  const bytesMax = Math.min(bufferBytes, dataBytesMax);
  return listing(SHARES.length, encodeShares(SHARES, { bytesMax }));
}

function listing(
  entriesAvailable: number,
  { data, count }: { readonly data: Uint8Array; readonly count: number },
): TransactionResult {
  if (count === 0 && entriesAvailable > 0) return failure(RAP_ERROR.NERR_BufTooSmall);
  const error = count < entriesAvailable ? RAP_ERROR.ERROR_MORE_DATA : RAP_ERROR.SUCCESS;
  const result = { error, converter: 0, entriesReturned: count, entriesAvailable };
  return { parameters: encodeEnumResult(result), data };
}

function failure(error: number): TransactionResult {
  const nothing = { converter: 0, entriesReturned: 0, entriesAvailable: 0 };
  return { parameters: encodeEnumResult({ error, ...nothing }), data: new Uint8Array() };
}
