import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { describeMessage } from '../src/presence/describe.ts';
import { FLAG, realmOf, TYPE } from '../src/presence/message.ts';
import { encodeEntry, encodePage, encodePull } from '../src/presence/page.ts';
import { peerKeyOf } from '../src/presence/peer-id.ts';
import { EVERYWHERE } from '../src/presence/position.ts';
import { encodeProbe } from '../src/presence/probe.ts';
import { encodeRecord } from '../src/presence/record.ts';
import { headers } from './support/arbitraries.ts';
import { messageWith } from './support/solo.ts';
import { entryOf } from './support/transfer.ts';

const common = {
  realm: realmOf('WORKGROUP', 'tanks'),
  id: peerKeyOf('V1StGXR8_Z5jdHi6B-myT'),
  sequence: 7,
  revision: 2,
};
const figures = '(beat 0.5 s, sequence 7, revision 2, realm cbb92c8a)';

const UNPRINTABLE = /[\p{Cc}\p{Cf}\u2028\u2029]/u;
const BYTES_8 = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);

function full(name: string, info: unknown): Uint8Array {
  const endpoints = [{ port: 4711 }, { port: 80, address: '192.0.2.7' }];
  return encodeRecord({ name, endpoints, info });
}

/** What is said of a full announcement of that security mode. */
function lineOf(mode: number, body: Uint8Array): string {
  const trailer = new Uint8Array(mode === 3 ? 80 : 16);
  const flags = FLAG.FULL | (mode << 4);
  return describeMessage(messageWith({ ...common, flags, body, trailer }));
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

  test('says how it was sent, and who its sender lists', () => {
    const flags = FLAG.FULL | FLAG.SETTLED | FLAG.DIRECT;
    const body = Buffer.concat([full('Ann', undefined), Buffer.of(0x10, 12, 0, 0, 0, 7), BYTES_8]);
    expect(describeMessage(messageWith({ ...common, flags, body }))).toBe(
      `announce full settled direct from V1StGXR8_Z5jdHi6B-myT: "Ann" at port 4711 and 192.0.2.7 port 80, lists 7 ${figures}`,
    );
  });

  test.each<[type: number, body: Uint8Array, words: string]>([
    [
      TYPE.PROBE,
      encodeProbe({ key: common.id, lastSequence: 41, round: 3 }),
      'probe from V1StGXR8_Z5jdHi6B-myT: for V1StGXR8_Z5jdHi6B-myT, heard up to 41, round 3',
    ],
    [TYPE.PROBE, new Uint8Array(), 'probe from V1StGXR8_Z5jdHi6B-myT: a knock'],
    [
      TYPE.PULL,
      encodePull({ cookie: undefined, fingerprints: undefined, ranges: [EVERYWHERE] }),
      'pull from V1StGXR8_Z5jdHi6B-myT: everything in 1 range, no cookie',
    ],
    [
      TYPE.PULL,
      encodePull({
        cookie: BYTES_8,
        fingerprints: new Uint32Array(32),
        ranges: [
          { first: 0, last: 1 },
          { first: 3, last: 4 },
        ],
      }),
      'pull from V1StGXR8_Z5jdHi6B-myT: differences in 2 ranges, with cookie',
    ],
    [
      TYPE.PAGE,
      encodePage({
        cookie: BYTES_8,
        range: EVERYWHERE,
        pagesToCome: 4,
        digest: { count: 130, high: 0, low: 0 },
        entries: [encodeEntry(entryOf(common.id, 0))],
      }),
      'page from V1StGXR8_Z5jdHi6B-myT: 1 of 130 listed, 4 to come',
    ],
    [
      TYPE.PAGE,
      encodePage({ cookie: BYTES_8, range: undefined }),
      'page from V1StGXR8_Z5jdHi6B-myT: no time',
    ],
  ])('says what messages of type %i ask and tell', (type, body, words) => {
    expect(describeMessage(messageWith({ ...common, type, body }))).toBe(`${words} ${figures}`);
  });

  test('reads what is signed or has a tag, and only sizes what is encrypted', () => {
    const body = encodeRecord({ name: 'Ann', endpoints: [], info: undefined });
    const from = 'from V1StGXR8_Z5jdHi6B-myT';
    expect(lineOf(1, body)).toBe(`announce full hmac ${from}: "Ann" ${figures}`);
    expect(lineOf(3, body)).toBe(`announce full signed ${from}: "Ann" ${figures}`);
    expect(lineOf(2, Uint8Array.of(1, 2, 3))).toBe(
      `announce full encrypted ${from}: 3 bytes ${figures}`,
    );
    expect(lineOf(2, new Uint8Array())).toBe(`announce full encrypted ${from} ${figures}`);
    expect(lineOf(1, Uint8Array.of(1, 9))).toMatch(/^not a presence message: /);
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
    expect(line).not.toMatch(UNPRINTABLE);
    expect(line).toContain('u{202e}abc');
  });

  test('says something about any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(describeMessage(bytes)).not.toMatch(UNPRINTABLE);
      }),
    );
  });

  test('says something printable about any message, whatever its type and body', () => {
    fc.assert(
      fc.property(headers, fc.nat(5), fc.uint8Array({ maxLength: 80 }), (header, type, body) => {
        const line = describeMessage(messageWith({ ...header, type, body }));
        expect(line).not.toMatch(UNPRINTABLE);
        expect(line.length).toBeLessThan(300);
      }),
    );
  });
});
