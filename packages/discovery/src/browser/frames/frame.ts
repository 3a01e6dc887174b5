/** Frames of the Browser protocol: bytes in a mailslot, and what they say. */

import { DecodeError } from '@mailslot/core/internal';

import { decode, encode, type SlotName } from './layout.ts';
import { type Frames, LAYOUTS, SIGNATURE } from './layouts.ts';

export type FrameKind = keyof Frames;

/** One frame: its kind, and the fields of that kind. */
export type Frame = {
  [Kind in FrameKind]: { readonly kind: Kind } & Readonly<Frames[Kind]>;
}[FrameKind];

export type FrameOf<Kind extends FrameKind> = Extract<Frame, { readonly kind: Kind }>;

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it has one layout for each kind
export const FRAME_KINDS = Object.keys(LAYOUTS) as readonly FrameKind[];

const KIND_OF_OPCODE: ReadonlyMap<number, FrameKind> = new Map(
  FRAME_KINDS.filter((kind) => LAYOUTS[kind].slot === 'BROWSE').map((kind) => [
    LAYOUTS[kind].opcode,
    kind,
  ]),
);

/** Offset of the signature of a HostAnnouncement. */
const SIGNATURE_OFFSET = 30;

/** The bytes of a frame. Throws a {@link MailslotError} for a text that does not fit. */
export function encodeFrame<Kind extends FrameKind>(
  frame: { readonly kind: Kind } & Frames[Kind],
): Uint8Array {
  return encode(LAYOUTS[frame.kind], frame);
}

/** What came to a mailslot. Throws only {@link DecodeError}; bytes after the last field are not looked at. */
export function decodeFrame(slot: SlotName, bytes: Uint8Array): Frame {
  const kind = kindIn(slot, bytes);
  if (kind === undefined) throw new DecodeError('an opcode of the Browser protocol', 0);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- layout and kind belong together
  return { kind, ...decode<object>(LAYOUTS[kind], bytes) } as Frame;
}

function kindIn(slot: SlotName, bytes: Uint8Array): FrameKind | undefined {
  const [opcode = -1] = bytes;
  if (slot === 'BROWSE' || isSigned(bytes)) return KIND_OF_OPCODE.get(opcode);
  return opcode === 1 ? 'lan-manager-announcement' : undefined;
}

/** A HostAnnouncement may come by LANMAN, where the same opcode means another frame. Its signature tells. */
function isSigned(bytes: Uint8Array): boolean {
  return (
    bytes.length >= SIGNATURE_OFFSET + 2 &&
    bytes[SIGNATURE_OFFSET] === (SIGNATURE & 0xff) &&
    bytes[SIGNATURE_OFFSET + 1] === SIGNATURE >>> 8
  );
}
