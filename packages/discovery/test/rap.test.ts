import { readFileSync } from 'node:fs';

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { MailslotError, seededRandom } from '@mailslot/core';
import { DecodeError } from '@mailslot/core/internal';
import {
  type Dialogue,
  SmbClient,
  SmbServer,
  type Transaction,
} from '@mailslot/core/netbios/internal';
import { VirtualClock } from '@mailslot/core/testing';
import {
  ALL_SERVERS,
  type BrowseEntry,
  type BrowseList,
  SERVER_TYPE,
} from '@mailslot/discovery/browser';

import { RAP_PAGES_MAX, RapClient } from '../src/browser/rap/rap-client.ts';
import { RAP_ERROR, rapError } from '../src/browser/rap/rap-error.ts';
import { decodeRapRequest, encodeServerEnumRequest } from '../src/browser/rap/rap-request.ts';
import {
  decodeEnumResult,
  decodeServers,
  encodeEnumResult,
  encodeServers,
} from '../src/browser/rap/rap-response.ts';
import { RapServer } from '../src/browser/rap/rap-server.ts';

const { WORKSTATION, SERVER, NT, MASTER_BROWSER, LOCAL_LIST_ONLY, DOMAIN_ENUM } = SERVER_TYPE;

function entry(name: string, serverType: number = WORKSTATION | SERVER, comment = ''): BrowseEntry {
  return { name, serverType, version: { major: 6, minor: 1 }, comment };
}

function numbered(count: number): BrowseEntry[] {
  return Array.from({ length: count }, (_, at) =>
    entry(`PC-${String(at).padStart(6, '0')}`, WORKSTATION, `Büro ${at}`),
  );
}

function listOf(servers: readonly BrowseEntry[], rest: Partial<BrowseList> = {}): BrowseList {
  const domains = [entry('MSLAB', (DOMAIN_ENUM | NT) >>> 0, 'ANN-PC')];
  return {
    domain: 'MSLAB',
    standing: 'master',
    servers: () => servers,
    domains: () => domains,
    ...rest,
  };
}

/** What a request asks for, if nothing else is said. */
const everything = {
  kind: 'server-enum',
  level: 1,
  bufferBytes: 0xffff,
  serverType: ALL_SERVERS,
  domain: '',
} as const;

type Request = Parameters<typeof encodeServerEnumRequest>[0];

function transaction(parameters: Uint8Array, rest: Partial<Transaction> = {}): Transaction {
  const room = { parameterBytesMax: 8, dataBytesMax: 0xffff };
  return { name: '\\PIPE\\LANMAN', parameters, data: new Uint8Array(), ...room, ...rest };
}

/** Whatever `call` does, it ends well or in a DecodeError. */
function survives(call: () => unknown): void {
  try {
    call();
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
  }
}

/** What a server of that list answers. */
function asked(list: BrowseList, request: Partial<Request> = {}, rest: Partial<Transaction> = {}) {
  const parameters = encodeServerEnumRequest({ ...everything, ...request });
  const answer = new RapServer(list).transact(transaction(parameters, rest))!;
  const result = decodeEnumResult(answer.parameters);
  const entries = (request.level ?? 1) === 1 ? decodeServers(answer.data, result) : [];
  return { ...result, data: answer.data, entries, names: entries.map(({ name }) => name) };
}

interface RecordedSession {
  readonly session: string;
  readonly packets: readonly { readonly what: string; readonly hex: string }[];
}

const recorded = (
  JSON.parse(
    readFileSync(new URL('../../../test/vectors/sessions.json', import.meta.url), 'utf8'),
  ) as RecordedSession[]
).flatMap(({ packets }) => packets);

/** Parameters and data of a recorded transaction. */
function parts({ hex }: { readonly hex: string }) {
  const message = Buffer.from(hex, 'hex').subarray(4);
  const response = message[32] === 10;
  const at = (offset: number): number => message.readUInt16LE(offset);
  const [length, offset] = response ? [at(39), at(41)] : [at(51), at(53)];
  const [dataLength, dataOffset] = response ? [at(45), at(47)] : [at(55), at(57)];
  return {
    parameters: message.subarray(offset, offset + length),
    data: message.subarray(dataOffset, dataOffset + dataLength),
  };
}

const requests = recorded.filter(({ what }) => /^Net\w+ Request/.test(what));
const responses = recorded.filter(({ what }) => what.startsWith('NetServerEnum2 Response'));

describe('questions and answers of Samba', () => {
  test('are all understood', () => {
    const kinds = requests.map((each) => decodeRapRequest(parts(each).parameters).kind);
    expect(kinds).toEqual([...Array.from({ length: 4 }, () => 'server-enum'), 'share-enum']);
  });

  test('for lists are written back byte for byte', () => {
    let compared = 0;
    for (const { parameters } of requests.map(parts)) {
      const request = decodeRapRequest(parameters);
      if (request.kind !== 'server-enum' || request.domain === '') continue;
      expect(Buffer.from(encodeServerEnumRequest(request))).toEqual(Buffer.from(parameters));
      compared++;
    }
    expect(compared).toBe(2);
  });

  test('with lists are read, and written back byte for byte', () => {
    for (const { parameters, data } of responses.map(parts)) {
      const result = decodeEnumResult(parameters);
      const entries = decodeServers(data, result);
      expect(entries).toHaveLength(result.entriesReturned);
      const { data: again } = encodeServers(entries, { level: 1, bytesMax: 0xffff });
      expect(Buffer.from(again)).toEqual(Buffer.from(data));
      expect(Buffer.from(encodeEnumResult(result))).toEqual(Buffer.from(parameters));
    }
    const last = responses.map(parts).find(({ data }) => data.includes('FOREIGN'))!;
    expect(decodeServers(last.data, decodeEnumResult(last.parameters))).toMatchObject([
      { name: 'FOREIGN', serverType: 0x1003, comment: 'hand-made' },
      { name: 'HOST1', serverType: 0x008c_9a03, comment: 'lab host 1' },
    ]);
  });
});

describe('the example of [MS-RAP], where comments lie at the end of a buffer that was cut', () => {
  test('is read with the converter', () => {
    const data = new Uint8Array(26 + 6);
    data.set(Buffer.from('ANN-PC'));
    data.set(Buffer.from('hello\0'), 26);
    new DataView(data.buffer).setUint16(22, 0x1800 - 6, true);
    const converter = 0x1800 - data.length;
    const result = { error: 0, converter, entriesReturned: 1, entriesAvailable: 1 };
    expect(decodeServers(data, result)).toMatchObject([{ name: 'ANN-PC', comment: 'hello' }]);
  });

  test('may have comments for which there was no room', () => {
    const data = new Uint8Array(26);
    data.set(Buffer.from('ANN-PC'));
    const result = { error: 234, converter: 0x1000, entriesReturned: 1, entriesAvailable: 9 };
    expect(decodeServers(data, result)).toMatchObject([{ name: 'ANN-PC', comment: '' }]);
  });
});

describe('a server of a list', () => {
  const hosts = [entry('BOB-PC'), entry('ANN-PC', SERVER | MASTER_BROWSER, 'Büro')];

  test('gives the hosts in alphabetical order, with all that is known', () => {
    expect(asked(listOf(hosts)).entries).toEqual([hosts[1], hosts[0]]);
  });

  test('takes a missing domain, an empty one and its own for the same', () => {
    for (const domain of ['', 'MSLAB', 'mslab']) {
      expect(asked(listOf(hosts), { domain }).names).toEqual(['ANN-PC', 'BOB-PC']);
    }
    expect(asked(listOf(hosts), { domain: 'OTHER' }).error).toBe(RAP_ERROR.NERR_DevNotRedirected);
  });

  test('gives hosts of one kind', () => {
    const { names } = asked(listOf(hosts), { serverType: MASTER_BROWSER });
    expect(names).toEqual(['ANN-PC']);
    expect(asked(listOf(hosts), { serverType: NT })).toMatchObject({ error: 0, names: [] });
  });

  test('gives domains, to those who ask for nothing else', () => {
    const list = listOf(hosts);
    const domains = (serverType: number) => asked(list, { serverType: serverType >>> 0 });
    expect(domains(DOMAIN_ENUM).entries).toMatchObject([{ name: 'MSLAB', comment: 'ANN-PC' }]);
    expect(domains(DOMAIN_ENUM | LOCAL_LIST_ONLY).names).toEqual(['MSLAB']);
    expect(domains(DOMAIN_ENUM | NT).error).toBe(RAP_ERROR.ERROR_INVALID_FUNCTION);
  });

  test('of the local list gives that, if it is the master', () => {
    const servers = (localOnly?: boolean) => (localOnly === true ? hosts.slice(0, 1) : hosts);
    const local = { serverType: LOCAL_LIST_ONLY };
    expect(asked(listOf([], { servers }), local).names).toEqual(['BOB-PC']);
    expect(asked(listOf([], { servers })).names).toEqual(['ANN-PC', 'BOB-PC']);
    const backup = listOf([], { servers, standing: 'backup' });
    expect(asked(backup).names).toEqual(['ANN-PC', 'BOB-PC']);
    expect(asked(backup, local).error).toBe(RAP_ERROR.ERROR_REQ_NOT_ACCEP);
    const none = listOf(hosts, { standing: 'none' });
    expect(asked(none).error).toBe(RAP_ERROR.ERROR_REQ_NOT_ACCEP);
  });

  test('gives names alone at level 0, and knows no level 2', () => {
    const { data, entriesReturned } = asked(listOf(hosts), { level: 0 });
    expect(entriesReturned).toBe(2);
    expect(Buffer.from(data).toString('latin1')).toBe(
      'ANN-PC'.padEnd(16, '\0') + 'BOB-PC'.padEnd(16, '\0'),
    );
    const parameters = encodeServerEnumRequest({ ...everything, level: 1 });
    // The level, behind the opcode and two strings of seven characters.
    parameters[18] = 2;
    const misread = new RapServer(listOf(hosts)).transact(transaction(parameters))!;
    expect(decodeEnumResult(misread.parameters).error).toBe(RAP_ERROR.ERROR_INVALID_LEVEL);
  });

  test('fills the client’s buffer exactly, and says that there is more', () => {
    const list = listOf(numbered(3));
    const one = 26 + 'Büro 0'.length + 1;
    expect(asked(list, { bufferBytes: 3 * one })).toMatchObject({ error: 0, entriesReturned: 3 });
    const cut = asked(list, { bufferBytes: 3 * one - 1 });
    expect(cut).toMatchObject({ error: RAP_ERROR.ERROR_MORE_DATA, entriesReturned: 2 });
    expect(cut.entriesAvailable).toBe(3);
    expect(asked(list, {}, { dataBytesMax: one }).names).toHaveLength(1);
    expect(asked(list, { bufferBytes: one - 1 }).error).toBe(RAP_ERROR.NERR_BufTooSmall);
  });

  test('goes on where the client left off, even if that host is gone', () => {
    const list = listOf([entry('ANN'), entry('BOB'), entry('DAN')]);
    expect(asked(list, { domain: 'MSLAB', from: 'BOB' }).names).toEqual(['BOB', 'DAN']);
    expect(asked(list, { domain: '', from: 'carl' }).names).toEqual(['DAN']);
    expect(asked(list, { domain: '', from: 'ZOE' })).toMatchObject({ error: 0, names: [] });
  });

  test('cuts comments at 47 bytes, and counts lists that are longer than a count', () => {
    const [long] = asked(listOf([entry('ANN', SERVER, 'ü'.repeat(60))])).entries;
    expect(long!.comment).toBe('ü'.repeat(47));
    expect(asked(listOf(numbered(70_000))).entriesAvailable).toBe(0xffff);
  });

  test('shares IPC$, and answers for no other pipe, nor questions that it does not know', () => {
    const server = new RapServer(listOf(hosts));
    const shares = requests.find(({ what }) => what.startsWith('NetShareEnum'));
    const answer = server.transact(transaction(parts(shares!).parameters))!;
    expect(decodeEnumResult(answer.parameters)).toMatchObject({ error: 0, entriesReturned: 1 });
    expect(Buffer.from(answer.data).toString('latin1')).toContain('IPC$');
    const parameters = encodeServerEnumRequest(everything);
    expect(server.transact(transaction(parameters, { name: '\\PIPE\\other' }))).toBeUndefined();
    expect(server.transact(transaction(parameters, { name: '\\pipe\\lanman' }))).toBeDefined();
    const errorOf = (changed: Uint8Array): number =>
      decodeEnumResult(server.transact(transaction(changed))!.parameters).error;
    expect(errorOf(parameters.with(0, 0x0d))).toBe(RAP_ERROR.ERROR_NOT_SUPPORTED);
    expect(errorOf(parameters.with(2, 0x5a))).toBe(RAP_ERROR.ERROR_INVALID_PARAMETER);
  });

  test('answers any bytes, or throws a DecodeError', () => {
    const server = new RapServer(listOf(numbered(10)));
    const seeds = requests.map((each) => parts(each).parameters);
    const mutated = fc
      .record({
        seed: fc.constantFrom(...seeds),
        at: fc.nat(),
        byte: fc.nat(255),
        cut: fc.integer({ min: 1, max: 60 }),
      })
      .map(({ seed, at, byte, cut }) =>
        seed
          .subarray(0, cut)
          .with(0, seed[0]!)
          .fill(byte, at, at + 1),
      );
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 60 }), mutated), (parameters) => {
        survives(() => {
          expect(server.transact(transaction(parameters))!.parameters).toHaveLength(8);
        });
      }),
      { numRuns: 3000 },
    );
  });
});

/** Holds a conversation with a server of that list. */
function hold<Result>(
  dialogue: Dialogue<Result>,
  list: BrowseList,
  transact = new RapServer(list).transact.bind(new RapServer(list)),
): Result {
  const clock = new VirtualClock();
  const random = seededRandom(1);
  const server = new SmbServer({
    computerName: 'ANN-PC',
    domain: list.domain,
    transact,
    clock,
    random,
  });
  let waiting: Uint8Array[] = [];
  for (let step = dialogue.next(); ; step = dialogue.next(waiting.shift()!)) {
    if (step.done) return step.value;
    if (step.value !== undefined) waiting = [...server.receive(step.value)];
  }
}

function* reading(query = { domain: '', serverType: ALL_SERVERS }) {
  const smb = new SmbClient();
  yield* smb.connect('ANN-PC');
  return yield* new RapClient(smb).list(query);
}

const failing = (error: number) => () => ({
  parameters: encodeEnumResult({
    error,
    converter: 0,
    entriesReturned: 0,
    entriesAvailable: 0,
  }),
  data: new Uint8Array(),
});

describe('our client', () => {
  test.each([0, 1, 100, 1500, 10_000])('reads a list of %i hosts whole', (count) => {
    const servers = numbered(count);
    expect(hold(reading(), listOf(servers))).toEqual({ entries: servers, complete: true });
  });

  test('has what came first of a server that cannot go on', () => {
    const list = listOf(numbered(3000));
    const rap = new RapServer(list);
    const old = (asked: Transaction) => {
      const continued = asked.parameters[0] === 0xd7;
      return rap.transact(
        continued ? { ...asked, parameters: asked.parameters.with(0, 0) } : asked,
      );
    };
    const { entries, complete } = hold(reading(), list, old);
    expect(complete).toBe(false);
    expect(entries.length).toBeGreaterThan(1000);
  });

  test('does not go on for ever with a server that always has more', () => {
    let page = 0;
    const endless = () => {
      const { data } = encodeServers([entry(`PC-${page++}`)], { level: 1, bytesMax: 1000 });
      const more = { converter: 0, entriesReturned: 1, entriesAvailable: 9 };
      return { parameters: encodeEnumResult({ error: RAP_ERROR.ERROR_MORE_DATA, ...more }), data };
    };
    const { entries, complete } = hold(reading(), listOf([]), endless);
    expect({ pages: entries.length, complete }).toEqual({ pages: RAP_PAGES_MAX, complete: false });
  });

  test('takes "no servers" for an empty list, and other refusals for what they are', () => {
    const none = failing(RAP_ERROR.ERROR_NO_BROWSER_SERVERS_FOUND);
    expect(hold(reading(), listOf([]), none).entries).toEqual([]);
    for (const error of [5, 50, 71, 2107, 87]) {
      expect(() => hold(reading(), listOf([]), failing(error))).toThrow(MailslotError);
      expect(rapError(error).message).toMatch(/\.$/);
    }
    expect(rapError(RAP_ERROR.ERROR_ACCESS_DENIED).code).toBe('ERROR_ACCESS_DENIED');
    expect(rapError(RAP_ERROR.ERROR_REQ_NOT_ACCEP).code).toBe('ERROR_BAD_NETPATH');
  });

  test('reads any list, or throws a DecodeError', () => {
    const result = fc.record({
      error: fc.constant(0),
      converter: fc.nat(0xffff),
      entriesReturned: fc.nat(20),
      entriesAvailable: fc.nat(20),
    });
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), result, (data, result) => {
        survives(() => {
          expect(decodeServers(data, result)).toHaveLength(result.entriesReturned);
        });
      }),
      { numRuns: 3000 },
    );
  });
});
