/**
 * Mailslot writes that no specification allows, as Samba's nmbd reads them: it goes by a few fields and believes no
 * others. A capture that is examined may hold such a one, and what it did to Samba is to be seen.
 */

import { DecodeError } from '@mailslot/core/internal';
import { type DatagramBody, decodeBody } from '@mailslot/core/netbios/internal';

export interface LaxWrite extends Pick<DatagramBody, 'from' | 'to'> {
  readonly slot: string;
  readonly data: Uint8Array;
}

/** What precedes the names of a datagram, whose length nmbd does not look at. */
const DATAGRAM_HEADER_BYTES = 14;

/** Offsets in an SMB transaction ([MS-CIFS] 2.2.4.33.1). */
const COMMAND_AT = 4;
const WORD_COUNT_AT = 32;
const DATA_COUNT_AT = 55;
const DATA_OFFSET_AT = 57;
const TRANSACTION = 0x25;
/** Of a transaction without setup words, which may follow. */
const WORDS_MIN = 14;

const PREFIX = '\\MAILSLOT\\';

/** Throws a DecodeError for what Samba does not take for a mailslot write either. */
export function decodeLaxWrite(payload: Buffer): LaxWrite {
  const { from, to, data: body } = decodeBody(payload.subarray(DATAGRAM_HEADER_BYTES));
  const smb = Buffer.from(body.buffer, body.byteOffset, body.length);
  if (smb.length <= DATA_OFFSET_AT + 2 || smb[COMMAND_AT] !== TRANSACTION) {
    throw new DecodeError('an SMB transaction', 0);
  }
  const words = smb[WORD_COUNT_AT]!;
  // The words, and the number of bytes that follow them.
  const nameAt = WORD_COUNT_AT + 1 + 2 * words + 2;
  const name = smb.toString('latin1', nameAt, smb.indexOf(0, nameAt));
  if (words < WORDS_MIN || !name.toUpperCase().startsWith(PREFIX)) {
    throw new DecodeError('a name below \\MAILSLOT\\', nameAt);
  }
  const [count, offset] = [smb.readUInt16LE(DATA_COUNT_AT), smb.readUInt16LE(DATA_OFFSET_AT)];
  if (offset + count > smb.length) throw new DecodeError('data within the message', offset);
  const data = new Uint8Array(smb.subarray(offset, offset + count));
  return { from, to, slot: name.slice(PREFIX.length), data };
}
