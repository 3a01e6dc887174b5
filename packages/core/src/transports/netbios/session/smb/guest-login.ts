/** A login that ends well for everyone: whoever comes is a guest, who may read the lists that are read to all. */

import { decodeNtlmMessage, encodeNtlmChallenge, type NtlmChallenge } from './ntlmssp.ts';
import { decodeSpnegoToken, encodeSpnegoResponse } from './spnego.ts';

export interface LoginStep {
  /** What the client is told. */
  readonly blob: Uint8Array;
  /** False if the client has to answer. */
  readonly done: boolean;
  /** The client had said who it is; it makes no difference, but it is told. */
  readonly guest: boolean;
}

/** A bare NTLM message begins with the N of its signature; anything of SPNEGO with a tag that is none. */
const NTLM_FIRST_BYTE = 0x4e;

/** The next step of a login with extended security. It has no memory: each of the client's messages says which it is. */
export function guestLogin(received: Uint8Array, server: Omit<NtlmChallenge, 'flags'>): LoginStep {
  if (received[0] === NTLM_FIRST_BYTE) return ntlm(received, server);
  const token = decodeSpnegoToken(received);
  // The client would rather have used another mechanism, and learns here that there is only the one.
  if (token === undefined || token[0] !== NTLM_FIRST_BYTE) {
    return { blob: encodeSpnegoResponse('accept-incomplete'), done: false, guest: false };
  }
  const step = ntlm(token, server);
  const blob = step.done
    ? encodeSpnegoResponse('accept-completed')
    : encodeSpnegoResponse('accept-incomplete', step.blob);
  return { ...step, blob };
}

function ntlm(token: Uint8Array, server: Omit<NtlmChallenge, 'flags'>): LoginStep {
  const message = decodeNtlmMessage(token);
  if (message.kind === 'authenticate') {
    return { blob: new Uint8Array(), done: true, guest: !message.anonymous };
  }
  const blob = encodeNtlmChallenge({ ...server, flags: message.flags });
  return { blob, done: false, guest: false };
}
