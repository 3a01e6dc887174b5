/** Both ends of NetBIOS sessions under fire: what Samba's programs and ours say on them, distorted. */

import { readFileSync } from 'node:fs';

import { MailslotError, type Random, seededRandom } from '@mailslot/core';
import { DecodeError } from '@mailslot/core/internal';
import {
  type Dialogue,
  encodeSessionPacket,
  NetbiosName,
  SessionClient,
  SessionServer,
  type SessionService,
  SmbClient,
  SmbServer,
  SUFFIX,
} from '@mailslot/core/netbios/internal';
import { VirtualClock } from '@mailslot/core/testing';
import { ALL_SERVERS, type BrowseEntry, type BrowseList } from '@mailslot/discovery/browser';
import { RapClient, RapServer } from '@mailslot/discovery/internal';
import { messageDialogue, MessageSession, TEXT_BYTES_MAX } from '@mailslot/services/internal';

import { fuzzed } from './swarm/fuzzer.ts';

/** How many of the packets of a session are distorted: so that the ones behind them are reached as well. */
const DISTORTED = 0.3;

/** One packet may ask for a list of 64 KiB, and for four echoes of what it is. */
const ANSWER_BYTES_MAX = 0x2_0000;

/** The most that a whole conversation takes: 32 pages of a list, each in hundreds of parts. */
const STEPS_MAX = 20_000;

const MESSAGE = 0x00;
const HEADER_BYTES = 4;
/** In a message of SMB. */
const TREE_ID = 24;
const USER_ID = 28;

const SERVER = NetbiosName.ofHost('ANN-PC', SUFFIX.server);
const MESSENGER = NetbiosName.ofHost('ANN-PC', SUFFIX.messenger);
const CALLING = NetbiosName.ofHost('BOB-PC', SUFFIX.workstation);

const HOSTS: readonly BrowseEntry[] = Array.from({ length: 40 }, (_, at) => ({
  name: `PC-${at}`,
  serverType: 0x0001_1003,
  version: { major: 6, minor: 1 },
  comment: `Büro ${at}`,
}));

const LIST: BrowseList = {
  domain: 'MSLAB',
  standing: 'master',
  servers: () => HOSTS,
  domains: () => HOSTS.slice(0, 3),
};

const recorded: readonly {
  readonly packets: readonly { readonly from: string; readonly hex: string }[];
}[] = JSON.parse(readFileSync(new URL('../vectors/sessions.json', import.meta.url), 'utf8'));

/** What each client said, a packet each. */
const CONVERSATIONS: readonly (readonly Uint8Array[])[] = recorded.map(({ packets }) =>
  opened(packets.filter(({ from }) => from === 'client').map(({ hex }) => bytesOf(hex))),
);

export interface SessionFuzzReport {
  /** Packets. */
  readonly inputs: number;
  readonly sessions: number;
  /** Sessions that one end gave up, for what the other had said. */
  readonly broken: number;
  /** Packets that came of it. */
  readonly answers: number;
}

/** The answering ends: sessions, SMB, RAP and messages. Throws if anything but what may happen happens. */
export function fuzzSessionServers(seed: number, inputs: number): SessionFuzzReport {
  const random = seededRandom(seed);
  const report = { inputs: 0, sessions: 0, broken: 0, answers: 0 };
  while (report.inputs < inputs) {
    const server = sessionServer(random);
    let ids: Uint8Array | undefined;
    report.sessions++;
    for (const packet of oneOf(CONVERSATIONS, random)) {
      report.inputs++;
      const answers = answersOf(server, distorted(withIds(packet, ids), random));
      if (answers === undefined) {
        report.broken++;
        break;
      }
      report.answers += answers.length;
      ids = answers.findLast((answer) => answer[0] === MESSAGE) ?? ids;
      if (server.refused) break;
    }
  }
  return report;
}

/** The asking ends, of the same. Throws if anything but what may happen happens. */
export function fuzzSessionClients(seed: number, inputs: number): SessionFuzzReport {
  const random = seededRandom(seed);
  const report = { inputs: 0, sessions: 0, broken: 0, answers: 0 };
  while (report.inputs < inputs) {
    const isList = random.next() < 0.7;
    const called = isList ? SERVER : MESSENGER;
    const client = new SessionClient({ called, calling: CALLING });
    const dialogue: Dialogue<unknown> = isList ? readList() : sendText(random);
    const server = sessionServer(random);
    report.sessions++;
    try {
      for (const packet of heardBy(client, dialogue, server)) {
        report.inputs++;
        report.answers += packet.take(distorted(packet.bytes, random));
      }
    } catch (error) {
      if (!(error instanceof DecodeError || error instanceof MailslotError)) throw error;
      report.broken++;
    }
  }
  return report;
}

interface Heard {
  /** As it was sent. */
  readonly bytes: Uint8Array;
  /** Has the client take what came of it. Answers how many messages it has to say to that. */
  take(bytes: Uint8Array): number;
}

/** The packets that a client is to hear, one after the other, until it has what it wants. */
function* heardBy(
  client: SessionClient,
  dialogue: Dialogue<unknown>,
  server: SessionServer,
): Generator<Heard, void, undefined> {
  const toServer = [client.request()];
  let step: IteratorResult<Uint8Array | undefined, unknown> | undefined;
  const advance = (next: typeof step): number => {
    step = next;
    if (step === undefined || step.done || step.value === undefined) return 0;
    toServer.push(encodeSessionPacket({ kind: 'message', message: step.value }));
    return 1;
  };
  const take = (bytes: Uint8Array): number => {
    const messages = [...client.receive(bytes)];
    if (!client.open) return 0;
    let said = step === undefined ? advance(dialogue.next()) : 0;
    for (const message of messages) if (!step!.done) said += advance(dialogue.next(message));
    return said;
  };
  for (let steps = 0; toServer.length > 0; steps++) {
    if (steps > STEPS_MAX) throw new Error('A conversation without an end.');
    for (const bytes of answersOf(server, toServer.shift()!) ?? []) {
      yield { bytes, take };
      if (step?.done) return;
    }
  }
}

function* readList(): Dialogue<unknown> {
  const smb = new SmbClient();
  yield* smb.connect('ANN-PC');
  return yield* new RapClient(smb).list({ domain: '', serverType: ALL_SERVERS });
}

function sendText(random: Random): Dialogue<void> {
  const text = random.bytes(Math.trunc(random.next() * 300));
  return messageDialogue({ from: Buffer.from('BOB'), to: Buffer.from('ANN'), text });
}

function sessionServer(random: Random): SessionServer {
  return new SessionServer(({ called }) => serviceOf(called, random));
}

function serviceOf({ suffix }: NetbiosName, random: Random): SessionService {
  if (suffix === SUFFIX.messenger) return new MessageSession(checkText);
  const rap = new RapServer(LIST);
  return new SmbServer({
    computerName: 'ANN-PC',
    domain: 'MSLAB',
    transact: rap.transact.bind(rap),
    clock: new VirtualClock(),
    random,
  });
}

function checkText({ text }: { readonly text: Uint8Array }): void {
  if (text.length > TEXT_BYTES_MAX) throw new Error(`A message of ${text.length} bytes.`);
}

/** Undefined if the session ends by it. */
function answersOf(server: SessionServer, packet: Uint8Array): Uint8Array[] | undefined {
  let bytes = 0;
  try {
    const answers = [...server.receive(packet)];
    bytes = answers.reduce((sum, { length }) => sum + length, 0);
    if (bytes <= ANSWER_BYTES_MAX) return answers;
  } catch (error) {
    if (error instanceof DecodeError) return undefined;
    throw error;
  }
  throw new Error(`${bytes} bytes answer a packet of ${packet.length}.`);
}

/** Often as it was. What is distorted mostly has the length that it says, lest nothing but that be tested. */
function distorted(packet: Uint8Array, random: Random): Uint8Array {
  if (random.next() >= DISTORTED) return packet;
  if (packet[0] !== MESSAGE || random.next() < 0.2) return fuzzed([packet], random);
  const message = fuzzed([packet.subarray(HEADER_BYTES)], random);
  return encodeSessionPacket({ kind: 'message', message });
}

/** A request as its client would have sent it to this server: with the ids that the last answer gave it. */
function withIds(packet: Uint8Array, answer: Uint8Array | undefined): Uint8Array {
  if (answer === undefined || packet[0] !== MESSAGE) return packet;
  const made = packet.slice();
  for (const id of [TREE_ID, USER_ID]) {
    const at = HEADER_BYTES + id;
    if (answer.length >= at + 2 && made.length >= at + 2) made.set(answer.subarray(at, at + 2), at);
  }
  return made;
}

/** Begins with a session request, which nobody sends on port 445. */
function opened(packets: readonly Uint8Array[]): readonly Uint8Array[] {
  if (packets[0]?.[0] !== MESSAGE) return packets;
  const request = encodeSessionPacket({ kind: 'request', called: SERVER, calling: CALLING });
  return [request, ...packets];
}

function bytesOf(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex, 'hex'));
}

function oneOf<Value>(values: readonly Value[], random: Random): Value {
  return values[Math.trunc(random.next() * values.length)]!;
}
