import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { DecodeError } from '../src/bytes.ts';
import { oemBytes } from '../src/oem-text.ts';
import {
  decodeNegotiateResponse,
  encodeNegotiateRequest,
  SMB_DIALECTS_MAX,
} from '../src/transports/netbios/session/smb/negotiate.ts';
import {
  encodeLogoff,
  encodeSessionSetupRequest,
  type SetupSecurity,
} from '../src/transports/netbios/session/smb/session-setup.ts';
import {
  decodeSmbMessage,
  encodeSmbMessage,
  SMB_BLOCKS_MAX,
  SMB_COMMAND,
  SMB_FLAGS2,
  type SmbBody,
  type SmbHeader,
} from '../src/transports/netbios/session/smb/smb-message.ts';
import {
  SMB_ECHOES_MAX,
  SMB_MESSAGE_BYTES_MAX,
  SMB_TREES_MAX,
  SMB_USERS_MAX,
  type SmbServer,
} from '../src/transports/netbios/session/smb/smb-server.ts';
import { dosStatus, SMB_STATUS } from '../src/transports/netbios/session/smb/smb-status.ts';
import {
  decodeSpnegoToken,
  encodeSpnegoInit,
  encodeSpnegoResponse,
} from '../src/transports/netbios/session/smb/spnego.ts';
import { encodeTransactionRequest } from '../src/transports/netbios/session/smb/transaction.ts';
import {
  encodeTreeConnectRequest,
  encodeTreeDisconnect,
} from '../src/transports/netbios/session/smb/tree-connect.ts';
import { survives } from './support/hostile.ts';
import { messagesOf, recordedPackets, recordedSessions } from './support/sessions.ts';
import { ask, body, FLAGS2, header, smbServer } from './support/smb.ts';

const OEM = { flags2: SMB_FLAGS2.NT_STATUS };

function setUp(security: SetupSecurity, maxBufferBytes = 0xffff): SmbBody {
  const capabilities = 0x40;
  return encodeSessionSetupRequest({ maxBufferBytes, sessionKey: 0, capabilities, security });
}

const nobody: SetupSecurity = { kind: 'challenge', account: '', domain: '' };
const connectTo = (path: string): SmbBody => encodeTreeConnectRequest({ path, service: '?????' });
const ipc = connectTo('\\\\ANN-PC\\IPC$');

/** A server that has been spoken to as far as that, and the ids it gave. */
function connected(server: SmbServer = smbServer(), maxBufferBytes?: number) {
  ask(server, {}, encodeNegotiateRequest(['NT LM 0.12']));
  const [answer] = ask(server, OEM, setUp(nobody, maxBufferBytes), ipc);
  const { userId, treeId } = answer!.header;
  return { server, ids: { userId, treeId, ...OEM } };
}

function statusOf(server: SmbServer, fields: Partial<SmbHeader>, ...bodies: [SmbBody]): number {
  return ask(server, fields, ...bodies)[0]!.header.status;
}

/** The beginning of an NTLM message. */
const ntlm = (type: number): Uint8Array =>
  Uint8Array.of(...oemBytes('NTLMSSP\0'), type, 0, 0, 0, ...new Uint8Array(60));

describe('a login', () => {
  test.each([...recordedSessions].filter(([session]) => /-L|net rap/.test(session)))(
    'as in a recorded session succeeds, step by step: %s',
    (_, packets) => {
      const server = smbServer(() => ({ parameters: new Uint8Array(8), data: new Uint8Array() }));
      let ids = { userId: 0, treeId: 0 };
      for (const { bytes, what, from } of messagesOf(packets)) {
        if (from === 'server') continue;
        // The server of the recording gave other numbers.
        const request = Buffer.from(bytes);
        request.writeUInt16LE(ids.treeId, 24);
        request.writeUInt16LE(ids.userId, 28);
        const [answer] = [...server.receive(request)].map(decodeSmbMessage);
        const goesOn = what.includes('NTLMSSP_NEGOTIATE');
        const status = goesOn ? SMB_STATUS.MORE_PROCESSING_REQUIRED : SMB_STATUS.SUCCESS;
        expect([what, answer!.header.status]).toEqual([what, status]);
        ids = answer!.header;
      }
    },
  );

  test('may be chained with the connection to IPC$, as Windows does', () => {
    const { server } = connected();
    const [answer] = ask(server, OEM, setUp(nobody), connectTo('\\\\ANN-PC\\ipc$'));
    expect(answer!.header.status).toBe(SMB_STATUS.SUCCESS);
    expect(answer!.blocks.map(({ command }) => command)).toEqual([0x73, 0x75]);
    expect(answer!.header.userId).toBeGreaterThan(0);
    expect(answer!.header.treeId).toBeGreaterThan(0);
  });

  test('chained with a connection that fails is told, and is one', () => {
    const { server } = connected();
    const [answer] = ask(server, OEM, setUp(nobody), connectTo('\\\\ANN-PC\\C$'));
    expect(answer!.header.status).toBe(SMB_STATUS.BAD_NETWORK_NAME);
    expect(answer!.blocks.map(({ wordCount }) => wordCount)).toEqual([3, 0]);
  });

  test('that would rather use another mechanism is told that there is only NTLM', () => {
    const { server } = connected();
    const blob = encodeSpnegoInit();
    const [answer] = ask(server, OEM, setUp({ kind: 'extended', blob }));
    expect(answer!.header.status).toBe(SMB_STATUS.MORE_PROCESSING_REQUIRED);
    expect(decodeSpnegoToken(answer!.blocks[0].bytes.peek())).toBeUndefined();
  });

  test('without SPNEGO may be of bare NTLM messages', () => {
    const { server } = connected();
    const [first] = ask(server, OEM, setUp({ kind: 'extended', blob: ntlm(1) }));
    expect(first!.header.status).toBe(SMB_STATUS.MORE_PROCESSING_REQUIRED);
    const ids = { ...OEM, userId: first!.header.userId };
    const [second] = ask(server, ids, setUp({ kind: 'extended', blob: ntlm(3) }));
    expect(second!.header).toMatchObject({ status: SMB_STATUS.SUCCESS, userId: ids.userId });
  });

  test('that has not ended is none', () => {
    const { server } = connected();
    const setup = setUp({ kind: 'extended', blob: encodeSpnegoInit() });
    const [answer] = ask(server, OEM, setup);
    const ids = { ...OEM, userId: answer!.header.userId };
    expect(statusOf(server, ids, ipc)).toBe(SMB_STATUS.SMB_BAD_UID);
  });

  test(`is possible for ${SMB_USERS_MAX} users of a session, and again when one has gone`, () => {
    const { server, ids } = connected();
    for (let users = 2; users <= SMB_USERS_MAX; users++) {
      expect(statusOf(server, OEM, setUp(nobody))).toBe(SMB_STATUS.SUCCESS);
    }
    expect(statusOf(server, OEM, setUp(nobody))).toBe(SMB_STATUS.INSUFFICIENT_RESOURCES);
    expect(statusOf(server, ids, encodeLogoff())).toBe(SMB_STATUS.SUCCESS);
    expect(statusOf(server, ids, encodeLogoff())).toBe(SMB_STATUS.SMB_BAD_UID);
    expect(statusOf(server, OEM, setUp(nobody))).toBe(SMB_STATUS.SUCCESS);
  });
});

describe('the negotiation', () => {
  test('ends in the one dialect, wherever in the list it is', () => {
    const offered = ['PC NETWORK PROGRAM 1.0', 'LANMAN2.1', 'NT LM 0.12', 'SMB 2.002'];
    const [answer] = ask(smbServer(), {}, encodeNegotiateRequest(offered));
    expect(decodeNegotiateResponse(answer!.blocks[0])).toMatchObject({
      dialectIndex: 2,
      maxBufferBytes: SMB_MESSAGE_BYTES_MAX,
      security: { kind: 'challenge' },
    });
  });

  test('offers extended security to those who say that they know it', () => {
    const flags2 = FLAGS2 | SMB_FLAGS2.EXTENDED_SECURITY;
    const [answer] = ask(smbServer(), { flags2 }, encodeNegotiateRequest(['NT LM 0.12']));
    const { security } = decodeNegotiateResponse(answer!.blocks[0])!;
    expect(security).toMatchObject({ kind: 'extended', blob: encodeSpnegoInit() });
  });

  test('ends in nothing without the dialect, and may be tried again', () => {
    const server = smbServer();
    const [refusal] = ask(server, {}, encodeNegotiateRequest(['LANMAN2.1']));
    expect(decodeNegotiateResponse(refusal!.blocks[0])).toBeUndefined();
    const [answer] = ask(server, {}, encodeNegotiateRequest(['NT LM 0.12']));
    expect(decodeNegotiateResponse(answer!.blocks[0])).toBeDefined();
  });

  test('is to come first, and once', () => {
    expect(() => ask(smbServer(), OEM, setUp(nobody))).toThrow(DecodeError);
    const { server } = connected();
    expect(() => ask(server, {}, encodeNegotiateRequest(['NT LM 0.12']))).toThrow(DecodeError);
  });

  test(`is of ${SMB_DIALECTS_MAX} dialects at most`, () => {
    const dialects = Array.from({ length: SMB_DIALECTS_MAX + 1 }, () => 'X');
    ask(smbServer(), {}, encodeNegotiateRequest(dialects.slice(1)));
    expect(() => ask(smbServer(), {}, encodeNegotiateRequest(dialects))).toThrow(DecodeError);
  });
});

const echo = (count: number): SmbBody => body(SMB_COMMAND.ECHO, [count], oemBytes('hello'));

describe('a connected client', () => {
  const transaction = {
    name: '\\PIPE\\ECHO',
    parameters: Uint8Array.of(1, 2, 3),
    data: Uint8Array.of(4, 5, 6, 7, 8),
    parameterBytesMax: 10,
    dataBytesMax: 10,
  };

  test('finds no share but IPC$, no file on it, and no other pipe', () => {
    const { server, ids } = connected();
    const status = (body: SmbBody): number => statusOf(server, ids, body);
    expect(status(connectTo('\\\\ANN-PC\\share'))).toBe(SMB_STATUS.BAD_NETWORK_NAME);
    const create = body(
      SMB_COMMAND.NT_CREATE_ANDX,
      Array.from({ length: 22 }, () => 0),
    );
    expect(status(create)).toBe(SMB_STATUS.OBJECT_NAME_NOT_FOUND);
    const other = encodeTransactionRequest({ ...transaction, name: '\\PIPE\\spoolss' });
    expect(status(other)).toBe(SMB_STATUS.OBJECT_NAME_NOT_FOUND);
  });

  test.each([0x00, 0x02, 0x03, 0x06, 0x2d, 0x2e, 0x2f, 0x32, 0xa0, 0xd5, 0xfe])(
    'cannot give the command 0x%s',
    (command) => {
      const { server, ids } = connected();
      const status = statusOf(server, ids, body(command, []));
      expect(status).toBe(SMB_STATUS.SMB_BAD_COMMAND);
    },
  );

  test('is known by its user and its tree', () => {
    const { server, ids } = connected();
    const question = encodeTransactionRequest(transaction);
    expect(statusOf(server, { ...ids, userId: 77 }, question)).toBe(SMB_STATUS.SMB_BAD_UID);
    expect(statusOf(server, { ...ids, treeId: 77 }, question)).toBe(SMB_STATUS.SMB_BAD_TID);
    expect(statusOf(server, ids, question)).toBe(SMB_STATUS.SUCCESS);
    expect(statusOf(server, ids, encodeTreeDisconnect())).toBe(SMB_STATUS.SUCCESS);
    expect(statusOf(server, ids, question)).toBe(SMB_STATUS.SMB_BAD_TID);
  });

  test('loses its trees when it logs off', () => {
    const { server, ids } = connected();
    ask(server, ids, encodeLogoff());
    const [again] = ask(server, OEM, setUp(nobody));
    const status = statusOf(
      server,
      { ...ids, userId: again!.header.userId },
      encodeTreeDisconnect(),
    );
    expect(status).toBe(SMB_STATUS.SMB_BAD_TID);
  });

  test(`may have ${SMB_TREES_MAX} trees`, () => {
    const { server, ids } = connected();
    for (let trees = 2; trees <= SMB_TREES_MAX; trees++) {
      expect(statusOf(server, ids, ipc)).toBe(SMB_STATUS.SUCCESS);
    }
    expect(statusOf(server, ids, ipc)).toBe(SMB_STATUS.INSUFFICIENT_RESOURCES);
  });

  test('gets echoes of what it sent, but not as many as it likes', () => {
    const { server, ids } = connected();
    expect(ask(server, ids, echo(1)).map(({ blocks }) => blocks[0].bytes.peek())).toEqual([
      oemBytes('hello'),
    ]);
    expect(ask(server, ids, echo(0))).toEqual([]);
    expect(ask(server, ids, echo(0xffff))).toHaveLength(SMB_ECHOES_MAX);
  });

  test('may want no answer, and its tree disconnected', () => {
    const { server, ids } = connected();
    const question = encodeTransactionRequest(transaction);
    question.words![10] = 0x03;
    expect(ask(server, ids, question)).toEqual([]);
    question.words![10] = 0;
    expect(statusOf(server, ids, question)).toBe(SMB_STATUS.SMB_BAD_TID);
  });

  test('must send its questions whole', () => {
    const { server, ids } = connected();
    const question = encodeTransactionRequest(transaction);
    question.words![2] = 77;
    expect(statusOf(server, ids, question)).toBe(SMB_STATUS.NOT_SUPPORTED);
  });

  test('without NT status codes is told in those of DOS', () => {
    const { server, ids } = connected();
    const status = statusOf(server, { ...ids, flags2: 0 }, connectTo('\\\\ANN-PC\\C$'));
    expect(status).toBe(0x0006_0002);
    expect(dosStatus(SMB_STATUS.SUCCESS)).toBe(0);
    expect(dosStatus(0xc000_0001)).toBe(0x001f_0001);
  });
});

const message = (bodies: readonly SmbBody[]): Uint8Array =>
  encodeSmbMessage(header(OEM), ...(bodies as [SmbBody]));

describe('hostile input', () => {
  test('of bytes that are no SMB ends the session', () => {
    expect(() => [...smbServer().receive(new Uint8Array(40))]).toThrow(DecodeError);
    const response = encodeSmbMessage(header({ response: true }), encodeTreeDisconnect());
    expect(() => [...smbServer().receive(response)]).toThrow(DecodeError);
  });

  test(`chains ${SMB_BLOCKS_MAX} commands at most, and never back`, () => {
    const { server } = connected();
    const chain = Array.from({ length: SMB_BLOCKS_MAX + 1 }, () => ipc);
    expect([...server.receive(message(chain.slice(1)))]).toHaveLength(1);
    expect(() => [...server.receive(message(chain))]).toThrow(DecodeError);
    const loop = message([ipc, ipc]);
    loop.set([0x75, 0, 32, 0], 33);
    expect(() => [...server.receive(loop)]).toThrow(DecodeError);
  });

  test('made of what clients send ends in answers or in a DecodeError, never in anything else', () => {
    const seeds = messagesOf(recordedPackets).map(({ bytes }) => bytes);
    const mutation = fc.record({
      seed: fc.constantFrom(...seeds),
      at: fc.nat(),
      bytes: fc.uint8Array({ maxLength: 8 }),
      cut: fc.nat({ max: 300 }),
      ids: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(mutation, { maxLength: 8 }), (mutations) => {
        const { server, ids } = connected();
        for (const mutation of mutations) {
          const message = Buffer.from(mutation.seed);
          message.set(mutation.bytes.subarray(0, message.length), 0);
          message.set(mutation.seed.subarray(0, 4), 0);
          const at = mutation.at % Math.max(1, message.length - 8);
          message.set(mutation.bytes, at);
          if (mutation.ids) {
            message.writeUInt16LE(ids.treeId, 24);
            message.writeUInt16LE(ids.userId, 28);
          }
          const sent = message.subarray(0, mutation.cut > 250 ? mutation.cut : message.length);
          survives(() => {
            const answers = [...server.receive(sent)].map(decodeSmbMessage);
            expect(answers.length).toBeLessThanOrEqual(SMB_ECHOES_MAX);
          });
        }
      }),
      { numRuns: 3000 },
    );
  });

  test('in the envelope of a login ends in a token, in none or in a DecodeError', () => {
    const valid = encodeSpnegoResponse('accept-incomplete', new Uint8Array(200));
    const blob = fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      fc.tuple(fc.nat(valid.length - 1), fc.nat(255)).map(([at, byte]) => valid.with(at, byte)),
    );
    expect(decodeSpnegoToken(valid)).toEqual(new Uint8Array(200));
    fc.assert(
      fc.property(blob, (blob) => {
        survives(() => decodeSpnegoToken(blob));
      }),
      { numRuns: 3000 },
    );
  });
});
