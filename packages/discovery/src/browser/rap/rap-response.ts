/** What a RAP server answers ([MS-RAP] 2.5.5.2, 2.5.6.2): parameters that say how it went, and entries as data. */

import { ByteReader, ByteWriter, DecodeError, oemBytes } from '@mailslot/core/internal';
import { readOem } from '@mailslot/core/netbios/internal';

import type { BrowseEntry } from '../browse-list.ts';

/** The parameters of an answer that lists something. */
export interface EnumResult {
  /** One of `RAP_ERROR`. */
  readonly error: number;
  /** To be taken off every offset within the data. */
  readonly converter: number;
  readonly entriesReturned: number;
  /** How many there would have been in a buffer of any size. */
  readonly entriesAvailable: number;
}

export const ENUM_RESULT_BYTES = 8;

/** Counts have 16 bits. */
const COUNT_MAX = 0xffff;

export function encodeEnumResult(result: EnumResult): Uint8Array {
  return new ByteWriter(ENUM_RESULT_BYTES)
    .uint16le(result.error)
    .uint16le(result.converter)
    .uint16le(Math.min(result.entriesReturned, COUNT_MAX))
    .uint16le(Math.min(result.entriesAvailable, COUNT_MAX))
    .finish();
}

/** A server that refuses may send the error alone. */
export function decodeEnumResult(parameters: Uint8Array): EnumResult {
  const reader = new ByteReader(parameters);
  const error = reader.uint16le('an error');
  if (reader.remaining === 0)
    return { error, converter: 0, entriesReturned: 0, entriesAvailable: 0 };
  const converter = reader.uint16le('a converter');
  const entriesReturned = reader.uint16le('a count of entries');
  const entriesAvailable = reader.uint16le('a count of entries');
  return { error, converter, entriesReturned, entriesAvailable };
}

const NAME_BYTES = 16;
/** A share's name is shorter, and a byte fills it up. */
const SHARE_NAME_BYTES = 14;
/** With its zero, as all known clients expect ([MS-RAP] 2.5.5.2.2). */
const COMMENT_BYTES_MAX = 48;

/** Of level 1; those of level 0 are the name alone. */
const SERVER_BYTES = 26;
const SHARE_BYTES = 20;

/** Where a list goes: as many entries as fit, in order. */
interface Room {
  readonly bytesMax: number;
}

interface Entries {
  readonly data: Uint8Array;
  /** How many fitted, each with its comment. */
  readonly count: number;
}

export type ServerLevel = 0 | 1;

export function encodeServers(
  entries: readonly BrowseEntry[],
  { level, bytesMax }: Room & { readonly level: ServerLevel },
): Entries {
  if (level === 0) return pack(entries, { bytesMax, fixedBytes: NAME_BYTES }, writeServerName);
  return pack(
    entries,
    { bytesMax, fixedBytes: SERVER_BYTES, comment: commentOf },
    (writer, entry) => {
      writeServerName(writer, entry);
      writer.uint8(entry.version.major).uint8(entry.version.minor).uint32le(entry.serverType);
    },
  );
}

function writeServerName(writer: ByteWriter, { name }: BrowseEntry): void {
  writer.bytes(fixedText(name, NAME_BYTES));
}

function commentOf({ comment }: { readonly comment: string }): string {
  return comment;
}

/** What a server shares. */
export interface ShareEntry {
  readonly name: string;
  readonly shareType: number;
  readonly comment: string;
}

/** Entries of level 1, the only one that clients ask for. */
export function encodeShares(entries: readonly ShareEntry[], { bytesMax }: Room): Entries {
  return pack(entries, { bytesMax, fixedBytes: SHARE_BYTES, comment: commentOf }, (writer, entry) =>
    writer.bytes(fixedText(entry.name, SHARE_NAME_BYTES)).uint16le(entry.shareType),
  );
}

/** Entries of one length, each with the offset of its comment if there are any, then all the comments. */
function pack<Entry>(
  entries: readonly Entry[],
  shape: {
    readonly bytesMax: number;
    readonly fixedBytes: number;
    readonly comment?: (entry: Entry) => string;
  },
  write: (writer: ByteWriter, entry: Entry) => unknown,
): Entries {
  const comments: Uint8Array[] = [];
  let length = 0;
  for (const entry of entries) {
    const comment =
      shape.comment === undefined ? new Uint8Array() : zeroEnded(shape.comment(entry));
    if (length + shape.fixedBytes + comment.length > shape.bytesMax) break;
    length += shape.fixedBytes + comment.length;
    comments.push(comment);
  }
  const writer = new ByteWriter(length);
  let commentAt = comments.length * shape.fixedBytes;
  for (const [index, comment] of comments.entries()) {
    write(writer, entries[index]!);
    if (comment.length > 0) writer.uint16le(commentAt).uint16le(0);
    commentAt += comment.length;
  }
  for (const comment of comments) writer.bytes(comment);
  return { data: writer.finish(), count: comments.length };
}

function fixedText(text: string, length: number): Uint8Array {
  const field = new Uint8Array(length);
  field.set(oemBytes(text).subarray(0, length - 1));
  return field;
}

function zeroEnded(text: string): Uint8Array {
  const bytes = oemBytes(text).subarray(0, COMMENT_BYTES_MAX - 1);
  return fixedText(text, bytes.length + 1);
}

/** Reads entries of level 1. */
export function decodeServers(
  data: Uint8Array,
  { entriesReturned, converter }: EnumResult,
): BrowseEntry[] {
  const reader = new ByteReader(data);
  const entries: BrowseEntry[] = [];
  for (let index = 0; index < entriesReturned; index++) {
    const name = readOem(new ByteReader(reader.bytes(NAME_BYTES, 'a name')));
    if (name === '') throw new DecodeError('a name', reader.offset - NAME_BYTES);
    const version = { major: reader.uint8('a version'), minor: reader.uint8('a version') };
    const serverType = reader.uint32le('a server type');
    const comment = readComment(data, reader.uint16le('an offset'), converter);
    reader.skip(2, 'the upper half of an offset');
    entries.push({ name, serverType, version, comment });
  }
  return entries;
}

/** A comment for which there was no room has the offset 0; one that points elsewhere is as good as none. */
function readComment(data: Uint8Array, offset: number, converter: number): string {
  const at = (offset - converter) & COUNT_MAX;
  return offset === 0 || at >= data.length ? '' : readOem(new ByteReader(data, at));
}
