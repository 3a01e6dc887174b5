/** What the examples share: the options that say where to meet, and a way to show the text of strangers. */

import { type Transport, udp } from '@mailslot/core';

/** For `parseArgs`. */
export const NETWORK_OPTIONS = {
  /** `--interface eth0`, repeatable; `--interface loopback` stays on this machine. Default: all suitable ones. */
  interface: { type: 'string', multiple: true },
  /** `--port 4000`: a network of one's own, apart from the default port's. */
  port: { type: 'string' },
} as const;

/** The LAN, as those options describe it. */
export function lan(options: { interface?: string[]; port?: string }): Transport {
  return udp({
    ...(options.interface !== undefined && { interfaces: options.interface }),
    ...(options.port !== undefined && { port: Number(options.port) }),
  });
}

/**
 * Text that a terminal only shows. Anyone on the LAN may send anything, and control characters move the cursor, change
 * the title, hide or reorder what was written before.
 */
export function harmless(text: string): string {
  return text.replace(/[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}]/gu, '\uFFFD');
}
