/** The shape of every SMB1 message ([MS-CIFS] 2.2.3): a header, then one block for each command it chains. */

import { ByteReader, ByteWriter, DecodeError } from '../../../../bytes.ts';

export const SMB_COMMAND = {
  TREE_DISCONNECT: 0x71,
  NEGOTIATE: 0x72,
  TRANSACTION: 0x25,
  ECHO: 0x2b,
  SESSION_SETUP_ANDX: 0x73,
  LOGOFF_ANDX: 0x74,
  TREE_CONNECT_ANDX: 0x75,
  NT_CREATE_ANDX: 0xa2,
  NONE: 0xff,
} as const;

/** Bits of `flags2`. */
export const SMB_FLAGS2 = {
  LONG_NAMES: 0x0001,
  EXTENDED_SECURITY: 0x0800,
  NT_STATUS: 0x4000,
  UNICODE: 0x8000,
} as const;

/** What a header says, besides the command. Signatures are neither made nor checked. */
export interface SmbHeader {
  /** Of a response: 0, or why the request failed. */
  readonly status: number;
  readonly response: boolean;
  readonly flags2: number;
  readonly processId: number;
  readonly treeId: number;
  readonly userId: number;
  /** Which request of a process this is, or which one it answers. */
  readonly multiplexId: number;
}

/** A command as it was received. For a chained one the fields that lead to the next have been read from `words`. */
export interface SmbBlock {
  readonly command: number;
  readonly wordCount: number;
  readonly words: ByteReader;
  /** Its offsets count from the header, as those in messages do. */
  readonly bytes: ByteReader;
}

/** A command to be sent. */
export interface SmbBody {
  readonly command: number;
  /** Without the fields that lead to the next command. An error has none at all, not even those. */
  readonly words?: Uint8Array;
  /** Makes the bytes, which will begin at that offset from the header. */
  readonly bytes?: (at: number) => Uint8Array;
}

export interface SmbMessage {
  readonly header: SmbHeader;
  readonly blocks: readonly [SmbBlock, ...SmbBlock[]];
}

const MAGIC = 0xff53_4d42;
export const SMB_HEADER_BYTES = 32;

const FLAGS_RESPONSE = 0x80;
/** Paths do not depend on case, and are canonical: what every client and server says. */
const FLAGS = 0x18;

/** Commands of one message. Windows chains two, or three with a goodbye; each costs an answer. */
export const SMB_BLOCKS_MAX = 4;

const ANDX_BYTES = 4;
const ANDX_COMMANDS: ReadonlySet<number> = new Set([
  SMB_COMMAND.SESSION_SETUP_ANDX,
  SMB_COMMAND.LOGOFF_ANDX,
  SMB_COMMAND.TREE_CONNECT_ANDX,
  SMB_COMMAND.NT_CREATE_ANDX,
]);

export function decodeSmbMessage(message: Uint8Array): SmbMessage {
  const reader = new ByteReader(message);
  if (reader.uint32('an SMB header') !== MAGIC) throw new DecodeError('an SMB header', 0);
  const command = reader.uint8('a command');
  const header = readHeader(reader);
  const first = decodeBlock(message, command, SMB_HEADER_BYTES);
  const blocks: [SmbBlock, ...SmbBlock[]] = [first.block];
  for (let { next } = first; next !== undefined;) {
    if (blocks.length === SMB_BLOCKS_MAX) throw new DecodeError('the last command', next.at);
    const { block, next: following } = decodeBlock(message, next.command, next.at);
    blocks.push(block);
    next = following;
  }
  return { header, blocks };
}

function readHeader(reader: ByteReader): SmbHeader {
  const status = reader.uint32le('a status');
  const flags = reader.uint8('flags');
  const flags2 = reader.uint16le('flags');
  const processIdHigh = reader.uint16le('a process id');
  reader.skip(10, 'a signature');
  const treeId = reader.uint16le('a tree id');
  const processId = processIdHigh * 0x1_0000 + reader.uint16le('a process id');
  const userId = reader.uint16le('a user id');
  const multiplexId = reader.uint16le('a multiplex id');
  const response = (flags & FLAGS_RESPONSE) !== 0;
  return { status, response, flags2, processId, treeId, userId, multiplexId };
}

interface Next {
  readonly command: number;
  readonly at: number;
}

function decodeBlock(
  message: Uint8Array,
  command: number,
  at: number,
): { readonly block: SmbBlock; readonly next: Next | undefined } {
  const reader = new ByteReader(message, at);
  const wordCount = reader.uint8('a word count');
  const wordsAt = reader.offset;
  reader.skip(2 * wordCount, 'words');
  const words = new ByteReader(message, wordsAt, reader.offset);
  const byteCount = reader.uint16le('a byte count');
  const bytesAt = reader.offset;
  reader.skip(byteCount, 'bytes');
  const bytes = new ByteReader(message, bytesAt, reader.offset);
  const block = { command, wordCount, words, bytes };
  const chained = ANDX_COMMANDS.has(command) && wordCount > 0;
  return { block, next: chained ? readNext(words, reader.offset) : undefined };
}

/** Each command lies behind the one before it, so that no chain leads back. */
function readNext(words: ByteReader, end: number): Next | undefined {
  const command = words.uint8('the next command');
  words.skip(1, 'a reserved byte');
  const at = words.uint16le('an offset');
  if (command === SMB_COMMAND.NONE) return undefined;
  if (at < end) throw new DecodeError('an offset beyond the command', words.offset - 2);
  return { command, at };
}

/** A message of one command, or of several that are chained: all but the last must be of a kind that can be. */
export function encodeSmbMessage(
  header: SmbHeader,
  ...bodies: readonly [SmbBody, ...SmbBody[]]
): Uint8Array {
  const writer = new ByteWriter();
  writeHeader(writer, bodies[0].command, header);
  for (const [index, body] of bodies.entries()) {
    const words = body.words ?? new Uint8Array();
    const chained = ANDX_COMMANDS.has(body.command) && body.words !== undefined;
    const wordBytes = words.length + (chained ? ANDX_BYTES : 0);
    const bytesAt = writer.length + 1 + wordBytes + 2;
    const bytes = body.bytes?.(bytesAt) ?? new Uint8Array();
    writer.uint8(wordBytes / 2);
    if (chained) writeNext(writer, bodies[index + 1], bytesAt + bytes.length);
    writer.bytes(words).uint16le(bytes.length).bytes(bytes);
  }
  return writer.finish();
}

function writeHeader(writer: ByteWriter, command: number, header: SmbHeader): void {
  writer
    .uint32(MAGIC)
    .uint8(command)
    .uint32le(header.status)
    .uint8(header.response ? FLAGS | FLAGS_RESPONSE : FLAGS)
    .uint16le(header.flags2)
    .uint16le(header.processId >>> 16)
    .bytes(new Uint8Array(10))
    .uint16le(header.treeId)
    .uint16le(header.processId)
    .uint16le(header.userId)
    .uint16le(header.multiplexId);
}

function writeNext(writer: ByteWriter, next: SmbBody | undefined, at: number): void {
  writer
    .uint8(next?.command ?? SMB_COMMAND.NONE)
    .uint8(0)
    .uint16le(next === undefined ? 0 : at);
}
