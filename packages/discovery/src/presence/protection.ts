/** What protects the messages of a service: nothing, a secret, or a secret and signatures. */

import { encodeMessage, FLAG, type Message, type SecurityMode } from './message.ts';

/** A message before it is sealed; its body is plain, its flags say nothing of security. */
export type Unsealed = Omit<Message, 'trailer'>;

/** What is proven of a message that came. */
export interface Proof {
  /** In plain. */
  readonly body: Uint8Array;
  /** The public key whose owner signed it; undefined if nobody did, or the key is not known yet. */
  readonly signer: Uint8Array | undefined;
}

/** Each machine has one. It keeps no state that a message could change, but caches. */
export interface Protection {
  readonly mode: SecurityMode;
  /** Octets that sealing adds to header and body. */
  readonly overheadBytes: number;
  /** Our own key, which full announcements carry as PUBKEY; undefined where nothing is signed. */
  readonly publicKey: Uint8Array | undefined;
  seal(message: Unsealed): Uint8Array;
  /**
   * Proves a message of our mode; undefined if it is forged. `datagram` is what `message` was decoded from.
   * `signer`: the key that its id is bound to, if that is known. Throws only a `DecodeError`.
   */
  open(message: Message, datagram: Uint8Array, signer: Uint8Array | undefined): Proof | undefined;
}

const EMPTY = new Uint8Array();

/** Everybody on the segment is believed. */
export const OPEN: Protection = {
  mode: 0,
  overheadBytes: 0,
  publicKey: undefined,
  seal: (message) =>
    encodeMessage({ ...message, flags: message.flags & ~FLAG.SECURITY, trailer: EMPTY }),
  open: ({ body }) => ({ body, signer: undefined }),
};
