/** What domain controllers and their clients write to `NET\NETLOGON` and `NET\NTLOGON`. [MS-ADTS] 6.3.1, [MS-NRPC] 3.6. */

/** Bits of NtVersion: what the sender of a request understands, and what a response is made of. [MS-ADTS] 6.3.1.1. */
export const NT_VERSION = {
  V1: 0x1,
  V5: 0x2,
  V5EX: 0x4,
  V5EX_WITH_IP: 0x8,
  WITH_CLOSEST_SITE: 0x10,
  AVOID_NT4EMUL: 0x0100_0000,
  PDC: 0x1000_0000,
  LOCAL: 0x4000_0000,
  GC: 0x8000_0000,
} as const;

/** Asks for the primary domain controller. */
export interface PrimaryQuery {
  readonly computerName: string;
  /** Where the answer is to go. */
  readonly mailslot: string;
  readonly unicodeComputerName: string;
  readonly ntVersion: number;
}

export interface PrimaryResponse {
  readonly controller: string;
  readonly unicodeController: string;
  readonly unicodeDomain: string;
  readonly ntVersion: number;
}

/** Asks whether a domain controller is there, and knows an account. */
export interface SamLogonRequest {
  /** Of this question, from 0. */
  readonly requestCount: number;
  readonly unicodeComputerName: string;
  /** '' to ask for any controller. */
  readonly userName: string;
  /** Where the answer is to go. */
  readonly mailslot: string;
  /** The kinds of account that would do: [MS-ADTS] 6.3.1.2. */
  readonly accountControl: number;
  /** Of the domain, in its usual notation; '' to leave it open. */
  readonly domainSid: string;
  readonly ntVersion: number;
}

/** What a domain controller says to a request: that it serves, that it does not now, that it does not know the account. */
export type Outcome = 'logon' | 'paused' | 'unknown-user';

export interface LogonNames {
  /** With two backslashes before it. */
  readonly logonServer: string;
  readonly userName: string;
  readonly domain: string;
}

/** Where a controller is in an Active Directory. */
export interface DirectoryPlace {
  readonly domainGuid: string;
  /** Always zero. */
  readonly siteGuid: string;
  readonly dnsForest: string;
  readonly dnsDomain: string;
  readonly dnsHost: string;
  readonly address: string;
  readonly flags: number;
}

/** The forms of Windows NT 4 and, with a place in a directory, of Windows 2000. */
export interface SamLogonResponse extends LogonNames {
  readonly outcome: Outcome;
  readonly directory?: DirectoryPlace;
  readonly ntVersion: number;
}

export interface DirectoryNames {
  readonly reserved: undefined;
  readonly flags: number;
  readonly domainGuid: string;
  readonly dnsForest: string;
  readonly dnsDomain: string;
  readonly dnsHost: string;
  readonly domain: string;
  readonly controller: string;
  readonly userName: string;
  readonly site: string;
  readonly clientSite: string;
}

/** The form of today. */
export interface SamLogonResponseEx extends Omit<DirectoryNames, 'reserved'> {
  readonly outcome: Outcome;
  /** If NtVersion has V5EX_WITH_IP. */
  readonly address?: string;
  /** If NtVersion has WITH_CLOSEST_SITE. */
  readonly closestSite?: string;
  readonly ntVersion: number;
}

/** What a primary controller tells its backups: that a database has changed. */
export interface DatabaseChange extends ChangeHead {
  readonly databases: readonly DatabaseState[];
  readonly domainSid: string;
  readonly ntVersion: number;
}

export interface ChangeHead {
  readonly lowSerial: number;
  /** Seconds since 1970. */
  readonly changedAt: number;
  readonly pulseSeconds: number;
  /** How long a backup waits at most before it asks. */
  readonly spreadSeconds: number;
  readonly controller: string;
  readonly domain: string;
  readonly unicodeController: string;
  readonly unicodeDomain: string;
}

export interface DatabaseState {
  /** 0 accounts, 1 built in, 2 policy. */
  readonly index: number;
  readonly serial: bigint;
  /** In 100 ns since 1601. */
  readonly createdAt: bigint;
}

/** One of the opcodes of LAN Manager whose body is not told by any specification. */
interface OtherMessage {
  readonly opcode: number;
  readonly body: Uint8Array;
}

type Tagged<Kind extends string, Part> = { readonly kind: Kind } & Part;

export type NetlogonMessage =
  | Tagged<'primary-query', PrimaryQuery>
  | Tagged<'database-change', DatabaseChange>
  | Tagged<'primary-response', PrimaryResponse>
  | Tagged<'sam-logon-request', SamLogonRequest>
  | Tagged<'sam-logon-response', SamLogonResponse>
  | Tagged<'sam-logon-response-ex', SamLogonResponseEx>
  | Tagged<'other', OtherMessage>;
