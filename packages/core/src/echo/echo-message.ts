/** Echo: a question that every station answers, so that a program can tell what reaches whom. docs/wire-echo.md is its page. */

import { ByteReader, ByteWriter, DecodeError } from '../bytes.ts';
import { type SlotPath, slotPath } from '../name.ts';

/** The slot that questions and answers go to. */
export const ECHO_SLOT: SlotPath = slotPath('MPE');

/** By which way a question was sent. Its receiver cannot see that, so the question says it. */
export type EchoWay = 'multicast' | 'broadcast' | 'unicast';

export interface EchoMessage {
  readonly kind: 'question' | 'answer';
  /** An answer repeats that of its question. */
  readonly way: EchoWay;
  /** A question asks for an answer to the whole group besides; an answer is that one. */
  readonly toGroup: boolean;
  /** {@link ECHO_NONCE_BYTES} characters of one byte each, by which an answer is known. */
  readonly nonce: string;
  /** The domain of whoever answers; 0 in a question. */
  readonly domainTag: number;
}

/** Enough that nobody guesses one. */
export const ECHO_NONCE_BYTES = 8;

const KINDS = ['question', 'answer'] as const;
const WAYS = ['multicast', 'broadcast', 'unicast'] as const;
const FLAG_TO_GROUP = 0x01;

/**
 * Kind, way, flags, a reserved octet, the nonce, the domain tag. Questions and answers have the same length: whoever asks
 * in another's name does it no more harm than by writing to it.
 */
export const ECHO_MESSAGE_BYTES: number = 4 + ECHO_NONCE_BYTES + 4;

export function encodeEcho({ kind, way, toGroup, nonce, domainTag }: EchoMessage): Uint8Array {
  return new ByteWriter(ECHO_MESSAGE_BYTES)
    .uint8(KINDS.indexOf(kind))
    .uint8(WAYS.indexOf(way))
    .uint8(toGroup ? FLAG_TO_GROUP : 0)
    .uint8(0)
    .bytes(Buffer.from(nonce, 'latin1'))
    .uint32(domainTag)
    .finish();
}

/** Throws only {@link DecodeError}. What follows the message is passed over. */
export function decodeEcho(bytes: Uint8Array): EchoMessage {
  const reader = new ByteReader(bytes);
  const kind = KINDS[reader.uint8('the kind')];
  if (kind === undefined) throw new DecodeError('a question or an answer', 0);
  const way = WAYS[reader.uint8('the way')];
  if (way === undefined) throw new DecodeError('a known way', 1);
  const flags = reader.uint8('the flags');
  if ((flags & ~FLAG_TO_GROUP) !== 0) throw new DecodeError('known flags', 2);
  reader.skip(1, 'the reserved octet');
  const nonce = String.fromCharCode(...reader.bytes(ECHO_NONCE_BYTES, 'the nonce'));
  const domainTag = reader.uint32('the domain tag');
  return { kind, way, toGroup: flags !== 0, nonce, domainTag };
}
