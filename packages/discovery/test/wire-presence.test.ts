/** Holds docs/wire-presence.md to the program, byte by byte and constant by constant. */

import { readFileSync } from 'node:fs';

import { describe, expect, test } from 'vitest';

import * as constants from '../src/presence/constants.ts';
import * as interval from '../src/presence/interval.ts';
import * as liveness from '../src/presence/liveness-clock.ts';
import { decodeMessage, encodeMessage, FLAG, realmOf, TYPE } from '../src/presence/message.ts';
import * as message from '../src/presence/message.ts';
import { peerIdOf, peerKeyOf } from '../src/presence/peer-id.ts';
import { decodeRecord, encodeRecord } from '../src/presence/record.ts';
import * as record from '../src/presence/record.ts';
import * as roster from '../src/presence/roster.ts';
import * as window from '../src/presence/sequence-window.ts';
import * as tlv from '../src/presence/tlv.ts';
import * as tombstones from '../src/presence/tombstones.ts';
import { DEFAULT_TUNING } from '../src/presence/tuning.ts';
import { tableRows } from '../../../test/support/markdown-table.ts';

const page = readFileSync(new URL('../../../docs/wire-presence.md', import.meta.url), 'utf8');

const empty = new Uint8Array();
const common = {
  intervalCode: 16,
  realm: realmOf('WORKGROUP', 'tanks'),
  id: peerKeyOf('V1StGXR8_Z5jdHi6B-myT'),
  revision: 0,
  body: empty,
  trailer: empty,
};
const ann = {
  name: 'Ann',
  endpoints: [{ port: 4711 }, { port: 4712, address: '192.0.2.7' }],
  info: { map: 'dunes', seats: 4 },
};

/** Bytes of the block of that name, without comments. */
function example(name: string): string {
  const [, lines = ''] = new RegExp(`^\`\`\`hex ${name}\n([^\`]+)^\`\`\``, 'm').exec(page) ?? [];
  return lines.replaceAll(/#.*|\s/g, '');
}

describe('the page', () => {
  test.each([
    [
      'a newcomer',
      {
        ...common,
        type: TYPE.ANNOUNCE,
        flags: FLAG.FULL | FLAG.WANT,
        sequence: 1,
        body: encodeRecord(ann),
      },
    ],
    ['a beat', { ...common, type: TYPE.ANNOUNCE, flags: 0, sequence: 7 }],
    [
      'an observer',
      { ...common, type: TYPE.ANNOUNCE, flags: FLAG.OBSERVER | FLAG.WANT, sequence: 1 },
    ],
    ['a goodbye', { ...common, type: TYPE.BYE, flags: 0, sequence: 42 }],
  ])('shows %s as it is written and read', (name, message) => {
    expect(Buffer.from(encodeMessage(message)).toString('hex')).toBe(example(name));
    const decoded = decodeMessage(new Uint8Array(Buffer.from(example(name), 'hex')));
    expect(decoded).toEqual(message);
    expect(peerIdOf(decoded.id)).toBe('V1StGXR8_Z5jdHi6B-myT');
    expect(decodeRecord(decoded.body).name).toBe(message.body.length > 0 ? 'Ann' : '');
  });

  test('gives every constant its value, and leaves out none', () => {
    const limits = { ...constants, ...interval, ...liveness, ...message, ...record, ...roster };
    const all = { ...limits, ...tlv, ...tombstones, ...window, ...DEFAULT_TUNING };
    // Sizes of the layout have their tables further up.
    const layout = new Set(['HEADER_BYTES', 'VERSION_MAJOR']);
    const defined = Object.entries(all).flatMap(([name, value]) => {
      if (layout.has(name)) return [];
      if (Array.isArray(value)) return [[name, value.join(', ')]];
      return typeof value === 'number' ? [[name, String(value)]] : [];
    });
    const rows = tableRows(page, 'constant').map(([name, value]) => [name!.slice(1, -1), value]);
    expect(Object.fromEntries(rows)).toEqual(Object.fromEntries(defined));
  });
});
