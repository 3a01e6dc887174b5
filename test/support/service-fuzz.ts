/** Every decoder of the services under fire: distorted messages of each kind, on each slot. */

import { readFileSync } from 'node:fs';

import { seededRandom } from '@mailslot/core';
import { decodeBody, decodeDatagram, decodeMailslotWrite } from '@mailslot/core/netbios/internal';
import {
  decodeText,
  encodeAlert,
  encodeMailslotMessage,
  encodeNetlogon,
  encodeResponderMessage,
  explain,
  NT_VERSION,
  oemTextOf,
} from '@mailslot/services/internal';

import { fuzzed } from './swarm/fuzzer.ts';

const GUID = '0f7c2a31-9d54-4b0e-8a66-0123456789ab';
const RAISED = { service: 'Spooler', raisedAt: 1_700_000_000_000 } as const;
const NONE = new Uint8Array();

/** Texts may be in any of them. */
const CODE_PAGES = [437, 850, 852, 866, 1252].map((page) => oemTextOf(page as 437));

/** The control characters that a text may have. */
const PRINTABLE = /^(?:\P{Cc}|[\n\t])*$/u;

interface Slot {
  readonly name: string;
  readonly seeds: readonly Uint8Array[];
}

const SLOTS: readonly Slot[] = [
  { name: 'MESSNGR', seeds: [fromVector('made-msngr'), messages()].flat() },
  { name: 'Alerter', seeds: alerts() },
  { name: 'NET\\NETLOGON', seeds: [fromVector('made-nl-primary-query'), netlogon()].flat() },
  { name: 'NET\\GETDC1', seeds: netlogon() },
  { name: 'HydraLsServer', seeds: responder() },
  { name: 'RpcLoc_s', seeds: [new Uint8Array(276), new Uint8Array(280)] },
  { name: 'RpcLoc_c', seeds: [new Uint8Array(44), new Uint8Array(300)] },
  { name: 'Resp_s', seeds: [new Uint8Array(44)] },
  { name: 'Resp_c', seeds: [new Uint8Array(48)] },
  { name: 'TAPI\\x', seeds: [Uint8Array.of(7, 0, 0, 0)] },
];

export interface ServiceFuzzReport {
  readonly inputs: number;
  /** Refused; the others are read, for they were distorted where it does not matter. */
  readonly malformed: number;
}

/** Throws if a decoder does anything but read a message or refuse it. The same seed does the same. */
export function fuzzServices(seed: number, inputs: number): ServiceFuzzReport {
  const random = seededRandom(seed);
  const draw = (below: number): number => Math.trunc(random.next() * below);
  let malformed = 0;
  for (let input = 0; input < inputs; input++) {
    const { name, seeds } = SLOTS[draw(SLOTS.length)]!;
    const bytes = fuzzed(seeds, random);
    const explanation = explain(name, bytes);
    if (explanation !== undefined) {
      if (explanation.words === '') throw new Error(`Nothing is said of input ${input}.`);
      JSON.stringify(explanation);
      if ('malformed' in explanation.fields) malformed++;
    }
    if (!PRINTABLE.test(decodeText(bytes, CODE_PAGES[draw(CODE_PAGES.length)]!))) {
      throw new Error(`The text of input ${input} has control characters.`);
    }
  }
  return { inputs, malformed };
}

function messages(): Uint8Array[] {
  const [from, to] = [Buffer.from('ANN'), Buffer.from('MSLAB')];
  return ['Tea is ready.', '', 'a\nb\tc'].map((text) =>
    encodeMailslotMessage({ from, to, text: Buffer.from(text) }),
  );
}

function alerts(): Uint8Array[] {
  const who = { user: 'ANN', computer: 'ANN-PC' };
  return [
    encodeAlert({ ...RAISED, event: 'ADMIN', errorCode: 3, strings: ['one', 'two', ''] }),
    encodeAlert({ ...RAISED, event: 'ERRORLOG', errorCode: 7, logOffset: 1 }),
    encodeAlert({ ...RAISED, event: 'USER', errorCode: 9, ...who }),
    encodeAlert({ ...RAISED, event: 'MESSAGE', data: Uint8Array.of(1, 2, 3) }),
    encodeAlert({ ...RAISED, event: 'OTHER', eventName: 'TAPE', data: NONE }),
    encodeAlert({
      ...RAISED,
      ...who,
      event: 'PRINTING',
      jobId: 5,
      status: 0x0103,
      submittedAt: RAISED.raisedAt,
      size: 4096,
      queue: 'Q1',
      destination: 'LPT1',
      statusText: 'tray 2',
    }),
  ];
}

function netlogon(): Uint8Array[] {
  const domainSid = 'S-1-5-21-1-2-3';
  const logon = { outcome: 'logon', userName: 'ANN$', domain: 'MSLAB' } as const;
  const dns = {
    domainGuid: GUID,
    dnsForest: 'example.com',
    dnsDomain: 'lab.example.com',
    dnsHost: 'dc1.lab.example.com',
  };
  const siteGuid = '00000000-0000-0000-0000-000000000000';
  const directory = { ...dns, siteGuid, address: '10.77.0.1', flags: 0x3fd };
  const sites = { site: 'Bern', clientSite: 'Bern', closestSite: 'Zürich' };
  const versionEx = NT_VERSION.V1 | NT_VERSION.V5EX_WITH_IP | NT_VERSION.WITH_CLOSEST_SITE;
  const mailslot = '\\MAILSLOT\\NET\\GETDC1';
  return [
    encodeNetlogon({
      kind: 'primary-query',
      computerName: 'ANN-PC',
      mailslot,
      unicodeComputerName: 'ANN-PC',
      ntVersion: 1,
    }),
    encodeNetlogon({
      kind: 'primary-response',
      controller: 'DC1',
      unicodeController: 'DC1',
      unicodeDomain: 'MSLAB',
      ntVersion: 1,
    }),
    encodeNetlogon({
      kind: 'sam-logon-request',
      requestCount: 2,
      unicodeComputerName: 'ANN-PC',
      userName: 'ANN$',
      mailslot,
      accountControl: 0x80,
      domainSid,
      ntVersion: 11,
    }),
    encodeNetlogon({
      kind: 'sam-logon-response',
      ...logon,
      logonServer: '\\\\DC1',
      directory,
      ntVersion: 3,
    }),
    encodeNetlogon({ kind: 'sam-logon-response', ...logon, logonServer: '\\\\DC1', ntVersion: 1 }),
    encodeNetlogon({
      kind: 'sam-logon-response-ex',
      ...logon,
      ...dns,
      ...sites,
      flags: 0x3fd,
      controller: 'DC1',
      address: '10.77.0.1',
      ntVersion: versionEx,
    }),
    encodeNetlogon({
      kind: 'database-change',
      lowSerial: 1,
      changedAt: 1_700_000_000,
      pulseSeconds: 300,
      spreadSeconds: 10,
      controller: 'DC1',
      domain: 'MSLAB',
      unicodeController: 'DC1',
      unicodeDomain: 'MSLAB',
      databases: [{ index: 0, serial: 5n, createdAt: 9n }],
      domainSid,
      ntVersion: 1,
    }),
  ];
}

function responder(): Uint8Array[] {
  const token = '0123456789abcdef';
  const body = Buffer.from('who?');
  return [
    encodeResponderMessage({
      kind: 'question',
      token,
      windowMs: 1500,
      replySlot: 'REPLY\\00C0FFEE',
      body,
    }),
    encodeResponderMessage({ kind: 'answer', token, name: 'Büro', body }),
    encodeResponderMessage({ kind: 'announcement', periodSeconds: 60, name: 'TS-1', body }),
    encodeResponderMessage({ kind: 'ring', context: 7 }),
  ];
}

/** What a datagram of the vectors has written to a mailslot. */
function fromVector(wanted: string): Uint8Array[] {
  const vectors: readonly { readonly id: string; readonly hex: string }[] = JSON.parse(
    readFileSync(new URL('../vectors/netbios.json', import.meta.url), 'utf8'),
  );
  return vectors
    .filter(({ id }) => id === wanted)
    .map(({ hex }) => {
      const { data } = decodeBody(decodeDatagram(new Uint8Array(Buffer.from(hex, 'hex'))).part);
      return new Uint8Array(decodeMailslotWrite(data).data);
    });
}
