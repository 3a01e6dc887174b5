/** Holds docs/wire-presence.md to the program, byte by byte and constant by constant. */

import { readFileSync } from 'node:fs';

import { MailslotError } from '@mailslot/core';
import { describe, expect, test } from 'vitest';

import { tableRows } from '../../../test/support/markdown-table.ts';
import { Listing } from '../src/presence/listing.ts';
import { decodeMessage, encodeMessage, FLAG, realmOf, TYPE } from '../src/presence/message.ts';
import {
  decodePage,
  decodePull,
  encodeEntry,
  encodePage,
  encodePull,
  ENTRY_FLAG,
  type PageEntry,
} from '../src/presence/page.ts';
import { type PeerKey, peerIdOf, peerKeyOf, readPeerKey } from '../src/presence/peer-id.ts';
import { positionOf } from '../src/presence/position.ts';
import { decodeProbe, encodeProbe } from '../src/presence/probe.ts';
import { decodeRecord, digestIn, encodeRecord } from '../src/presence/record.ts';
import { limitsOf, type SourceLimits } from '../src/presence/source-limits.ts';
import { presets, tune, type Tuning } from '../src/presence/tuning.ts';
import { sourceAt } from './support/sources.ts';

const page = readFileSync(new URL('../../../docs/wire-presence.md', import.meta.url), 'utf8');

const ann = peerKeyOf('V1StGXR8_Z5jdHi6B-myT');
const bob = keyIn('24f0d0a5e3f5c1b2a69788796a5b4c3d');
const cid = keyIn('3e0fa1b2c3d4e5f60718293a4b5c6d7e');

const empty = new Uint8Array();
const common = {
  type: TYPE.ANNOUNCE as number,
  flags: FLAG.SETTLED as number,
  intervalCode: 16,
  realm: realmOf('WORKGROUP', 'tanks'),
  id: ann,
  revision: 0,
  groupCount: 5,
  body: empty,
  trailer: empty,
};
const record = {
  name: 'Ann',
  endpoints: [{ port: 4711 }, { port: 4712, address: '192.0.2.7' }],
  info: { map: 'dunes', seats: 4 },
};
const probe = { key: bob, lastSequence: 41, round: 1 };
const cookie = bytesOf('0123456789abcdef');
const pull = { cookie, fingerprints: undefined, ranges: [{ first: 0, last: 0xffff_ffff }] };
const entries: readonly PageEntry[] = [
  {
    key: cid,
    sequence: 9,
    revision: 1,
    intervalCode: 16,
    flags: ENTRY_FLAG.STRANGER,
    ageMs: 400,
    place: bytesOf('04138ac0000209'),
    record: { name: 'Cid', endpoints: [], info: undefined },
    signed: undefined,
  },
  {
    key: bob,
    sequence: 41,
    revision: 0,
    intervalCode: 16,
    flags: 0,
    ageMs: 1200,
    place: undefined,
    record: undefined,
    signed: undefined,
  },
];
const pageOf = {
  cookie,
  range: { first: 0, last: 0xffff_ffff },
  pagesToCome: 0,
  digest: digestOf([ann, 0], [bob, 0], [cid, 1]),
};

const EXAMPLES = {
  'a newcomer': {
    ...common,
    flags: FLAG.FULL | FLAG.WANT,
    sequence: 1,
    groupCount: 1,
    body: Buffer.concat([encodeRecord(record), digestValue(digestOf([ann, 0]))]),
  },
  'a beat': { ...common, sequence: 7 },
  'a question': { ...common, flags: FLAG.WANT | FLAG.SETTLED | FLAG.DIRECT, sequence: 8 },
  'an observer': { ...common, flags: FLAG.OBSERVER | FLAG.WANT, sequence: 1, groupCount: 1 },
  'a goodbye': { ...common, type: TYPE.BYE, sequence: 42, groupCount: 31 },
  'a probe': { ...common, type: TYPE.PROBE, sequence: 9, groupCount: 6, body: encodeProbe(probe) },
  'a pull': {
    ...common,
    type: TYPE.PULL,
    flags: FLAG.DIRECT,
    sequence: 10,
    body: encodePull(pull),
  },
  'a page': {
    ...common,
    type: TYPE.PAGE,
    flags: FLAG.SETTLED | FLAG.DIRECT,
    sequence: 11,
    body: encodePage({ ...pageOf, entries: entries.map((entry) => encodeEntry(entry)) }),
  },
} as const;

function bytesOf(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex, 'hex'));
}

function keyIn(hex: string): PeerKey {
  return readPeerKey(bytesOf(hex), 0)!;
}

function digestOf(...listed: [PeerKey, revision: number][]): Listing['digest'] {
  const listing = new Listing();
  for (const [key, revision] of listed) listing.set(key, revision);
  return listing.digest;
}

function digestValue({ count, high, low }: Listing['digest']): Uint8Array {
  const value = Buffer.from([0x10, 12, ...new Uint8Array(12)]);
  value.writeUInt32BE(count, 2);
  value.writeUInt32BE(high, 6);
  value.writeUInt32BE(low, 10);
  return value;
}

/** Bytes of the block of that name, without comments. */
function example(name: string): string {
  const [, lines = ''] = new RegExp(`^\`\`\`hex ${name}\n([^\`]+)^\`\`\``, 'm').exec(page) ?? [];
  return lines.replaceAll(/#.*|\s/g, '');
}

function bodyOf(name: keyof typeof EXAMPLES): Uint8Array {
  return decodeMessage(bytesOf(example(name))).body;
}

describe('the page', () => {
  test.each(Object.entries(EXAMPLES))('shows %s as it is written and read', (name, message) => {
    expect(example(name)).toBe(Buffer.from(encodeMessage(message)).toString('hex'));
    const decoded = decodeMessage(bytesOf(example(name)));
    expect(decoded).toEqual({ ...message, body: new Uint8Array(message.body) });
    expect(peerIdOf(decoded.id)).toBe('V1StGXR8_Z5jdHi6B-myT');
  });

  test('shows what bodies say', () => {
    expect(decodeRecord(bodyOf('a newcomer'))).toEqual(record);
    expect(digestIn(bodyOf('a newcomer'))?.count).toBe(1);
    expect(decodeProbe(bodyOf('a probe'))).toEqual(probe);
    expect(decodePull(bodyOf('a pull'))).toEqual(pull);
    expect(decodePage(bodyOf('a page'))).toEqual({ ...pageOf, entries });
    // As a list is sent: in order of positions.
    expect(entries.map(({ key }) => positionOf(key))).toEqual([0x0fa1_b2c3, 0xf0d0_a5e3]);
  });

  test.each<keyof typeof presets>(['lan', 'lobby', 'quiet', 'wide'])(
    'gives every option its value in the preset %s',
    (preset) => {
      const column = ['option', 'least', 'most', 'lan', 'lobby', 'quiet', 'wide'].indexOf(preset);
      const rows = tableRows(page, 'option').map((cells) => [unquoted(cells[0]!), cells[column]]);
      expect(Object.fromEntries(rows)).toEqual(
        Object.fromEntries(Object.entries(presets[preset]()).map(([name, n]) => [name, String(n)])),
      );
    },
  );

  test('gives every option its range', () => {
    for (const [cell, least, most] of tableRows(page, 'option')) {
      const name = unquoted(cell!) as keyof Tuning;
      for (const end of [least, most])
        expect(tune({ [name]: Number(end) })[name]).toBe(Number(end));
      expect(() => tune({ [name]: Number(least) - 1 })).toThrow(MailslotError);
      expect(() => tune({ [name]: Number(most) + 1 })).toThrow(MailslotError);
    }
  });

  test('gives the limits of each kind of source', () => {
    const [link, seed, server, here] = tableRows(page, 'from').map((cells) => cells.slice(1));
    const addressless = { ...sourceAt('x:1'), address: undefined };
    for (const [told, trust] of [
      [link, 'on-link'],
      [link, 'routed'],
      [seed, 'seed'],
      [server, 'brokered'],
      [here, 'relayed'],
      [here, 'loopback'],
      [here, 'local'],
    ] as const) {
      expect(told).toEqual(limitsIn(limitsOf({ ...sourceAt('10.0.0.1:1'), trust })));
    }
    expect(here).toEqual(limitsIn(limitsOf(addressless)));
  });

  test.each(chapters())(
    'gives every constant of %s its value, and leaves out none',
    (files, rows) => {
      const defined = files.split(', ').flatMap((file) => constantsIn(file));
      expect(Object.fromEntries(rows)).toEqual(Object.fromEntries(defined));
    },
  );
});

function limitsIn({ idsMax, provenPerSecond, datagrams }: SourceLimits): string[] {
  const { perSecond, burst } = datagrams;
  return [`${idsMax}`, `${provenPerSecond}/s`, `${perSecond}/s, ${burst}`];
}

/** What a table of constants tells, and of which files: those in the heading before it. */
function chapters(): [files: string, rows: [name: string, value: string][]][] {
  const found = page.matchAll(/^### .+ \((`[^)]+`)\)$/gm);
  return Array.from(found, ({ 0: heading, 1: files, index }) => {
    const rows = tableRows(page.slice(index + heading.length), 'constant');
    return [files!.replaceAll('`', ''), rows.map(([name, value]) => [unquoted(name!), value!])];
  });
}

function unquoted(cell: string): string {
  return cell.slice(1, -1);
}

/** Sizes of layouts that are told further up, and what concerns nobody but this program. */
const UNTOLD = new Set([
  'AGE_MAX',
  'AGE_UNIT_MS',
  'CODES_PER_DOUBLING',
  'CODE_EPSILON',
  'CODE_ZERO_MS',
  'COOKIE_BYTES',
  'CRITICAL',
  'DIGEST_BYTES',
  'FLAGS_OFFSET',
  'HEADER_BYTES',
  'HOST_RATE',
  'ID_OFFSET',
  'LONG',
  'PAGE_OVERHEAD_BYTES',
  'PORT_MAX',
  'PUBLIC_KEY_BYTES',
  'REALM_OFFSET',
  'REVISION_OFFSET',
  'SECRET_BYTES',
  'SHORT_BYTES_MAX',
  'TICKS_PER_MS',
  'TYPE_OFFSET',
  'VERSION_MAJOR',
  'VERSION_MINOR',
]);

/** The numbers that a source file names, whether it exports them or not. */
function constantsIn(file: string): [name: string, value: string][] {
  const source = readFileSync(new URL(`../src/presence/${file}`, import.meta.url), 'utf8');
  const named = source.matchAll(/^(?:export )?const ([A-Z][A-Z\d_]*)(?:: [^=]+)? =\s+([^;]+);/gm);
  return Array.from(named, ([, name, text]) => [name!, valueOf(text!)] as const).flatMap(
    ([name, value]) => (UNTOLD.has(name) || value === undefined ? [] : [[name, value]]),
  );
}

function valueOf(text: string): string | undefined {
  const plain = text.replaceAll(/(?<=\d)_(?=\d)/g, '');
  if (/^\de\d+$/.test(plain)) return plain;
  const [, perSecond, burst] = /^\{ perSecond: (\w+), burst: (\w+) \}$/.exec(plain) ?? [];
  if (perSecond !== undefined) return `${perSecond}/s, ${burst}`;
  if (/^\[[\d, ]+\]$/.test(plain)) return plain.slice(1, -1);
  const [, base, operator, other] = /^([\d.a-fx]+)(?: (\/|\*\*) (\d+))?$/.exec(plain) ?? [];
  if (base === undefined) return undefined;
  if (operator === '/') return String(Number(base) / Number(other));
  return String(operator === undefined ? Number(base) : Number(base) ** Number(other));
}
