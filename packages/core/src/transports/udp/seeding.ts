/** What stations say to one another so that seeds can work; docs/wire-udp.md has the page for people. */

import { ByteReader, ByteWriter, DecodeError } from '../../bytes.ts';
import { PLACE_BYTES_MAX } from '../transport.ts';
import { DATAGRAM_BYTES_MAX } from './fragments.ts';

/** The slot that these messages go to, by unicast. It is the transport's own: nothing of it reaches the floors above. */
export const SEEDING_SLOT = 'MPU';

/** Drawn or computed by one side, echoed by the other: 2⁶⁴ are too many to guess within its minute. */
export const TOKEN_BYTES = 8;

/** What a hello shows that has no cookie yet. */
export const NO_COOKIE: Uint8Array = new Uint8Array(TOKEN_BYTES);

/** As many as fit, with room for the frame. */
export const PLACES_MAX: number = Math.trunc((DATAGRAM_BYTES_MAX - 64) / (1 + 19));

/** These values are part of the protocol: only append. */
const HELLO = 1;
const COOKIE = 2;
const PLACES = 3;

export type SeedingMessage =
  /** "Write to me what you write to everyone." The token is the sender's; the cookie what the receiver gave it, if any. */
  | { readonly type: 'hello'; readonly token: Uint8Array; readonly cookie: Uint8Array }
  /** "Say that again with this cookie": whoever can has received it, and so is where it claims to be. */
  | { readonly type: 'cookie'; readonly token: Uint8Array; readonly cookie: Uint8Array }
  /** "I do, and these are the others that I know." */
  | { readonly type: 'places'; readonly token: Uint8Array; readonly places: readonly Uint8Array[] };

export function encodeSeeding(message: SeedingMessage): Uint8Array {
  const writer = new ByteWriter();
  if (message.type === 'places') {
    writer.uint8(PLACES).bytes(message.token);
    for (const place of message.places) writer.uint8(place.length).bytes(place);
  } else {
    const type = message.type === 'hello' ? HELLO : COOKIE;
    writer.uint8(type).bytes(message.token).bytes(message.cookie);
  }
  return writer.finish();
}

/** Undefined for a type of later versions. Throws only {@link DecodeError}. */
export function decodeSeeding(bytes: Uint8Array): SeedingMessage | undefined {
  const reader = new ByteReader(bytes);
  const type = reader.uint8('the type');
  const token = reader.bytes(TOKEN_BYTES, 'the token').slice();
  switch (type) {
    case HELLO:
      return { type: 'hello', token, cookie: reader.bytes(TOKEN_BYTES, 'the cookie').slice() };
    case COOKIE:
      return { type: 'cookie', token, cookie: reader.bytes(TOKEN_BYTES, 'the cookie').slice() };
    case PLACES:
      return { type: 'places', token, places: readPlaces(reader) };
    default:
      return undefined;
  }
}

function readPlaces(reader: ByteReader): Uint8Array[] {
  const places: Uint8Array[] = [];
  while (reader.remaining > 0) {
    const length = reader.uint8('the length of a place');
    if (length > PLACE_BYTES_MAX || places.length === PLACES_MAX) {
      throw new DecodeError('no more places, and no longer ones', reader.offset - 1);
    }
    places.push(reader.bytes(length, 'a place').slice());
  }
  return places;
}
