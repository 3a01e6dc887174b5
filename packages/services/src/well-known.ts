/** Mailslots whose messages have a fixed layout that is public, and those whose layout is not. */

import { ByteReader, DecodeError } from '@mailslot/core/internal';
import { FieldTable } from '@mailslot/core/netbios/internal';

import { guid, Source } from './netlogon/field.ts';

/** What is on a slot, and which fields its message has. */
interface FixedMessage {
  readonly words: string;
  readonly fields: object;
}

type Decoder = (data: Uint8Array) => FixedMessage;

/** RPC Locator, [MS-RPCL] 2.2.4: who offers an interface? */
const LOCATOR_QUERY = new FieldTable([
  { name: 'interfaceId', type: { bytes: 16 }, section: '[MS-RPCL] 2.2.4' },
  { name: 'versionMajor', type: 'uint16', section: '[MS-RPCL] 2.2.4' },
  { name: 'versionMinor', type: 'uint16', section: '[MS-RPCL] 2.2.4' },
  { name: 'objectId', type: { bytes: 16 }, section: '[MS-RPCL] 2.2.4' },
  { name: 'workstation', type: { bytes: 40 }, section: '[MS-RPCL] 2.2.4' },
  { name: 'entry', type: { bytes: 200 }, section: '[MS-RPCL] 2.2.4' },
]);

/** Which of you is a master locator? */
const MASTER_QUERY = new FieldTable([
  { name: 'messageType', type: 'uint32', section: '[MS-RPCL] 2.2.4' },
  { name: 'hint', type: 'uint32', section: '[MS-RPCL] 2.2.4' },
  { name: 'requester', type: { bytes: 36 }, section: '[MS-RPCL] 2.2.4' },
]);

const MASTER_REPLY = new FieldTable([
  { name: 'reserved', type: 'uint32', section: '[MS-RPCL] 2.2.4' },
  { name: 'hint', type: 'uint32', section: '[MS-RPCL] 2.2.4' },
  { name: 'uptimeSeconds', type: 'uint32', section: '[MS-RPCL] 2.2.4' },
  { name: 'sender', type: { bytes: 36 }, section: '[MS-RPCL] 2.2.4' },
]);

/** WCHAR[20], the first field of an answer. */
const DOMAIN_BYTES = 40;

const LOCATOR: ReadonlyMap<string, Decoder> = new Map<string, Decoder>([
  ['RPCLOC_S', locatorQuery],
  ['RPCLOC_C', locatorReply],
  ['RESP_S', masterQuery],
  ['RESP_C', masterReply],
]);

/** Whose slots these are; how their messages look is known to their makers alone. */
const PRIVATE: ReadonlyMap<string, string> = new Map([
  ['HYDRALSSERVER', 'Terminal Services licensing'],
  ['CHEYENNEDS', 'ARCserve discovery'],
  ['53CB31A0\\UNIMODEMNOTIFYTSP', 'Unimodem'],
]);

/** Slots of TAPI clients, whose names they choose below this ([MS-TRP] 2.1). */
const TAPI_PREFIX = 'TAPI\\';
const TAPI_BYTES = 4;

/** How to read what comes to a slot (folded name) whose layout is public; undefined for others. */
export function fixedDecoder(slot: string): Decoder | undefined {
  return LOCATOR.get(slot) ?? (slot.startsWith(TAPI_PREFIX) ? tapiEvent : undefined);
}

/** Whose slot that is, if the format of its messages is not public. */
export function privateOwner(slot: string): string | undefined {
  return PRIVATE.get(slot);
}

function locatorQuery(data: Uint8Array): FixedMessage {
  const query = LOCATOR_QUERY.decode(data);
  const interfaceId = guidText(query.interfaceId);
  const version = `${query.versionMajor}.${query.versionMinor}`;
  const workstation = wideText(query.workstation);
  const entry = wideText(query.entry);
  return {
    words: `locator query: ${workstation} looks for the interface ${interfaceId} version ${version}`,
    fields: { interfaceId, version, objectId: guidText(query.objectId), workstation, entry },
  };
}

function locatorReply(data: Uint8Array): FixedMessage {
  const domain = wideText(new ByteReader(data).bytes(DOMAIN_BYTES, 'a domain'));
  const entryBytes = data.length - DOMAIN_BYTES;
  return {
    words: `locator reply: ${domain} answers in ${entryBytes} bytes`,
    fields: { domain, entryBytes },
  };
}

function masterQuery(data: Uint8Array): FixedMessage {
  const { messageType, hint, requester: name } = MASTER_QUERY.decode(data);
  const requester = wideText(name);
  return {
    words: `locator query: ${requester} looks for a master locator`,
    fields: { messageType, hint, requester },
  };
}

function masterReply(data: Uint8Array): FixedMessage {
  const { hint, uptimeSeconds, sender: name } = MASTER_REPLY.decode(data);
  const sender = wideText(name);
  return {
    words: `locator reply: ${sender} is a master locator, up for ${uptimeSeconds} s`,
    fields: { hint, uptimeSeconds, sender },
  };
}

function tapiEvent(data: Uint8Array): FixedMessage {
  if (data.length !== TAPI_BYTES) throw new DecodeError('one number of 4 bytes', data.length);
  const context = new ByteReader(data).uint32le('a context');
  return {
    words: `TAPI: events wait for the client ${context}`,
    fields: { context },
  };
}

/** UTF-16 in a field of fixed size, up to a NUL. */
function wideText(bytes: Uint8Array): string {
  const text = Buffer.from(bytes).toString('utf16le');
  const end = text.indexOf('\0');
  return end < 0 ? text : text.slice(0, end);
}

function guidText(bytes: Uint8Array): string {
  return guid.read(new Source(bytes), 'a GUID');
}
