import { DecodeError } from '@mailslot/core/internal';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import {
  DATAGRAM_BYTES_MAX,
  decodeMessage,
  encodeMessage,
  FLAG,
  HEADER_BYTES,
  type Message,
  realmOf,
  screenMessage,
  TRAILER_BYTES,
  TYPE,
} from '../src/presence/message.ts';
import { encodeRecord } from '../src/presence/record.ts';
import { headers, records } from './support/arbitraries.ts';
import { throwsDecodeErrorAtMost } from './support/thrown.ts';
import { valueEnds } from './support/value-ends.ts';

const empty = new Uint8Array();

const messages: fc.Arbitrary<Message> = fc
  .tuple(headers, fc.option(records, { nil: undefined }))
  .map(([header, record]) => ({
    ...header,
    body: record === undefined ? empty : encodeRecord(record),
    trailer: empty,
  }));

/** A message with a body of our making. */
function withBody(...body: number[]): Uint8Array {
  return encodeMessage({ ...beat, body: Uint8Array.from(body) });
}

const beat: Message = {
  type: TYPE.ANNOUNCE,
  flags: 0,
  intervalCode: 16,
  realm: 1,
  id: '\0'.repeat(16),
  sequence: 1,
  revision: 0,
  groupCount: 1,
  body: empty,
  trailer: empty,
};

function isMalformed(bytes: Uint8Array): boolean {
  try {
    decodeMessage(bytes);
    return false;
  } catch (error) {
    if (error instanceof DecodeError) return true;
    throw error;
  }
}

describe('a message', () => {
  test('comes back from its bytes as it was, and they from it', () => {
    fc.assert(
      fc.property(messages, (message) => {
        const bytes = encodeMessage(message);
        const decoded = decodeMessage(bytes);
        expect(decoded).toEqual(message);
        expect(encodeMessage(decoded)).toEqual(bytes);
      }),
    );
  });

  test('takes 32 bytes as a beat', () => {
    expect(encodeMessage(beat)).toHaveLength(32);
  });

  test('is malformed wherever it is cut inside the header or a value', () => {
    fc.assert(
      fc.property(messages, (message) => {
        const bytes = encodeMessage(message);
        const whole = valueEnds(message.body);
        for (let length = 0; length < bytes.length; length++) {
          expect(isMalformed(bytes.subarray(0, length))).toBe(!whole.has(length - HEADER_BYTES));
        }
      }),
      { numRuns: 30 },
    );
  });

  test('is malformed with anything behind it that is no value', () => {
    const noValue = fc.oneof(
      fc.nat(0xff).map((type) => [type]),
      fc.tuple(fc.nat(0xfe), fc.integer({ min: 1, max: 0xff })),
      fc.constant([0xff, 0x7f, 0, 5, 1, 2, 3, 4, 5]),
    );
    fc.assert(
      fc.property(messages, noValue, (message, more) => {
        const bytes = Buffer.concat([encodeMessage(message), Buffer.from(more)]);
        expect(() => decodeMessage(bytes)).toThrow(DecodeError);
      }),
    );
  });

  test('is malformed, or read, whatever bytes it has: nothing else is thrown', () => {
    const flips = fc.array(fc.tuple(fc.nat(), fc.nat(0xff)), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(messages, flips, (message, changes) => {
        const bytes = encodeMessage(message);
        for (const [at, value] of changes) bytes[at % bytes.length] = value;
        return throwsDecodeErrorAtMost(() => decodeMessage(bytes));
      }),
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 1300 }), (bytes) =>
        throwsDecodeErrorAtMost(() => decodeMessage(bytes)),
      ),
    );
  });

  test('has 1 200 bytes at most', () => {
    // A value of a skippable type, in its long form: mark 1, type 1, length 2.
    const value = DATAGRAM_BYTES_MAX - HEADER_BYTES - 4;
    const body = Uint8Array.from([0xff, 0x7f, value >>> 8, value & 0xff, ...new Uint8Array(value)]);
    const bytes = encodeMessage({ ...beat, body });
    expect(bytes).toHaveLength(DATAGRAM_BYTES_MAX);
    expect(decodeMessage(bytes).body).toEqual(body);
    expect(() =>
      encodeMessage({ ...beat, body: Buffer.concat([body, empty, Buffer.of(0)]) }),
    ).toThrow(RangeError);
    expect(() => decodeMessage(Buffer.concat([bytes, Buffer.of(0)]))).toThrow(DecodeError);
  });

  test('has the trailer of its security mode, and its body is then nobody’s to read yet', () => {
    for (const [mode, length] of [16, 16, 80].entries()) {
      const flags = (mode + 1) << 4;
      const secured = {
        ...beat,
        flags,
        body: Uint8Array.of(0x80, 9),
        trailer: new Uint8Array(length),
      };
      expect(decodeMessage(encodeMessage(secured))).toEqual(secured);
      const short = encodeMessage({ ...secured, body: empty, trailer: new Uint8Array(length - 1) });
      expect(() => decodeMessage(short)).toThrow(DecodeError);
    }
  });
});

describe('the values of a body', () => {
  test('are skipped if their type is not known and below 0x80', () => {
    expect(decodeMessage(withBody(0x7f, 2, 1, 2, 0x05, 0)).body).toHaveLength(6);
  });

  test.each<[why: string, body: number[]]>([
    ['an unknown type from 0x80 on', [0x80, 0]],
    ['a type without a length', [0x01]],
    ['a value shorter than its length', [0x7f, 3, 1, 2]],
    ['an empty name', [0x01, 0]],
    ['a name of 64 bytes', [0x01, 64, ...new Uint8Array(64)]],
    ['a key that is not 32 bytes', [0x04, 31, ...new Uint8Array(31)]],
    ['a digest that is not 12 bytes', [0x10, 13, ...new Uint8Array(13)]],
    ['an endpoint without a port', [0x02, 2, 4, 0]],
    ['a short value in the long form', [0xff, 0x7f, 0, 255, ...new Uint8Array(255)]],
    ['a long value without a length', [0xff, 0x03, 1]],
    ['a long value of an unknown critical type', [0xff, 0x80, 1, 0, ...new Uint8Array(256)]],
    ['an info of 1 001 bytes', [0xff, 0x03, 0x03, 0xe9, ...new Uint8Array(1001)]],
  ])('make the message malformed: %s', (_, body) => {
    expect(() => decodeMessage(withBody(...body))).toThrow(DecodeError);
  });
});

describe('screening', () => {
  const bytes = encodeMessage(beat);
  const changed = (at: number, value: number): Uint8Array => {
    const copy = bytes.slice();
    copy[at] = value;
    return copy;
  };

  test.each<[what: string, bytes: Uint8Array, verdict: string | undefined]>([
    ['our realm', bytes, undefined],
    ['another minor version', changed(0, 0x1f), undefined],
    ['another major version', changed(0, 0x20), 'version'],
    ['another realm', changed(7, 2), 'realm'],
    ['HMAC', changed(2, 0x10), 'security'],
    ['encryption', changed(2, 0x20), 'security'],
    ['signatures', changed(2, 0x30), 'security'],
    ['31 bytes', bytes.subarray(0, 31), 'malformed'],
    ['nothing', empty, 'malformed'],
  ])('takes %s for what it is', (_, bytes, verdict) => {
    expect(screenMessage(bytes, beat.realm)).toBe(verdict);
  });

  test.each([0, 1, 2, 3] as const)(
    'passes security %i where that is ours, and no other',
    (mode) => {
      for (const [theirs] of TRAILER_BYTES.entries()) {
        const verdict = theirs === mode ? undefined : 'security';
        expect(screenMessage(changed(2, theirs << 4), beat.realm, mode)).toBe(verdict);
      }
    },
  );

  test('passes no message that decoding takes for another', () => {
    fc.assert(
      fc.property(messages, (message) => {
        expect(screenMessage(encodeMessage(message), message.realm)).toBeUndefined();
        expect(screenMessage(encodeMessage(message), message.realm ^ 1)).toBe('realm');
      }),
    );
  });
});

test('a realm depends on the domain, the service and where one ends', () => {
  expect(realmOf('WORKGROUP', 'tanks')).toBe(realmOf('WORKGROUP', 'tanks'));
  expect(realmOf('WORKGROUP', 'tanks')).not.toBe(realmOf('WORKGROUP', 'Tanks'));
  expect(realmOf('AB', 'C')).not.toBe(realmOf('A', 'BC'));
});

test('the flags of a message share no bit', () => {
  const all = Object.values(FLAG).reduce((sum, flag) => sum + flag, 0);
  expect(all).toBe(Object.values(FLAG).reduce((bits, flag) => bits | flag, 0));
});
