/**
 * The lists of the Browser protocol as others read them: what a RAP server answers NetServerEnum2 from, and what a RAP
 * client brings back.
 */

/** A host, or a domain (then `name` is the domain's, `comment` the name of its master). */
export interface BrowseEntry {
  /** At most 15 characters, upper case. */
  readonly name: string;
  /** Bits of `SERVER_TYPE`: 32 bits, unsigned. */
  readonly serverType: number;
  /** Of the operating system, such as 6.1. */
  readonly version: BrowseVersion;
  /** As announced, at most 42 characters by the book. */
  readonly comment: string;
}

export interface BrowseVersion {
  readonly major: number;
  readonly minor: number;
}

/** What a browser knows of one segment, as its RAP server reads it. Both lists are sorted by name. */
export interface BrowseList {
  /** The own domain. Asked for an empty domain, a server takes this one. */
  readonly domain: string;
  /**
   * `none`: not one to ask (ERROR_REQ_NOT_ACCEP); `backup` and `master` answer, `master` for LOCAL_LIST_ONLY too.
   */
  readonly standing: 'none' | 'backup' | 'master';
  /** The hosts of the own domain, this one included; of this segment only, for LOCAL_LIST_ONLY. */
  servers(localOnly?: boolean): readonly BrowseEntry[];
  /** All domains that are known, the own one included; of this segment only, for LOCAL_LIST_ONLY. */
  domains(localOnly?: boolean): readonly BrowseEntry[];
}

/** What to ask a browser for by NetServerEnum2. */
export interface BrowseQuery {
  /** Whose hosts; `''` for the own of whoever is asked. Ignored where domains are asked for. */
  readonly domain: string;
  /** A mask of `SERVER_TYPE` bits; `SERVER_TYPE.DOMAIN_ENUM` asks for domains, `0xffffffff` for every host. */
  readonly serverType: number;
}

/**
 * Asks the browser at an IPv4 address for a list, over SMB and RAP. Rejects with a `MailslotError` if it cannot be
 * reached, or does not answer within 5 s, or refuses: code as Windows names it.
 */
export type BrowseClient = (
  host: { readonly name: string; readonly address: string },
  query: BrowseQuery,
  signal?: AbortSignal,
) => Promise<readonly BrowseEntry[]>;
