/** SMB_COM_TRANSACTION on a named pipe ([MS-CIFS] 2.2.4.33): parameters and data there, parameters and data back. */

import { type ByteReader, ByteWriter, DecodeError } from '../../../../bytes.ts';
import { SMB_COMMAND, SMB_HEADER_BYTES, type SmbBlock, type SmbBody } from './smb-message.ts';
import { readSmbText, writeSmbText } from './smb-text.ts';

/** What is asked of a pipe. */
export interface Transaction {
  /** Such as `\PIPE\LANMAN`. */
  readonly name: string;
  readonly parameters: Uint8Array;
  readonly data: Uint8Array;
  /** What the client has room for. */
  readonly parameterBytesMax: number;
  readonly dataBytesMax: number;
}

export interface TransactionResult {
  readonly parameters: Uint8Array;
  readonly data: Uint8Array;
}

/** A request as its message carries it. */
export interface TransactionRequest extends Transaction {
  /** False if more of it is to follow in other messages. */
  readonly whole: boolean;
  /** The tree is to be disconnected once this is done. */
  readonly disconnects: boolean;
  /** No answer is wanted. */
  readonly oneWay: boolean;
}

const FLAG_DISCONNECT = 0x0001;
const FLAG_ONE_WAY = 0x0002;

const REQUEST_WORDS = 14;
const RESPONSE_WORDS = 10;

/** Where the bytes begin in a message of one command with so many words. */
function bytesOffset(wordCount: number): number {
  return SMB_HEADER_BYTES + 1 + 2 * wordCount + 2;
}

/** Parameters and data begin at multiples of this. */
const ALIGNMENT = 4;

function aligned(offset: number): number {
  return Math.ceil(offset / ALIGNMENT) * ALIGNMENT;
}

export function encodeTransactionRequest(transaction: Transaction): SmbBody {
  const { parameters, data } = transaction;
  const at = bytesOffset(REQUEST_WORDS);
  const bytes = new ByteWriter();
  writeSmbText(bytes, transaction.name, { unicode: false, at });
  const parameterOffset = append(bytes, at, parameters);
  const dataOffset = append(bytes, at, data);
  const words = new ByteWriter()
    .uint16le(parameters.length)
    .uint16le(data.length)
    .uint16le(transaction.parameterBytesMax)
    .uint16le(transaction.dataBytesMax)
    // No setup words, no flags, no timeout.
    .bytes(new Uint8Array(10))
    .uint16le(parameters.length)
    .uint16le(parameterOffset)
    .uint16le(data.length)
    .uint16le(dataOffset)
    .uint16le(0);
  return { command: SMB_COMMAND.TRANSACTION, words: words.finish(), bytes: () => bytes.finish() };
}

/** Appends a part, aligned; says where in the message it is. */
function append(writer: ByteWriter, at: number, part: Uint8Array): number {
  const end = at + writer.length;
  const offset = part.length === 0 ? end : aligned(end);
  writer.bytes(new Uint8Array(offset - end)).bytes(part);
  return offset;
}

export function decodeTransactionRequest(
  message: Uint8Array,
  { wordCount, words, bytes }: SmbBlock,
  unicode: boolean,
): TransactionRequest {
  if (wordCount < REQUEST_WORDS) throw new DecodeError('the words of a transaction', words.offset);
  const totalParameterBytes = words.uint16le('a count of parameters');
  const totalDataBytes = words.uint16le('a count of data');
  const parameterBytesMax = words.uint16le('room for parameters');
  const dataBytesMax = words.uint16le('room for data');
  words.skip(2, 'room for setup words');
  const flags = words.uint16le('flags');
  words.skip(6, 'a timeout');
  const parameters = readPart(message, words, bytes);
  const data = readPart(message, words, bytes);
  return {
    name: readSmbText(bytes, unicode),
    parameters,
    data,
    parameterBytesMax,
    dataBytesMax,
    whole: parameters.length === totalParameterBytes && data.length === totalDataBytes,
    disconnects: (flags & FLAG_DISCONNECT) !== 0,
    oneWay: (flags & FLAG_ONE_WAY) !== 0,
  };
}

/** Reads a length and an offset from the words, and what they point to, which lies in the bytes. */
function readPart(message: Uint8Array, words: ByteReader, bytes: ByteReader): Uint8Array {
  const length = words.uint16le('a count of bytes');
  const offset = words.uint16le('an offset');
  return slice(message, bytes, offset, length);
}

function slice(message: Uint8Array, bytes: ByteReader, offset: number, length: number): Uint8Array {
  if (length === 0) return new Uint8Array();
  const end = bytes.offset + bytes.remaining;
  if (offset < bytes.offset || offset + length > end) {
    throw new DecodeError(`${length} bytes within those of the message`, offset);
  }
  return message.subarray(offset, offset + length);
}

/** The responses that carry a result, in messages that the client has room for. */
export function* encodeTransactionResponses(
  { parameters, data }: TransactionResult,
  messageBytesMax: number,
): Generator<SmbBody, void, undefined> {
  const parametersAt = aligned(bytesOffset(RESPONSE_WORDS));
  let dataSent = 0;
  do {
    // The parameters, some ten bytes, go with the first.
    const part = dataSent === 0 ? parameters : new Uint8Array();
    const dataAt = aligned(parametersAt + part.length);
    const room = Math.max(ALIGNMENT, messageBytesMax - dataAt);
    const chunk = data.subarray(dataSent, dataSent + room);
    yield {
      command: SMB_COMMAND.TRANSACTION,
      words: new ByteWriter()
        .uint16le(parameters.length)
        .uint16le(data.length)
        .uint16le(0)
        .uint16le(part.length)
        .uint16le(parametersAt)
        .uint16le(part.length === 0 ? parameters.length : 0)
        .uint16le(chunk.length)
        .uint16le(dataAt)
        .uint16le(dataSent)
        .uint16le(0)
        .finish(),
      bytes(at) {
        const writer = new ByteWriter();
        append(writer, at, part);
        append(writer, at, chunk);
        return writer.finish();
      },
    };
    dataSent += chunk.length;
  } while (dataSent < data.length);
}

/** Puts together a result that comes in one response or in several, in any order. */
export class TransactionAssembly {
  readonly #parameters: Part;
  readonly #data: Part;

  /** More than was asked for is refused. */
  constructor({ parameterBytesMax, dataBytesMax }: Transaction) {
    this.#parameters = new Part(parameterBytesMax);
    this.#data = new Part(dataBytesMax);
  }

  /** Takes a response. The result, once it is whole. */
  add(message: Uint8Array, { wordCount, words, bytes }: SmbBlock): TransactionResult | undefined {
    if (wordCount < RESPONSE_WORDS) throw new DecodeError('the words of a response', words.offset);
    this.#parameters.announce(words.uint16le('a count of parameters'));
    this.#data.announce(words.uint16le('a count of data'));
    words.skip(2, 'reserved words');
    const progress = [this.#parameters, this.#data].map((part) => {
      const length = words.uint16le('a count of bytes');
      const offset = words.uint16le('an offset');
      const displacement = words.uint16le('a displacement');
      part.add(slice(message, bytes, offset, length), displacement);
      return length;
    });
    if (this.#parameters.whole && this.#data.whole) {
      return { parameters: this.#parameters.bytes, data: this.#data.bytes };
    }
    // Otherwise empty responses could keep us waiting for ever.
    if (progress.every((length) => length === 0)) throw new DecodeError('some of a result', 0);
    return undefined;
  }
}

class Part {
  readonly #bytesMax: number;
  #bytes: Uint8Array | undefined;
  #total = 0;
  #received = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get whole(): boolean {
    return this.#received >= this.#total;
  }

  get bytes(): Uint8Array {
    return (this.#bytes ?? new Uint8Array()).subarray(0, this.#total);
  }

  /** How long it is in all: a later response may take back some of what an earlier one promised. */
  announce(total: number): void {
    if (total > (this.#bytes?.length ?? this.#bytesMax)) {
      throw new DecodeError(`at most ${this.#bytesMax} bytes`, SMB_HEADER_BYTES);
    }
    this.#bytes ??= new Uint8Array(total);
    this.#total = total;
  }

  add(chunk: Uint8Array, displacement: number): void {
    if (chunk.length === 0) return;
    if (displacement + chunk.length > this.#total) {
      throw new DecodeError('a part within the whole', SMB_HEADER_BYTES);
    }
    this.#bytes?.set(chunk, displacement);
    this.#received += chunk.length;
  }
}
