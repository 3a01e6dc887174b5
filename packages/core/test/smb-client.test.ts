import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { MailslotError } from '@mailslot/core';

import { DecodeError } from '../src/bytes.ts';
import type { Dialogue } from '../src/transports/netbios/session/dialogue.ts';
import { SmbClient } from '../src/transports/netbios/session/smb/smb-client.ts';
import {
  decodeSmbMessage,
  encodeSmbMessage,
  SMB_COMMAND,
} from '../src/transports/netbios/session/smb/smb-message.ts';
import { SMB_STATUS } from '../src/transports/netbios/session/smb/smb-status.ts';
import {
  encodeTransactionResponses,
  type Transaction,
  TransactionAssembly,
  type TransactionResult,
} from '../src/transports/netbios/session/smb/transaction.ts';
import { survives } from './support/hostile.ts';
import { messagesOf, recordedPackets } from './support/sessions.ts';
import { header, hold, InVain, smbServer } from './support/smb.ts';

function question(parameters: Uint8Array, data: Uint8Array): Transaction {
  const room = { parameterBytesMax: 0xffff, dataBytesMax: 0xffff };
  return { name: '\\PIPE\\ECHO', parameters, data, ...room };
}

function* conversation(transaction: Transaction): Dialogue<TransactionResult> {
  const client = new SmbClient();
  yield* client.connect('ANN-PC');
  return yield* client.transact(transaction);
}

const bytes = fc.uint8Array({ maxLength: 4000 });

describe('our client and our server', () => {
  test('understand each other, whatever is asked', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), bytes, (parameters, data) => {
        const result = hold(conversation(question(parameters, data)), smbServer());
        expect(result).toEqual({ parameters, data });
      }),
    );
  });

  test('begin with the name of the domain', () => {
    const client = new SmbClient();
    hold(client.connect('ANN-PC'), smbServer());
    expect(client.domain).toBe('MSLAB');
  });

  test('understand each other on answers as long as an answer can be', () => {
    const long = new Uint8Array(0xffff).fill(7);
    const server = smbServer(() => ({ parameters: Uint8Array.of(1), data: long }));
    const result = hold(conversation(question(Uint8Array.of(1), Uint8Array.of())), server);
    expect(result.data).toEqual(long);
  });

  test('do not understand each other on a pipe that is not there', () => {
    const other = { ...question(Uint8Array.of(1), Uint8Array.of()), name: '\\PIPE\\other' };
    expect(() => hold(conversation(other), smbServer())).toThrow(/refused .*PIPE.*0xc0000034/);
  });
});

const parts = ({ parameters, data }: TransactionResult, messageBytesMax: number): Uint8Array[] =>
  [...encodeTransactionResponses({ parameters, data }, messageBytesMax)].map((body) =>
    encodeSmbMessage(header({ response: true }), body),
  );
const assemble = (messages: readonly Uint8Array[]): (TransactionResult | undefined)[] => {
  const assembly = new TransactionAssembly(question(new Uint8Array(), new Uint8Array()));
  return messages.map((message) => assembly.add(message, decodeSmbMessage(message).blocks[0]));
};

describe('a result in several messages', () => {
  test('each no longer than the client takes, is put together in any order', () => {
    const shuffled = fc
      .record({ data: bytes, messageBytesMax: fc.integer({ min: 200, max: 2000 }) })
      .chain(({ data, messageBytesMax }) => {
        const messages = parts({ parameters: Uint8Array.of(1, 2, 3), data }, messageBytesMax);
        for (const message of messages) expect(message.length).toBeLessThanOrEqual(messageBytesMax);
        const order = fc.shuffledSubarray(messages, { minLength: messages.length });
        return fc.record({ data: fc.constant(data), messages: order });
      });
    fc.assert(
      fc.property(shuffled, ({ data, messages }) => {
        const results = assemble(messages);
        expect(results.slice(0, -1).every((result) => result === undefined)).toBe(true);
        expect(results.at(-1)).toEqual({ parameters: Uint8Array.of(1, 2, 3), data });
      }),
    );
  });

  test('may turn out shorter than it began', () => {
    const [first] = parts({ parameters: Uint8Array.of(1), data: new Uint8Array(3000) }, 1024);
    // The last of the data is taken back.
    const [last] = parts({ parameters: Uint8Array.of(), data: new Uint8Array() }, 1024);
    const received = decodeSmbMessage(first!).blocks[0].words;
    received.skip(12, 'words');
    const count = received.uint16le('a count of data');
    last!.set([1, 0, count & 0xff, count >> 8], 33);
    expect(assemble([first!, last!])[1]!.data).toHaveLength(count);
  });

  test('that never gets any further, or further than it said, is refused', () => {
    const [first] = parts({ parameters: Uint8Array.of(1), data: new Uint8Array(3000) }, 1024);
    const empty = parts({ parameters: Uint8Array.of(), data: new Uint8Array() }, 1024)[0]!;
    // It still promises the 3000 bytes.
    empty.set([1, 0, 0xb8, 0x0b], 33);
    expect(() => assemble([first!, empty])).toThrow(DecodeError);
    const beyond = Uint8Array.from(first!);
    // The displacement of the data.
    beyond.set([0xff, 0xff], 49);
    expect(() => assemble([beyond])).toThrow(DecodeError);
  });

  test('longer than was asked for is refused', () => {
    const [message] = parts({ parameters: Uint8Array.of(1), data: new Uint8Array(11) }, 1024);
    const { blocks } = decodeSmbMessage(message!);
    const assembly = new TransactionAssembly({
      ...question(new Uint8Array(), new Uint8Array()),
      dataBytesMax: 10,
    });
    expect(() => assembly.add(message!, blocks[0])).toThrow(DecodeError);
  });
});

const refusing = (command: number, status: number) => (answers: Uint8Array[]) => {
  const { header: answered, blocks } = decodeSmbMessage(answers[0]!);
  if (blocks[0].command !== command) return answers;
  return [encodeSmbMessage({ ...answered, status }, { command })];
};

const changing = (change: (words: Uint8Array) => void) => (answers: Uint8Array[]) => {
  const answer = Uint8Array.from(answers[0]!);
  if (answer[4] === SMB_COMMAND.NEGOTIATE) change(answer.subarray(33));
  return [answer, ...answers.slice(1)];
};
const dialogue = (): Dialogue<unknown> => conversation(question(Uint8Array.of(1), Uint8Array.of()));

describe('a server that refuses', () => {
  test.each([
    [SMB_COMMAND.SESSION_SETUP_ANDX, SMB_STATUS.LOGON_FAILURE, 'ERROR_ACCESS_DENIED', /the login/],
    [SMB_COMMAND.SESSION_SETUP_ANDX, 0x0005_0001, 'ERROR_ACCESS_DENIED', /the login/],
    [SMB_COMMAND.TREE_CONNECT_ANDX, SMB_STATUS.ACCESS_DENIED, 'ERROR_ACCESS_DENIED', /IPC\$/],
    [SMB_COMMAND.TREE_CONNECT_ANDX, SMB_STATUS.BAD_NETWORK_NAME, 'ERROR_BAD_NETPATH', /IPC\$/],
    [SMB_COMMAND.TRANSACTION, SMB_STATUS.NOT_SUPPORTED, 'ERROR_BAD_NETPATH', /PIPE/],
  ] as const)('command 0x%s with status %i is %s', (command, status, code, words) => {
    const dialogue = conversation(question(Uint8Array.of(1), Uint8Array.of()));
    const call = (): unknown => hold(dialogue, smbServer(), refusing(command, status));
    expect(call).toThrow(MailslotError);
    const again = conversation(question(Uint8Array.of(1), Uint8Array.of()));
    const meddle = refusing(command, status);
    expect(() => hold(again, smbServer(), meddle)).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(words) }),
    );
  });

  test('the dialect, or wants signatures, is not supported', () => {
    const noDialect = changing((words) => words.set([0xff, 0xff]));
    const signatures = changing((words) => (words[2] = 0x0f));
    for (const change of [noDialect, signatures]) {
      expect(() => hold(dialogue(), smbServer(), change)).toThrow(
        expect.objectContaining({ code: 'ERROR_NOT_SUPPORTED' }),
      );
    }
  });
});

test('whatever a server says, the conversation ends in a result, a MailslotError or a DecodeError', () => {
  const seeds = messagesOf(recordedPackets).filter(({ from }) => from === 'server');
  const answer = fc.record({
    real: fc.boolean(),
    seed: fc.constantFrom(...seeds),
    at: fc.nat(),
    bytes: fc.uint8Array({ maxLength: 6 }),
  });
  fc.assert(
    fc.property(fc.infiniteStream(answer), (answers) => {
      let multiplexId = 0;
      const meddle = (honest: Uint8Array[]): Uint8Array[] => {
        multiplexId++;
        return Array.from({ length: 4 }, () => {
          const { real, seed, at, bytes } = answers.next().value!;
          const message = Buffer.from(real ? (honest[0] ?? seed.bytes) : seed.bytes);
          message.set(bytes, at % (message.length - 8));
          message.writeUInt16LE(multiplexId, 30);
          return message;
        });
      };
      const dialogue = conversation(question(Uint8Array.of(1), Uint8Array.of(2)));
      survives(() => hold(dialogue, smbServer(), meddle), MailslotError, InVain);
    }),
    { numRuns: 3000 },
  );
});
