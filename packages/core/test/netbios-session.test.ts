import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { DecodeError } from '../src/bytes.ts';
import { MailslotError } from '../src/errors.ts';
import { NetbiosName } from '../src/transports/netbios/netbios-name.ts';
import { SessionClient } from '../src/transports/netbios/session/session-client.ts';
import {
  encodeSessionPacket,
  SESSION_ERRORS,
  type SessionPacket,
  SessionPacketReader,
} from '../src/transports/netbios/session/session-packet.ts';
import {
  SESSION_PACKETS_MAX,
  type SessionAcceptor,
  SessionServer,
} from '../src/transports/netbios/session/session-server.ts';
import { survives } from './support/hostile.ts';
import { recordedPackets } from './support/sessions.ts';

const called = NetbiosName.of('ANN-PC', 0x20);
const calling = NetbiosName.of('BOB-PC', 0x00);
const request = { kind: 'request', called, calling } as const;

const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const message = (words: string): Uint8Array =>
  encodeSessionPacket({ kind: 'message', message: ascii(words) });

/** Cuts bytes at arbitrary places. */
function chunks(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const ends = [...new Set(cuts.map((cut) => cut % (bytes.length + 1))), bytes.length];
  ends.sort((a, b) => a - b);
  return ends.map((end, at) => bytes.subarray(at === 0 ? 0 : ends[at - 1], end));
}

function readAll(reader: SessionPacketReader, pieces: readonly Uint8Array[]): SessionPacket[] {
  return pieces.flatMap((piece) => [...reader.read(piece)]);
}

const packet: fc.Arbitrary<SessionPacket> = fc.oneof(
  fc.uint8Array({ maxLength: 300 }).map((message) => ({ kind: 'message', message }) as const),
  fc.constant(request),
  fc.constant({ kind: 'positive-response' } as const),
  fc.constant({ kind: 'keep-alive' } as const),
  fc.nat(255).map((error) => ({ kind: 'negative-response', error }) as const),
  fc
    .record({ address: fc.ipV4(), port: fc.nat(65_535) })
    .map((where) => ({ kind: 'retarget', ...where }) as const),
);

describe('session packets', () => {
  test('are read as they were written, however the stream is cut', () => {
    fc.assert(
      fc.property(fc.array(packet), fc.array(fc.nat()), (packets, cuts) => {
        const stream = Buffer.concat(packets.map(encodeSessionPacket));
        const read = readAll(new SessionPacketReader(1000), chunks(stream, cuts));
        expect(Buffer.concat(read.map(encodeSessionPacket))).toEqual(stream);
        expect(read.map(({ kind }) => kind)).toEqual(packets.map(({ kind }) => kind));
      }),
    );
  });

  test.each(recordedPackets.map(({ what, bytes }) => [what, bytes] as const))(
    'of Samba are read and written back byte for byte: %s',
    (_, bytes) => {
      const [read] = readAll(new SessionPacketReader(10_000), [bytes]);
      expect(Buffer.from(encodeSessionPacket(read!))).toEqual(Buffer.from(bytes));
    },
  );

  test('carry the names of both ends', () => {
    const [first] = readAll(new SessionPacketReader(10_000), [recordedPackets[0]!.bytes]);
    expect(first).toMatchObject({ called: { name: '10.77.0.1', suffix: 0x20 } });
    expect(first).toMatchObject({ calling: { name: 'HOST3', suffix: 0x00 } });
  });

  test('are refused one byte beyond the limit, before any of the body has come', () => {
    const body = new Uint8Array(101);
    const whole = encodeSessionPacket({ kind: 'message', message: body });
    expect(readAll(new SessionPacketReader(101), [whole])).toHaveLength(1);
    expect(() => readAll(new SessionPacketReader(100), [whole.subarray(0, 4)])).toThrow(
      DecodeError,
    );
  });

  test('are never written longer than their length can say', () => {
    const longest = { kind: 'message', message: new Uint8Array(0x1_ffff) } as const;
    expect([...encodeSessionPacket(longest).subarray(0, 4)]).toEqual([0, 1, 0xff, 0xff]);
    const longer = { kind: 'message', message: new Uint8Array(0x2_0000) } as const;
    expect(() => encodeSessionPacket(longer)).toThrow(RangeError);
  });

  test('of any bytes end in packets or in a DecodeError', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 100 }), { maxLength: 5 }), (pieces) => {
        survives(() => readAll(new SessionPacketReader(1000), pieces));
      }),
      { numRuns: 2000 },
    );
  });
});

/** Says back whatever it is told, in capitals, twice. */
const echo: SessionAcceptor = () => ({
  messageBytesMax: 1000,
  *receive(bytes) {
    for (let time = 0; time < 2; time++) yield ascii(text(bytes).toUpperCase());
  },
});

function answers(server: SessionServer, ...pieces: readonly Uint8Array[]): SessionPacket[] {
  const bytes = pieces.flatMap((piece) => [...server.receive(piece)]);
  return readAll(new SessionPacketReader(0x1_ffff), bytes);
}

describe('a session that is answered', () => {
  const open = encodeSessionPacket(request);

  test('is opened, and its messages are answered, even if all come at once', () => {
    const server = new SessionServer(echo);
    const kinds = answers(server, Buffer.concat([open, message('one'), message('two')]));
    expect(kinds.map((each) => (each.kind === 'message' ? text(each.message) : each.kind))).toEqual(
      ['positive-response', 'ONE', 'ONE', 'TWO', 'TWO'],
    );
    expect(server.messages).toBe(2);
  });

  test('takes messages as long as its service wants them, and no longer', () => {
    const server = new SessionServer(echo);
    answers(server, open);
    expect(answers(server, message('x'.repeat(1000)))).toHaveLength(2);
    expect(() => answers(server, message('x'.repeat(1001)))).toThrow(DecodeError);
  });

  test('is refused with the code of whoever does not answer, and then hears nothing more', () => {
    const server = new SessionServer(({ called }) => {
      expect(called.toString()).toBe('ANN-PC<20>');
      return SESSION_ERRORS.CALLED_NAME_NOT_PRESENT;
    });
    const refusal = answers(server, Buffer.concat([open, message('one')]));
    expect(refusal).toEqual([{ kind: 'negative-response', error: 0x82 }]);
    expect(server.refused).toBe(true);
  });

  test('ends if it begins with anything but a request', () => {
    expect(() => answers(new SessionServer(echo), message('one'))).toThrow(DecodeError);
  });

  test('ends at a second request', () => {
    const server = new SessionServer(echo);
    answers(server, open);
    expect(() => answers(server, open)).toThrow(DecodeError);
  });

  test('is not kept by packets that only keep it', () => {
    const server = new SessionServer(echo);
    answers(server, open, encodeSessionPacket({ kind: 'keep-alive' }));
    expect(server.messages).toBe(0);
  });

  test('makes no answer before the one before it was taken', () => {
    const server = new SessionServer(echo);
    answers(server, open);
    const [first, second] = [message('one'), message('two')];
    const taken = server.receive(Buffer.concat([first, second]));
    taken.next();
    expect(server.messages).toBe(1);
  });

  test(`ends after ${SESSION_PACKETS_MAX} packets`, () => {
    const server = new SessionServer(echo);
    answers(server, open);
    for (let at = 1; at < SESSION_PACKETS_MAX; at++) answers(server, message('x'));
    expect(() => answers(server, message('x'))).toThrow(DecodeError);
  });
});

const client = (): SessionClient => new SessionClient({ called, calling });
const receive = (session: SessionClient, ...packets: readonly SessionPacket[]): string[] =>
  [...session.receive(Buffer.concat(packets.map(encodeSessionPacket)))].map(text);

describe('a session that we ask for', () => {
  test('begins with the request', () => {
    expect(readAll(new SessionPacketReader(1000), [client().request()])).toMatchObject([
      { kind: 'request', called: { name: 'ANN-PC' }, calling: { name: 'BOB-PC' } },
    ]);
  });

  test('is open once it was accepted, and then has messages', () => {
    const session = client();
    expect(session.open).toBe(false);
    receive(session, { kind: 'positive-response' });
    expect(session.open).toBe(true);
    const packets = [{ kind: 'keep-alive' }, { kind: 'message', message: ascii('hello') }] as const;
    expect(receive(session, ...packets)).toEqual(['hello']);
  });

  test.each(Object.values(SESSION_ERRORS))('is refused with a reason: 0x%s', (error) => {
    const refusal = { kind: 'negative-response', error } as const;
    expect(() => receive(client(), refusal)).toThrow(MailslotError);
    expect(() => receive(client(), refusal)).toThrow(/refused the session: .{10}/);
  });

  test.each([
    [{ kind: 'retarget', address: '10.0.0.1', port: 139 }],
    [{ kind: 'message', message: ascii('early') }],
    [request],
  ] as const)('goes nowhere else, and takes nothing else for an answer: %o', (answer) => {
    expect(() => receive(client(), answer)).toThrow(DecodeError);
  });
});
