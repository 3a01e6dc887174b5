/** The SMB message that a mailslot write is: SMB_COM_TRANSACTION to a mailslot ([MS-MAIL] section 2.2.1). */

import { DecodeError } from '../../bytes.ts';
import { oemBytes, oemText } from '../../oem-text.ts';
import { FieldTable } from './field-table.ts';

/** All before the name of the slot. What no receiver looks at has the value that a Windows client gives it. */
const FIELDS = [
  { name: 'protocol', type: 'uint32', section: '[MS-CIFS] 2.2.3.1', value: 0x424d_53ff },
  { name: 'command', type: 'uint8', section: '[MS-CIFS] 2.2.3.1', value: 0x25 },
  { name: 'status', type: 'uint32', section: '[MS-CIFS] 2.2.3.1' },
  { name: 'flags', type: 'uint8', section: '[MS-CIFS] 2.2.3.1', value: 0x18 },
  { name: 'flags2', type: 'uint16', section: '[MS-CIFS] 2.2.3.1', value: 0x0004 },
  { name: 'pidHigh', type: 'uint16', section: '[MS-CIFS] 2.2.3.1' },
  { name: 'securityFeatures', type: { bytes: 8 }, section: '[MS-CIFS] 2.2.3.1' },
  { name: 'reserved', type: 'uint16', section: '[MS-CIFS] 2.2.3.1' },
  { name: 'tid', type: 'uint16', section: '[MS-CIFS] 2.2.3.1' },
  { name: 'pidLow', type: 'uint16', section: '[MS-CIFS] 2.2.3.1', value: 0xfeff },
  { name: 'uid', type: 'uint16', section: '[MS-CIFS] 2.2.3.1' },
  { name: 'mid', type: 'uint16', section: '[MS-CIFS] 2.2.3.1' },
  { name: 'wordCount', type: 'uint8', section: '[MS-CIFS] 2.2.4.33.1', value: 17 },
  { name: 'totalParameterCount', type: 'uint16', section: '[MS-CIFS] 2.2.4.33.1' },
  { name: 'totalDataCount', type: 'uint16', section: '[MS-CIFS] 2.2.4.33.1' },
  { name: 'maxParameterCount', type: 'uint16', section: '[MS-CIFS] 2.2.4.33.1', value: 2 },
  { name: 'maxDataCount', type: 'uint16', section: '[MS-CIFS] 2.2.4.33.1' },
  { name: 'maxSetupCount', type: 'uint8', section: '[MS-CIFS] 2.2.4.33.1' },
  { name: 'reserved1', type: 'uint8', section: '[MS-CIFS] 2.2.4.33.1' },
  { name: 'transactionFlags', type: 'uint16', section: '[MS-CIFS] 2.2.4.33.1', value: 0x0002 },
  { name: 'timeoutMs', type: 'uint32', section: '[MS-CIFS] 2.2.4.33.1' },
  { name: 'reserved2', type: 'uint16', section: '[MS-CIFS] 2.2.4.33.1' },
  { name: 'parameterCount', type: 'uint16', section: '[MS-CIFS] 2.2.4.33.1' },
  { name: 'parameterOffset', type: 'uint16', section: '[MS-CIFS] 2.2.4.33.1' },
  { name: 'dataCount', type: 'uint16', section: '[MS-CIFS] 2.2.4.33.1' },
  { name: 'dataOffset', type: 'uint16', section: '[MS-CIFS] 2.2.4.33.1' },
  { name: 'setupCount', type: 'uint8', section: '[MS-CIFS] 2.2.4.33.1', value: 3 },
  { name: 'reserved3', type: 'uint8', section: '[MS-CIFS] 2.2.4.33.1' },
  { name: 'opcode', type: 'uint16', section: '[MS-CIFS] 2.2.5.12.1', value: 1 },
  { name: 'priority', type: 'uint16', section: '[MS-CIFS] 2.2.5.12.1' },
  { name: 'class', type: 'uint16', section: '[MS-CIFS] 2.2.5.12.1', value: 2 },
  { name: 'byteCount', type: 'uint16', section: '[MS-CIFS] 2.2.4.33.1' },
] as const;

export const MAILSLOT_WRITE: FieldTable<typeof FIELDS> = new FieldTable(FIELDS);

/** The fields of a mailslot write that its meaning does not depend on. */
export type MailslotWriteHeader = Omit<
  ReturnType<typeof MAILSLOT_WRITE.decode>,
  keyof typeof DETERMINED
>;

/** What follows from the data, or must be as it is: the same in every mailslot write. */
const DETERMINED = {
  protocol: 0x424d_53ff,
  command: 0x25,
  wordCount: 17,
  setupCount: 3,
  opcode: 1,
  totalDataCount: undefined,
  dataCount: undefined,
  dataOffset: undefined,
  byteCount: undefined,
} as const;

export interface MailslotWrite {
  /** What follows `\MAILSLOT\`. */
  readonly slot: string;
  readonly data: Uint8Array;
  readonly header: Partial<MailslotWriteHeader>;
}

const PREFIX = '\\MAILSLOT\\';

/** Windows fills up to the next multiple before the data of a mailslot write; not before that of a browser frame. */
export type Alignment = 1 | 4;

/** The whole message: what Windows' datagram service carries ([MS-MAIL] product behaviour note 2). */
export const SMB_BYTES_MAX = 512;

const OFFSET_OF_NAME = MAILSLOT_WRITE.length;

/**
 * The most data a write to that slot can have; negative if the name alone is too long. Of Windows' figures this is the
 * rule: 512 bytes, less the header and the name, rounded up to a multiple of 4.
 */
export function dataBytesMax(slot: string, alignment: Alignment = 4): number {
  return SMB_BYTES_MAX - dataOffset(oemBytes(slot).length, alignment);
}

function dataOffset(nameBytes: number, alignment: Alignment): number {
  const end = OFFSET_OF_NAME + PREFIX.length + nameBytes + 1;
  return Math.ceil(end / alignment) * alignment;
}

/** The caller has seen to it that it fits: see {@link dataBytesMax}. */
export function encodeMailslotWrite(
  { slot, data, header }: MailslotWrite,
  alignment: Alignment = 4,
): Uint8Array {
  const name = oemBytes(PREFIX + slot);
  const offset = dataOffset(name.length - PREFIX.length, alignment);
  const bytes = new Uint8Array(offset + data.length);
  MAILSLOT_WRITE.encode(
    {
      parameterOffset: offset,
      ...header,
      totalDataCount: data.length,
      dataCount: data.length,
      dataOffset: offset,
      byteCount: bytes.length - OFFSET_OF_NAME,
    },
    bytes,
  );
  bytes.set(name, OFFSET_OF_NAME);
  bytes.set(data, offset);
  return bytes;
}

/** Checks what [MS-MAIL] section 3.2.5.1 has a receiver check, and no more. Throws a DecodeError. */
export function decodeMailslotWrite(
  bytes: Uint8Array,
): MailslotWrite & { readonly header: MailslotWriteHeader } {
  const fields = MAILSLOT_WRITE.decode(bytes);
  const { protocol, command, wordCount, setupCount, opcode, ...rest } = fields;
  const isWrite = protocol === DETERMINED.protocol && command === DETERMINED.command;
  if (!isWrite) throw new DecodeError('an SMB transaction', 0);
  if (wordCount !== DETERMINED.wordCount || setupCount !== DETERMINED.setupCount) {
    throw new DecodeError('17 words, 3 of them of setup', 32);
  }
  if (opcode !== DETERMINED.opcode) throw new DecodeError('a mailslot write', 61);
  const { totalDataCount, dataCount, dataOffset, byteCount, ...header } = rest;
  if (totalDataCount !== dataCount) throw new DecodeError('all data in one message', 35);
  if (dataOffset < OFFSET_OF_NAME || dataOffset + dataCount > bytes.length) {
    throw new DecodeError('data within the message', 57);
  }
  const slot = readSlot(bytes, Math.min(OFFSET_OF_NAME + byteCount, bytes.length));
  return { slot, data: bytes.subarray(dataOffset, dataOffset + dataCount), header };
}

/** The name ends in NUL. Padding behind it is whatever the sender had there, and says nothing of where the data is. */
function readSlot(bytes: Uint8Array, end: number): string {
  const nul = bytes.subarray(0, end).indexOf(0, OFFSET_OF_NAME);
  if (nul < 0) throw new DecodeError('the end of a name', end);
  const name = oemText(bytes.subarray(OFFSET_OF_NAME, nul));
  if (name.length === PREFIX.length || name.slice(0, PREFIX.length).toUpperCase() !== PREFIX) {
    throw new DecodeError('a name below \\MAILSLOT\\', OFFSET_OF_NAME);
  }
  return name.slice(PREFIX.length);
}
