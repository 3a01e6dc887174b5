import { DecodeError } from '@mailslot/core/internal';
import { seededRandom } from '@mailslot/core/testing';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { decodeProbe, encodeProbe, type Subject } from '../src/presence/probe.ts';
import { throwsDecodeErrorAtMost } from './support/thrown.ts';
import { drawKeys } from './support/transfer.ts';

const [bob] = drawKeys(1, seededRandom(1));

const subjects: fc.Arbitrary<Subject> = fc.record({
  key: fc.integer().map((seed) => drawKeys(1, seededRandom(seed))[0]!),
  lastSequence: fc.nat(0xffff_ffff),
  round: fc.integer({ min: 1, max: 0xff }),
});

describe('a probe', () => {
  test('comes back from its bytes as it was', () => {
    fc.assert(
      fc.property(subjects, (subject) => {
        expect(decodeProbe(encodeProbe(subject))).toEqual(subject);
      }),
    );
  });

  test('takes 23 bytes', () => {
    expect(encodeProbe({ key: bob!, lastSequence: 1, round: 1 })).toHaveLength(23);
  });

  test('counts rounds up to 255, and no further', () => {
    const body = encodeProbe({ key: bob!, lastSequence: 1, round: 300 });
    expect(decodeProbe(body)?.round).toBe(255);
  });

  test('without a subject is a knock', () => {
    expect(decodeProbe(new Uint8Array())).toBeUndefined();
    expect(decodeProbe(Uint8Array.of(0x21, 8, 1, 2, 3, 4, 5, 6, 7, 8))).toBeUndefined();
  });

  test('is read past values that are not its own', () => {
    const body = encodeProbe({ key: bob!, lastSequence: 5, round: 2 });
    const more = Buffer.concat([Buffer.of(0x7f, 2, 1, 2), body, Buffer.of(0x05, 0)]);
    expect(decodeProbe(more)).toEqual({ key: bob, lastSequence: 5, round: 2 });
  });

  test('is malformed with an id of more than 126 bits', () => {
    const body = encodeProbe({ key: bob!, lastSequence: 1, round: 1 });
    body[2] = 0x40;
    expect(() => decodeProbe(body)).toThrow(DecodeError);
  });

  test('is malformed wherever it is cut', () => {
    const body = encodeProbe({ key: bob!, lastSequence: 1, round: 1 });
    for (let length = 1; length < body.length; length++) {
      expect(() => decodeProbe(body.subarray(0, length))).toThrow(DecodeError);
    }
  });

  test('throws nothing but DecodeError for any bytes', () => {
    const flips = fc.array(fc.tuple(fc.nat(22), fc.nat(0xff)), { maxLength: 3 });
    fc.assert(
      fc.property(subjects, flips, (subject, changes) => {
        const body = encodeProbe(subject);
        for (const [at, value] of changes) body[at] = value;
        return throwsDecodeErrorAtMost(() => decodeProbe(body));
      }),
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (body) =>
        throwsDecodeErrorAtMost(() => decodeProbe(body)),
      ),
    );
  });
});
