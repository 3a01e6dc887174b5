/** The frames of the Browser protocol: real bytes, made-up bytes, and the pages that tell of them. */

import { readFileSync } from 'node:fs';

import { MailslotError } from '@mailslot/core';
import { DecodeError } from '@mailslot/core/internal';
import { decodeBody, decodeDatagram, decodeMailslotWrite } from '@mailslot/core/netbios/internal';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { describeFrame } from '../src/browser/frames/describe.ts';
import { COMMENT_CHARACTERS_MAX, NAME_CHARACTERS_MAX } from '../src/browser/frames/field.ts';
import {
  decodeFrame,
  encodeFrame,
  type Frame,
  FRAME_KINDS,
  type FrameKind,
} from '../src/browser/frames/frame.ts';
import { length, type SlotName } from '../src/browser/frames/layout.ts';
import { LAYOUTS } from '../src/browser/frames/layouts.ts';
import { serverTypeNames } from '../src/browser/server-type.ts';
import { EXAMPLES } from './support/frame-examples.ts';
import { framePage } from './support/frame-page.ts';

interface Vector {
  readonly id: string;
  readonly what: string;
  readonly hex: string;
}

const vectors = (
  JSON.parse(
    readFileSync(new URL('../../../test/vectors/netbios.json', import.meta.url), 'utf8'),
  ) as Vector[]
).filter(({ id }) => /^(?:brws-|lanman-)/.test(id));

/** Samba's AnnouncementRequest has no NUL, and an octet too many; the least that it lists ends in mid-frame. */
const NOT_CANONICAL = new Set(['brws-announce-request', 'brws-host-minimal']);

/** What a datagram brings to its mailslot. */
function contentOf({ id, hex }: Vector): { readonly slot: SlotName; readonly bytes: Uint8Array } {
  const datagram = new Uint8Array(Buffer.from(hex, 'hex'));
  if (id === 'brws-host-minimal') return { slot: 'BROWSE', bytes: datagram.subarray(-28) };
  const { data } = decodeBody(decodeDatagram(datagram).part);
  const { slot, data: bytes } = decodeMailslotWrite(data);
  return { slot: slot.toUpperCase() as SlotName, bytes };
}

function encode(frame: Frame): Uint8Array {
  return encodeFrame(frame as Extract<Frame, { readonly kind: 'become-backup' }>);
}

describe('real frames', () => {
  test('are of all kinds that Samba sends', () => {
    expect(vectors.length).toBeGreaterThanOrEqual(22);
  });

  test.each(vectors)('$id, $what: is read, and written as it was', (vector) => {
    const { slot, bytes } = contentOf(vector);
    const frame = decodeFrame(slot, bytes);
    expect(describeFrame(slot, bytes)).toMatchSnapshot();
    if (NOT_CANONICAL.has(vector.id)) return;
    expect(Buffer.from(encode(frame)).toString('hex')).toBe(Buffer.from(bytes).toString('hex'));
  });
});

describe.each(FRAME_KINDS)('%s', (kind) => {
  const { slot } = LAYOUTS[kind];
  const bytes = encode(EXAMPLES[kind]);

  test('is read as it was written', () => {
    expect(decodeFrame(slot, bytes)).toEqual(EXAMPLES[kind]);
  });

  test('has the length that its table says', () => {
    expect(bytes).toHaveLength(length<object>(LAYOUTS[kind], EXAMPLES[kind]));
  });

  test('cut anywhere, is read or said to be cut', () => {
    for (let end = 0; end < bytes.length; end++) {
      expect(readable(slot, bytes.subarray(0, end))).toBe(true);
    }
  });

  test('has a page that says what its table says', async () => {
    await expect(framePage(kind)).toMatchFileSnapshot(`../../../docs/frames/${kind}.md`);
  });
});

/** Is it a frame, or a DecodeError that says why not? Anything else is thrown. */
function readable(slot: SlotName, bytes: Uint8Array): boolean {
  try {
    decodeFrame(slot, bytes);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
  }
  return true;
}

test('whatever comes in is a frame or a DecodeError', () => {
  const opcodes = fc.constantFrom(1, 2, 8, 9, 10, 11, 12, 13, 14, 15, 77);
  fc.assert(
    fc.property(
      fc.constantFrom<SlotName>('BROWSE', 'LANMAN'),
      opcodes,
      fc.uint8Array({ maxLength: 120 }),
      (slot, opcode, rest) => {
        const bytes = Uint8Array.of(opcode, ...rest);
        return readable(slot, bytes) && describeFrame(slot, bytes) !== '';
      },
    ),
    { numRuns: 2000 },
  );
});

test('what was read can be written, and is read the same', () => {
  const kinds = fc.constantFrom<FrameKind>(...FRAME_KINDS);
  fc.assert(
    fc.property(kinds, fc.uint8Array({ minLength: 60, maxLength: 60 }), (kind, noise) => {
      const { slot, opcode } = LAYOUTS[kind];
      // A NUL ends each text soon.
      const bytes = Uint8Array.of(opcode, ...noise.map((byte, at) => (at % 7 === 6 ? 0 : byte)));
      let frame: Frame;
      try {
        frame = decodeFrame(slot, bytes);
      } catch {
        return;
      }
      expect(decodeFrame(slot, encode(frame))).toEqual(frame);
    }),
    { numRuns: 2000 },
  );
});

test('a HostAnnouncement is known on the mailslot of LAN Manager, too', () => {
  const bytes = encode(EXAMPLES['host-announcement']);
  expect(decodeFrame('LANMAN', bytes)).toEqual(EXAMPLES['host-announcement']);
});

test('garbage after the NUL of a name is not looked at', () => {
  const bytes = encode(EXAMPLES['host-announcement']);
  bytes.set([0, 0xff, 0xfe, 0x41], 12);
  expect(decodeFrame('BROWSE', bytes)).toMatchObject({ name: 'ANN-PC' });
});

test('a comment in code page 850 keeps its letters', () => {
  const frame = { ...EXAMPLES['host-announcement'], comment: 'Büro im Süden' };
  expect(decodeFrame('BROWSE', encode(frame))).toMatchObject({ comment: 'Büro im Süden' });
});

test('a name or comment that does not fit is refused', () => {
  const host = EXAMPLES['host-announcement'];
  expect(() => encode({ ...host, name: 'A'.repeat(NAME_CHARACTERS_MAX) })).not.toThrow();
  expect(() => encode({ ...host, name: 'A'.repeat(NAME_CHARACTERS_MAX + 1) })).toThrow(
    MailslotError,
  );
  expect(() => encode({ ...host, comment: 'c'.repeat(COMMENT_CHARACTERS_MAX) })).not.toThrow();
  expect(() => encode({ ...host, comment: 'c'.repeat(COMMENT_CHARACTERS_MAX + 1) })).toThrow(
    MailslotError,
  );
});

test('type bits have their names', () => {
  expect(serverTypeNames(0x8005_0003)).toEqual([
    'WORKSTATION',
    'SERVER',
    'POTENTIAL_BROWSER',
    'MASTER_BROWSER',
    'DOMAIN_ENUM',
  ]);
});
