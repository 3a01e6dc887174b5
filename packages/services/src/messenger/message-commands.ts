/** The SMB commands of the Messenger service ([MS-MSRP] 2.2.6, from SMB's first version): a message whole, or in blocks. */

import { type ByteReader, ByteWriter, DecodeError } from '@mailslot/core/internal';
import type { SmbBlock } from '@mailslot/core/netbios/internal';

export const MESSAGE_COMMAND = {
  /** A whole message of one block. */
  SINGLE: 0xd0,
  /** Whom a message of several blocks is from and to. It is answered with a number for the message. */
  START: 0xd5,
  /** It is complete. */
  END: 0xd6,
  /** One block of its text. */
  TEXT: 0xd7,
} as const;

/** Of text, in bytes. */
export const BLOCK_BYTES_MAX = 128;

/** Windows takes 15 characters for a name; some senders write a sentence. Longer ones are an attempt at something else. */
export const NAME_BYTES_MAX = 255;

export type MessageCommand =
  | {
      readonly command: typeof MESSAGE_COMMAND.SINGLE;
      readonly from: Uint8Array;
      readonly to: Uint8Array;
      readonly text: Uint8Array;
    }
  | {
      readonly command: typeof MESSAGE_COMMAND.START;
      readonly from: Uint8Array;
      readonly to: Uint8Array;
    }
  | {
      readonly command: typeof MESSAGE_COMMAND.TEXT;
      readonly group: number;
      readonly text: Uint8Array;
    }
  | { readonly command: typeof MESSAGE_COMMAND.END; readonly group: number };

const FORMAT_TEXT = 0x01;
const FORMAT_STRING = 0x04;

const MAGIC = 0xff53_4d42;

/** A header has nothing but the command: no session, no tree, no user. */
const HEADER_REST_BYTES = 27;

export function encodeMessageCommand(command: MessageCommand): Uint8Array {
  const bytes = new ByteWriter();
  if ('from' in command) {
    for (const name of [command.from, command.to]) {
      bytes.uint8(FORMAT_STRING).bytes(name).uint8(0);
    }
  }
  if ('text' in command) {
    bytes.uint8(FORMAT_TEXT).uint16le(command.text.length).bytes(command.text);
  }
  const writer = new ByteWriter()
    .uint32(MAGIC)
    .uint8(command.command)
    .bytes(new Uint8Array(HEADER_REST_BYTES));
  if ('group' in command) writer.uint8(1).uint16le(command.group);
  else writer.uint8(0);
  return writer.uint16le(bytes.length).bytes(bytes.finish()).finish();
}

/** Undefined if it is another command than those of the Messenger service. */
export function decodeMessageCommand(block: SmbBlock): MessageCommand | undefined {
  const { command, words, bytes } = block;
  switch (command) {
    case MESSAGE_COMMAND.SINGLE:
      expectWords(block, 0);
      return { command, from: readName(bytes), to: readName(bytes), text: readText(bytes) };
    case MESSAGE_COMMAND.START:
      expectWords(block, 0);
      return { command, from: readName(bytes), to: readName(bytes) };
    case MESSAGE_COMMAND.TEXT:
      expectWords(block, 1);
      return { command, group: words.uint16le('a message group'), text: readText(bytes) };
    case MESSAGE_COMMAND.END:
      expectWords(block, 1);
      return { command, group: words.uint16le('a message group') };
    default:
      return undefined;
  }
}

/** What a START is answered with. Samba leaves the number out: it has one message on a session. */
export function decodeStarted({ wordCount, words }: SmbBlock): number {
  return wordCount === 0 ? 0 : words.uint16le('a message group');
}

function expectWords({ wordCount, words }: SmbBlock, count: number): void {
  if (wordCount !== count) throw new DecodeError(`a word count of ${count}`, words.offset - 1);
}

function readName(bytes: ByteReader): Uint8Array {
  expectFormat(bytes, FORMAT_STRING);
  const length = bytes.peek().indexOf(0);
  if (length < 0) throw new DecodeError('the end of a name', bytes.offset);
  if (length > NAME_BYTES_MAX) {
    throw new DecodeError(`a name of at most ${NAME_BYTES_MAX} bytes`, bytes.offset);
  }
  const name = bytes.bytes(length, 'a name');
  bytes.skip(1, 'the end of a name');
  return name;
}

function readText(bytes: ByteReader): Uint8Array {
  expectFormat(bytes, FORMAT_TEXT);
  const length = bytes.uint16le('the length of a text');
  if (length > BLOCK_BYTES_MAX) {
    throw new DecodeError(`a block of at most ${BLOCK_BYTES_MAX} bytes`, bytes.offset - 2);
  }
  return bytes.bytes(length, 'a text');
}

function expectFormat(bytes: ByteReader, format: number): void {
  const { offset } = bytes;
  if (bytes.uint8('a buffer format') !== format) {
    throw new DecodeError(`buffer format ${format}`, offset);
  }
}
