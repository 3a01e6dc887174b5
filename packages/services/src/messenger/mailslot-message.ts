/** A message in one datagram: what is written to the mailslot `MESSNGR`. Three strings, each ended by a zero. */

import { ByteWriter, DecodeError } from '@mailslot/core/internal';

/** One message, its strings in the sender's code page. */
export interface WireMessage {
  readonly from: Uint8Array;
  readonly to: Uint8Array;
  readonly text: Uint8Array;
}

export const MESSENGER_SLOT = 'MESSNGR';

export function encodeMailslotMessage({ from, to, text }: WireMessage): Uint8Array {
  const writer = new ByteWriter(from.length + to.length + text.length + 3);
  for (const part of [from, to, text]) writer.bytes(part).uint8(0);
  return writer.finish();
}

/** Senders other than Windows leave the last zero out; anything behind it is nobody's. */
export function decodeMailslotMessage(data: Uint8Array): WireMessage {
  const fromEnd = data.indexOf(0);
  if (fromEnd < 0) throw new DecodeError('the end of the name it is from', data.length);
  const toEnd = data.indexOf(0, fromEnd + 1);
  if (toEnd < 0) throw new DecodeError('the end of the name it is to', data.length);
  const textEnd = data.indexOf(0, toEnd + 1);
  return {
    from: data.subarray(0, fromEnd),
    to: data.subarray(fromEnd + 1, toEnd),
    text: data.subarray(toEnd + 1, textEnd < 0 ? data.length : textEnd),
  };
}
