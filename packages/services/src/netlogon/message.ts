/** What domain controllers and their clients write to `NET\NETLOGON` and `NET\NTLOGON`. [MS-ADTS] 6.3.1, [MS-NRPC] 3.6. */

import { DecodeError } from '@mailslot/core/internal';

import {
  alignedUnicodeString,
  domainName,
  filler,
  guid,
  ipv4Address,
  type Layout,
  oemString,
  sid,
  Source,
  tail,
  TAIL_BYTES,
  Target,
  uint16,
  uint32,
  uint64,
  unicodeString,
  versionAhead,
} from './field.ts';

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
interface PrimaryQuery {
  readonly computerName: string;
  /** Where the answer is to go. */
  readonly mailslot: string;
  readonly unicodeComputerName: string;
  readonly ntVersion: number;
}

interface PrimaryResponse {
  readonly controller: string;
  readonly unicodeController: string;
  readonly unicodeDomain: string;
  readonly ntVersion: number;
}

/** Asks whether a domain controller is there, and knows an account. */
interface SamLogonRequest {
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

interface LogonNames {
  /** With two backslashes before it. */
  readonly logonServer: string;
  readonly userName: string;
  readonly domain: string;
}

/** Where a controller is in an Active Directory. */
interface DirectoryPlace {
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
interface SamLogonResponse extends LogonNames {
  readonly outcome: Outcome;
  readonly directory?: DirectoryPlace;
  readonly ntVersion: number;
}

interface DirectoryNames {
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
interface SamLogonResponseEx extends Omit<DirectoryNames, 'reserved'> {
  readonly outcome: Outcome;
  /** If NtVersion has V5EX_WITH_IP. */
  readonly address?: string;
  /** If NtVersion has WITH_CLOSEST_SITE. */
  readonly closestSite?: string;
  readonly ntVersion: number;
}

/** What a primary controller tells its backups: that a database has changed. */
interface DatabaseChange extends ChangeHead {
  readonly databases: readonly DatabaseState[];
  readonly domainSid: string;
  readonly ntVersion: number;
}

interface ChangeHead {
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

interface DatabaseState {
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

const OPCODE = {
  primaryQuery: 7,
  databaseChange: 10,
  primaryResponse: 12,
  samLogonRequest: 18,
  /** The first of three, one for each {@link Outcome}. */
  samLogonResponse: 19,
  samLogonResponseEx: 23,
} as const;

const OUTCOMES: readonly Outcome[] = ['logon', 'paused', 'unknown-user'];

const PRIMARY_QUERY: Layout<PrimaryQuery> = {
  computerName: oemString,
  mailslot: oemString,
  unicodeComputerName: alignedUnicodeString,
  ntVersion: tail,
};

const PRIMARY_RESPONSE: Layout<PrimaryResponse> = {
  controller: oemString,
  unicodeController: alignedUnicodeString,
  unicodeDomain: unicodeString,
  ntVersion: tail,
};

const SAM_LOGON_REQUEST: Layout<SamLogonRequest> = {
  requestCount: uint16,
  unicodeComputerName: unicodeString,
  userName: unicodeString,
  mailslot: oemString,
  accountControl: uint32,
  domainSid: sid,
  ntVersion: tail,
};

const LOGON_NAMES: Layout<LogonNames> = {
  logonServer: unicodeString,
  userName: unicodeString,
  domain: unicodeString,
};

const DIRECTORY_PLACE: Layout<DirectoryPlace> = {
  domainGuid: guid,
  siteGuid: guid,
  dnsForest: domainName,
  dnsDomain: domainName,
  dnsHost: domainName,
  address: ipv4Address,
  flags: uint32,
};

const DIRECTORY_NAMES: Layout<DirectoryNames> = {
  reserved: filler,
  flags: uint32,
  domainGuid: guid,
  dnsForest: domainName,
  dnsDomain: domainName,
  dnsHost: domainName,
  domain: domainName,
  controller: domainName,
  userName: domainName,
  site: domainName,
  clientSite: domainName,
};

const CHANGE_HEAD: Layout<ChangeHead> = {
  lowSerial: uint32,
  changedAt: uint32,
  pulseSeconds: uint32,
  spreadSeconds: uint32,
  controller: oemString,
  domain: oemString,
  unicodeController: alignedUnicodeString,
  unicodeDomain: unicodeString,
};

const DATABASE_STATE: Layout<DatabaseState> = { index: uint32, serial: uint64, createdAt: uint64 };

/** A sockaddr_in with its size before it: AF_INET, port 0, the address, 8 octets of zero. */
const SOCKET_ADDRESS_BYTES = 16;
const AF_INET = 2;

/** A message as it comes. Throws a DecodeError. */
export function decodeNetlogon(bytes: Uint8Array): NetlogonMessage {
  const source = new Source(bytes);
  const opcode = source.reader.uint16le('an opcode');
  switch (opcode) {
    case OPCODE.primaryQuery:
      return { kind: 'primary-query', ...read(PRIMARY_QUERY, source) };
    case OPCODE.databaseChange:
      return { kind: 'database-change', ...readChange(source) };
    case OPCODE.primaryResponse:
      return { kind: 'primary-response', ...read(PRIMARY_RESPONSE, source) };
    case OPCODE.samLogonRequest:
      return { kind: 'sam-logon-request', ...read(SAM_LOGON_REQUEST, source) };
    default:
      break;
  }
  const outcome = OUTCOMES[opcode - OPCODE.samLogonResponse];
  if (outcome !== undefined) {
    return { kind: 'sam-logon-response', outcome, ...readResponse(source) };
  }
  const outcomeEx = OUTCOMES[opcode - OPCODE.samLogonResponseEx];
  if (outcomeEx !== undefined) {
    return { kind: 'sam-logon-response-ex', outcome: outcomeEx, ...readResponseEx(source) };
  }
  return { kind: 'other', opcode, body: new Uint8Array(source.reader.rest()) };
}

export function encodeNetlogon(message: NetlogonMessage): Uint8Array {
  const target = new Target();
  target.writer.uint16le(opcodeOf(message));
  switch (message.kind) {
    case 'primary-query':
      write(PRIMARY_QUERY, target, message);
      break;
    case 'database-change':
      writeChange(target, message);
      break;
    case 'primary-response':
      write(PRIMARY_RESPONSE, target, message);
      break;
    case 'sam-logon-request':
      write(SAM_LOGON_REQUEST, target, message);
      break;
    case 'sam-logon-response':
      write(LOGON_NAMES, target, message);
      if (message.directory !== undefined) write(DIRECTORY_PLACE, target, message.directory);
      tail.write(target, message.ntVersion);
      break;
    case 'sam-logon-response-ex':
      writeResponseEx(target, message);
      break;
    case 'other':
      target.writer.bytes(message.body);
      break;
  }
  return target.writer.finish();
}

function opcodeOf(message: NetlogonMessage): number {
  switch (message.kind) {
    case 'primary-query':
      return OPCODE.primaryQuery;
    case 'database-change':
      return OPCODE.databaseChange;
    case 'primary-response':
      return OPCODE.primaryResponse;
    case 'sam-logon-request':
      return OPCODE.samLogonRequest;
    case 'sam-logon-response':
      return OPCODE.samLogonResponse + OUTCOMES.indexOf(message.outcome);
    case 'sam-logon-response-ex':
      return OPCODE.samLogonResponseEx + OUTCOMES.indexOf(message.outcome);
    case 'other':
      return message.opcode;
  }
}

function readResponse(source: Source): Omit<SamLogonResponse, 'outcome'> {
  const names = read(LOGON_NAMES, source);
  const isShort = source.reader.remaining <= TAIL_BYTES;
  const directory = isShort ? {} : { directory: read(DIRECTORY_PLACE, source) };
  return { ...names, ...directory, ntVersion: tail.read(source, 'a version') };
}

function readResponseEx(source: Source): Omit<SamLogonResponseEx, 'outcome'> {
  const version = versionAhead(source);
  const { reserved: _, ...names } = read(DIRECTORY_NAMES, source);
  const has = (bit: number): boolean => (version & bit) !== 0;
  const address = has(NT_VERSION.V5EX_WITH_IP) ? { address: readSocketAddress(source) } : {};
  const closest = has(NT_VERSION.WITH_CLOSEST_SITE)
    ? { closestSite: domainName.read(source, 'the closest site') }
    : {};
  // Where the version was looked for, it must be: else what it said of the rest was read from the rest.
  if (source.reader.remaining !== TAIL_BYTES) {
    throw new DecodeError('a version and tokens at the end', source.reader.offset);
  }
  return { ...names, ...address, ...closest, ntVersion: tail.read(source, 'a version') };
}

function writeResponseEx(target: Target, message: SamLogonResponseEx): void {
  const { address, closestSite, ntVersion } = message;
  write(DIRECTORY_NAMES, target, { ...message, reserved: undefined });
  if (address !== undefined) {
    target.writer.uint8(SOCKET_ADDRESS_BYTES).uint16le(AF_INET).uint16(0);
    ipv4Address.write(target, address);
    target.writer.bytes(new Uint8Array(8));
  }
  if (closestSite !== undefined) domainName.write(target, closestSite);
  const flags = NT_VERSION.V5EX_WITH_IP | NT_VERSION.WITH_CLOSEST_SITE;
  const parts =
    (address === undefined ? 0 : NT_VERSION.V5EX_WITH_IP) |
    (closestSite === undefined ? 0 : NT_VERSION.WITH_CLOSEST_SITE);
  // These two bits say which parts there are: a reader goes by them.
  tail.write(target, ((ntVersion & ~flags) | parts) >>> 0);
}

function readSocketAddress(source: Source): string {
  const size = source.reader.uint8('the size of an address');
  if (size !== SOCKET_ADDRESS_BYTES) {
    throw new DecodeError('a socket address of 16 bytes', source.reader.offset - 1);
  }
  source.reader.skip(4, 'a family and a port');
  const address = ipv4Address.read(source, 'an address');
  source.reader.skip(8, 'zeros');
  return address;
}

function readChange(source: Source): DatabaseChange {
  const head = read(CHANGE_HEAD, source);
  const count = source.reader.uint32le('a number of databases');
  const databases: DatabaseState[] = [];
  while (databases.length < count) databases.push(read(DATABASE_STATE, source));
  const domainSid = sid.read(source, 'a SID');
  return { ...head, databases, domainSid, ntVersion: tail.read(source, 'a version') };
}

function writeChange(target: Target, message: DatabaseChange): void {
  write(CHANGE_HEAD, target, message);
  target.writer.uint32le(message.databases.length);
  for (const database of message.databases) write(DATABASE_STATE, target, database);
  sid.write(target, message.domainSid);
  tail.write(target, message.ntVersion);
}

function read<Part>(layout: Layout<Part>, source: Source): Part {
  const values: Partial<Record<keyof Part, unknown>> = {};
  for (const name of namesOf(layout)) values[name] = layout[name].read(source, String(name));
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- one value for each field, of its type
  return values as Part;
}

function write<Part>(layout: Layout<Part>, target: Target, part: Part): void {
  for (const name of namesOf(layout)) layout[name].write(target, part[name]);
}

function namesOf<Part>(layout: Layout<Part>): readonly (keyof Part)[] {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a layout has its fields and nothing else
  return Object.keys(layout) as (keyof Part)[];
}
