/** What a reader gets ({@link Message}) and what transports carry ({@link Datagram}). */

import type { Source } from './transports/transport.ts';

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

/** One message, as a reader takes it from its mailslot. */
export class Message {
  /** The bytes that were written; the reader's own copy. */
  readonly data: Uint8Array;
  /** The computer that wrote it, upper case; empty if it did not say. Anyone can claim any name. */
  readonly from: string;
  /** The name it was written to, for example `\\*\mailslot\lobby`. */
  readonly to: string;
  /** The transport that brought it: `local`, `udp`, … */
  readonly transport: string;
  /** Milliseconds since 1970, by this computer's clock. */
  readonly receivedAt: number;

  constructor(data: Uint8Array, from: string, to: string, transport: string, receivedAt: number) {
    this.data = data;
    this.from = from;
    this.to = to;
    this.transport = transport;
    this.receivedAt = receivedAt;
  }

  /** The message as UTF-8 text; malformed bytes become U+FFFD. */
  text(): string {
    return utf8.decode(this.data);
  }
}

/** Whom a datagram was meant for, as its sender said it. */
export type Address =
  /** Every station of the domain whose {@link domainTag} this is. */
  | { readonly kind: 'domain'; readonly tag: number }
  /** Every station whose computer or domain bears this name (folded). */
  | { readonly kind: 'name'; readonly name: string }
  /** This station alone: it came by unicast, or over a channel of this computer. */
  | { readonly kind: 'direct' }
  /** The one station of this id, though it came to another: a bridge, which is to relay it. */
  | { readonly kind: 'station'; readonly station: string };

/** One message between stations, as every transport hands it to the network. */
export interface Datagram {
  /** The folded path of the slot. */
  readonly slot: string;
  readonly address: Address;
  /** The sending station: {@link STATION_ID_BYTES} random bytes, one character each. */
  readonly station: string;
  /** The sender's count of messages, modulo 2³². With `station` it names the message: copies are dropped. */
  readonly sequence: number;
  /** The sender's computer name, folded; empty if it did not say. */
  readonly from: string;
  readonly source: Source;
  /** The receiver may keep it: a transport never writes to it again. */
  readonly data: Uint8Array;
  /** A bridge has brought it from another network: no bridge takes it further. */
  readonly relayed?: boolean;
  /** Others hold the same bytes: whoever hands them to a user hands over a copy. */
  readonly shared?: boolean;
}

/** A station lives as long as its process; 48 random bits keep 10 000 of them apart (collision: 2 in 10⁷). */
export const STATION_ID_BYTES = 6;
