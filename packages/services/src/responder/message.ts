/**
 * The messages of responders and doorbells, version 1; docs/wire-responder.md has them octet by octet.
 *
 * They are ours, on slots where others speak too: a message is one of these only if it begins with the mark.
 */

import { ByteReader, ByteWriter, DecodeError, utf8Bytes } from '@mailslot/core/internal';

/** Asks all responders of a slot. */
export interface Question {
  readonly kind: 'question';
  /** 16 hexadecimal digits: an answer repeats them. */
  readonly token: string;
  /** Over how many milliseconds the answers are to be spread. */
  readonly windowMs: number;
  /** The mailslot of the asker, at the place the question came from, where answers go. */
  readonly replySlot: string;
  readonly body: Uint8Array;
}

export interface Answer {
  readonly kind: 'answer';
  readonly token: string;
  /** Who answers, as it calls itself. */
  readonly name: string;
  readonly body: Uint8Array;
}

/** Says unasked that a responder is there. */
interface Announcement {
  readonly kind: 'announcement';
  /** When it will say so again at the latest; 0 if it leaves. */
  readonly periodSeconds: number;
  readonly name: string;
  readonly body: Uint8Array;
}

/** There is something to fetch. */
interface Ring {
  readonly kind: 'ring';
  /** Which bell it was: whatever the two agreed on. */
  readonly context: number;
}

export type ResponderMessage = Question | Answer | Announcement | Ring;

/** "MSR" and the version. No text and no known format of these slots begins with it. */
const MARK = Uint8Array.of(0x4d, 0x53, 0x52, 0x01);

const TYPE = { question: 1, answer: 2, announcement: 3, ring: 4 } as const;

export const TOKEN_BYTES = 8;

/**
 * A stranger may ask for its answers at once. They are spread over a while all the same: 200 responders then do not
 * answer in one burst.
 */
export const WINDOW_MS_MIN = 250;

/** One octet of length. */
export const NAME_BYTES_MAX = 255;

/** Whether a message claims to be one of these. */
export function isResponderMessage(bytes: Uint8Array): boolean {
  return bytes.length >= MARK.length && MARK.every((octet, at) => bytes[at] === octet);
}

/** Names must have at most {@link NAME_BYTES_MAX} bytes. */
export function encodeResponderMessage(message: ResponderMessage): Uint8Array {
  const writer = new ByteWriter().bytes(MARK).uint8(TYPE[message.kind]);
  switch (message.kind) {
    case 'question':
      writer.bytes(Buffer.from(message.token, 'hex')).uint16(message.windowMs);
      writeText(writer, message.replySlot);
      return writer.bytes(message.body).finish();
    case 'answer':
      writer.bytes(Buffer.from(message.token, 'hex'));
      writeText(writer, message.name);
      return writer.bytes(message.body).finish();
    case 'announcement':
      writer.uint16(message.periodSeconds);
      writeText(writer, message.name);
      return writer.bytes(message.body).finish();
    case 'ring':
      return writer.uint32(message.context).finish();
  }
}

/** Throws a DecodeError. */
export function decodeResponderMessage(bytes: Uint8Array): ResponderMessage {
  if (!isResponderMessage(bytes)) throw new DecodeError('the mark of version 1', 0);
  const reader = new ByteReader(bytes, MARK.length);
  switch (reader.uint8('a type')) {
    case TYPE.question: {
      const token = readToken(reader);
      const windowMs = reader.uint16('a window');
      const replySlot = readText(reader, 'a reply slot');
      return { kind: 'question', token, windowMs, replySlot, body: bodyOf(reader) };
    }
    case TYPE.answer: {
      const token = readToken(reader);
      return { kind: 'answer', token, name: readText(reader, 'a name'), body: bodyOf(reader) };
    }
    case TYPE.announcement: {
      const periodSeconds = reader.uint16('a period');
      const name = readText(reader, 'a name');
      return { kind: 'announcement', periodSeconds, name, body: bodyOf(reader) };
    }
    case TYPE.ring:
      return { kind: 'ring', context: reader.uint32('a context') };
    default:
      throw new DecodeError('a type of message', MARK.length);
  }
}

function writeText(writer: ByteWriter, text: string): void {
  const bytes = utf8Bytes(text);
  writer.uint8(bytes.length).bytes(bytes);
}

function readText(reader: ByteReader, what: string): string {
  return reader.utf8(reader.uint8(`the length of ${what}`), what);
}

function readToken(reader: ByteReader): string {
  return Buffer.from(reader.bytes(TOKEN_BYTES, 'a token')).toString('hex');
}

/** A copy: the reader's view would hold the buffer of a whole datagram. */
function bodyOf(reader: ByteReader): Uint8Array {
  return new Uint8Array(reader.rest());
}
