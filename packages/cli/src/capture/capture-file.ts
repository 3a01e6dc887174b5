/**
 * What tcpdump and Wireshark write: pcap (draft-ietf-opsawg-pcap) and pcapng (draft-ietf-opsawg-pcapng), of either byte
 * order. A file is read as it comes, one packet in memory at a time.
 */

import { UsageError } from '../usage-error.ts';
import { ByteStream } from './byte-stream.ts';

/** A packet as it was captured, perhaps cut short. */
export interface CapturedPacket {
  /** Whole milliseconds since 1970; 0 if the file does not say. */
  readonly time: number;
  /** LINKTYPE_…: what the bytes begin with. */
  readonly linkType: number;
  readonly bytes: Buffer;
}

/** The most that Wireshark captures of a packet; no block of a capture is much larger. */
const BLOCK_BYTES_MAX = 512 * 1024;

/** Wireshark merges captures; nobody has merged as many as that. */
const INTERFACES_MAX = 4096;

/** ECMAScript section 21.4.1.1. */
const TIME_MS_MAX = 8.64e15;

const PCAP_MICROSECONDS = 0xa1b2c3d4;
const PCAP_NANOSECONDS = 0xa1b23c4d;
const PCAP_HEADER_REST_BYTES = 20;
const PCAP_RECORD_BYTES = 16;

const SECTION_HEADER = 0x0a0d0d0a;
const INTERFACE_DESCRIPTION = 1;
const SIMPLE_PACKET = 3;
const ENHANCED_PACKET = 6;
const BYTE_ORDER_MAGIC = 0x1a2b3c4d;
/** Of a block: its type and length before, its length once more behind. */
const BLOCK_FRAME_BYTES = 12;

const OPTION_END = 0;
const OPTION_TIME_RESOLUTION = 9;

/** Every packet of a capture. Throws a UsageError if it is none; one that breaks off ends with its last whole packet. */
export async function* readCapture(
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<CapturedPacket, void, void> {
  const stream = new ByteStream(chunks);
  const magic = await stream.take(4);
  if (magic?.readUInt32LE() === SECTION_HEADER) return yield* readPcapng(stream);
  for (const order of ['little', 'big'] as const) {
    const number = magic === undefined ? 0 : new Fields(magic, order).uint32(0);
    if (number === PCAP_MICROSECONDS) return yield* readPcap(stream, order, 1e3);
    if (number === PCAP_NANOSECONDS) return yield* readPcap(stream, order, 1e6);
  }
  throw new UsageError('That is no capture in the formats pcap or pcapng.');
}

type ByteOrder = 'little' | 'big';

/** Numbers in the byte order of whoever wrote the file. */
class Fields {
  readonly #bytes: Buffer;
  readonly #order: ByteOrder;

  constructor(bytes: Buffer, order: ByteOrder) {
    this.#bytes = bytes;
    this.#order = order;
  }

  uint16(at: number): number {
    return this.#order === 'little' ? this.#bytes.readUInt16LE(at) : this.#bytes.readUInt16BE(at);
  }

  uint32(at: number): number {
    return this.#order === 'little' ? this.#bytes.readUInt32LE(at) : this.#bytes.readUInt32BE(at);
  }
}

async function* readPcap(
  stream: ByteStream,
  order: ByteOrder,
  ticksPerMs: number,
): AsyncGenerator<CapturedPacket, void, void> {
  const header = await stream.take(PCAP_HEADER_REST_BYTES);
  if (header === undefined) return;
  // Above the link type are bits about checksums.
  const linkType = new Fields(header, order).uint32(16) & 0xffff;
  for (;;) {
    const head = await stream.take(PCAP_RECORD_BYTES);
    if (head === undefined) return;
    const record = new Fields(head, order);
    const bytes = await stream.take(checked(record.uint32(8)));
    if (bytes === undefined) return;
    const time = record.uint32(0) * 1000 + Math.floor(record.uint32(4) / ticksPerMs);
    yield { time, linkType, bytes };
  }
}

/** What packets say the number of instead. */
interface Interface {
  readonly linkType: number;
  readonly snapBytes: number;
  readonly ticksPerMs: number;
}

async function* readPcapng(stream: ByteStream): AsyncGenerator<CapturedPacket, void, void> {
  let order: ByteOrder = 'little';
  let interfaces: Interface[] = [];
  // The type of the first block has been read; it is the same in either byte order.
  let type = SECTION_HEADER;
  for (;;) {
    const lead = await stream.take(type === SECTION_HEADER ? 8 : 4);
    if (lead === undefined) return;
    if (type === SECTION_HEADER) {
      order = lead.readUInt32LE(4) === BYTE_ORDER_MAGIC ? 'little' : 'big';
      interfaces = [];
    }
    const length = checked(new Fields(lead, order).uint32(0));
    const rest = await stream.take(Math.max(0, length - 4 - lead.length));
    if (rest === undefined) return;
    const body = rest.subarray(0, Math.max(0, rest.length - 4));
    if (type === INTERFACE_DESCRIPTION && interfaces.length < INTERFACES_MAX) {
      interfaces.push(interfaceOf(body, order));
    }
    const packet = packetOf(type, body, order, interfaces);
    if (packet !== undefined) yield packet;
    const next = await stream.take(4);
    if (next === undefined) return;
    type = new Fields(next, order).uint32(0);
  }
}

function packetOf(
  type: number,
  body: Buffer,
  order: ByteOrder,
  interfaces: readonly Interface[],
): CapturedPacket | undefined {
  const fields = new Fields(body, order);
  if (type === ENHANCED_PACKET && body.length >= 20) {
    const on = interfaces[fields.uint32(0)];
    if (on === undefined) return undefined;
    const ticks = fields.uint32(4) * 2 ** 32 + fields.uint32(8);
    const bytes = body.subarray(20, 20 + fields.uint32(12));
    return { time: timeOf(ticks / on.ticksPerMs), linkType: on.linkType, bytes };
  }
  if (type === SIMPLE_PACKET && body.length >= 4) {
    const [on] = interfaces;
    if (on === undefined) return undefined;
    const length = Math.min(fields.uint32(0), on.snapBytes || Infinity);
    return { time: 0, linkType: on.linkType, bytes: body.subarray(4, 4 + length) };
  }
  return undefined;
}

function interfaceOf(body: Buffer, order: ByteOrder): Interface {
  const usual = { linkType: -1, snapBytes: 0, ticksPerMs: 1e3 };
  if (body.length < 8) return usual;
  const fields = new Fields(body, order);
  let { ticksPerMs } = usual;
  for (let at = 8; at + 4 <= body.length;) {
    const [code, length] = [fields.uint16(at), fields.uint16(at + 2)];
    if (code === OPTION_END) break;
    const value = body[at + 4];
    if (code === OPTION_TIME_RESOLUTION && value !== undefined) {
      ticksPerMs = (value & 0x80 ? 2 ** (value & 0x7f) : 10 ** value) / 1e3;
    }
    at += 4 + Math.ceil(length / 4) * 4;
  }
  return { linkType: fields.uint16(0), snapBytes: fields.uint32(4), ticksPerMs };
}

/** What a Date can hold; a file may claim anything. */
function timeOf(ms: number): number {
  return Math.floor(ms) <= TIME_MS_MAX ? Math.floor(ms) : 0;
}

/** A length that a file claims. */
function checked(length: number): number {
  if (length <= BLOCK_BYTES_MAX + BLOCK_FRAME_BYTES) return length;
  throw new UsageError(`The capture is damaged: it claims a block of ${length} bytes.`);
}
