/** Netlogon messages, octet by octet: layouts of fields, and what depends on the version. */

import { DecodeError } from '@mailslot/core/internal';

import {
  alignedUnicodeString,
  domainName,
  filler,
  guid,
  ipv4Address,
  type Layout,
  oemString,
  readLayout,
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
  writeLayout,
} from './field.ts';
import {
  type ChangeHead,
  type DatabaseChange,
  type DatabaseState,
  type DirectoryNames,
  type DirectoryPlace,
  type LogonNames,
  type NetlogonMessage,
  NT_VERSION,
  type Outcome,
  type PrimaryQuery,
  type PrimaryResponse,
  type SamLogonRequest,
  type SamLogonResponse,
  type SamLogonResponseEx,
} from './message.ts';

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
      return { kind: 'primary-query', ...readLayout(PRIMARY_QUERY, source) };
    case OPCODE.databaseChange:
      return { kind: 'database-change', ...readChange(source) };
    case OPCODE.primaryResponse:
      return { kind: 'primary-response', ...readLayout(PRIMARY_RESPONSE, source) };
    case OPCODE.samLogonRequest:
      return { kind: 'sam-logon-request', ...readLayout(SAM_LOGON_REQUEST, source) };
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
      writeLayout(PRIMARY_QUERY, target, message);
      break;
    case 'database-change':
      writeChange(target, message);
      break;
    case 'primary-response':
      writeLayout(PRIMARY_RESPONSE, target, message);
      break;
    case 'sam-logon-request':
      writeLayout(SAM_LOGON_REQUEST, target, message);
      break;
    case 'sam-logon-response':
      writeLayout(LOGON_NAMES, target, message);
      if (message.directory !== undefined) writeLayout(DIRECTORY_PLACE, target, message.directory);
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
  const names = readLayout(LOGON_NAMES, source);
  const isShort = source.reader.remaining <= TAIL_BYTES;
  const directory = isShort ? {} : { directory: readLayout(DIRECTORY_PLACE, source) };
  return { ...names, ...directory, ntVersion: tail.read(source, 'a version') };
}

function readResponseEx(source: Source): Omit<SamLogonResponseEx, 'outcome'> {
  const version = versionAhead(source);
  const { reserved: _, ...names } = readLayout(DIRECTORY_NAMES, source);
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
  writeLayout(DIRECTORY_NAMES, target, { ...message, reserved: undefined });
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
  const head = readLayout(CHANGE_HEAD, source);
  const count = source.reader.uint32le('a number of databases');
  const databases: DatabaseState[] = [];
  while (databases.length < count) databases.push(readLayout(DATABASE_STATE, source));
  const domainSid = sid.read(source, 'a SID');
  return { ...head, databases, domainSid, ntVersion: tail.read(source, 'a version') };
}

function writeChange(target: Target, message: DatabaseChange): void {
  writeLayout(CHANGE_HEAD, target, message);
  target.writer.uint32le(message.databases.length);
  for (const database of message.databases) writeLayout(DATABASE_STATE, target, database);
  sid.write(target, message.domainSid);
  tail.write(target, message.ntVersion);
}
