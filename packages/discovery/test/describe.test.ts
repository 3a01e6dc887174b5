import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { describeMessage } from '../src/presence/describe.ts';
import { FLAG, realmOf, TYPE } from '../src/presence/message.ts';
import { peerKeyOf } from '../src/presence/peer-id.ts';
import { encodeRecord } from '../src/presence/record.ts';
import { messageWith } from './support/solo.ts';

const common = {
  realm: realmOf('WORKGROUP', 'tanks'),
  id: peerKeyOf('V1StGXR8_Z5jdHi6B-myT'),
  sequence: 7,
  revision: 2,
};
const figures = '(beat 0.5 s, sequence 7, revision 2, realm cbb92c8a)';

function full(name: string, info: unknown): Uint8Array {
  const endpoints = [{ port: 4711 }, { port: 80, address: '192.0.2.7' }];
  return encodeRecord({ name, endpoints, info });
}

describe('describing a message', () => {
  test('says in a line who says what', () => {
    const body = full('Ann', { seats: 4 });
    expect(describeMessage(messageWith({ ...common, flags: FLAG.FULL | FLAG.WANT, body }))).toBe(
      `announce full want from V1StGXR8_Z5jdHi6B-myT: "Ann" at port 4711 and 192.0.2.7 port 80, info {"seats":4} ${figures}`,
    );
    expect(describeMessage(messageWith(common))).toBe(
      `announce from V1StGXR8_Z5jdHi6B-myT ${figures}`,
    );
    expect(describeMessage(messageWith({ ...common, type: TYPE.BYE }))).toBe(
      `bye from V1StGXR8_Z5jdHi6B-myT ${figures}`,
    );
    expect(describeMessage(messageWith({ ...common, type: 77 }))).toBe(
      `type 77 from V1StGXR8_Z5jdHi6B-myT ${figures}`,
    );
  });

  test('does not read what is secured', () => {
    const secured = {
      flags: FLAG.FULL | 0x20,
      body: Uint8Array.of(1, 2, 3),
      trailer: new Uint8Array(16),
    };
    expect(describeMessage(messageWith({ ...common, ...secured }))).toBe(
      `announce full encrypted from V1StGXR8_Z5jdHi6B-myT: 3 bytes ${figures}`,
    );
  });

  test('says what is wrong with other bytes', () => {
    expect(describeMessage(Uint8Array.of(0x10))).toBe(
      'not a presence message: Expected a message type at byte 1.',
    );
    const body = Uint8Array.of(0x03, 1, 0x7b);
    expect(describeMessage(messageWith({ ...common, flags: FLAG.FULL, body }))).toMatch(
      /^not a presence message: /,
    );
  });

  test('prints nothing that moves a cursor or turns text around', () => {
    const nasty = '\u009b31m\u202eabc\u2028\u200b\u001b[2J\u007f';
    const line = describeMessage(
      messageWith({ ...common, flags: FLAG.FULL, body: full(nasty, nasty) }),
    );
    expect(line).not.toMatch(/[\p{Cc}\p{Cf}\u2028\u2029]/u);
    expect(line).toContain('u{202e}abc');
  });

  test('says something about any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(describeMessage(bytes)).not.toMatch(/\n/);
      }),
    );
  });
});
