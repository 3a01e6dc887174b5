/** What an application says within a message. */

import { utf8Bytes } from '@mailslot/core/internal';

/** Text goes as UTF-8. */
export function bytesOf(body: Uint8Array | string): Uint8Array {
  return typeof body === 'string' ? utf8Bytes(body) : body;
}
