/** Who may ask for what: the requests of the page itself, and of nobody else. Pure. */

import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';

/** Why a request is refused, as an HTTP status. */
export type Refusal = 401 | 403 | 421;

/**
 * Refuses requests from pages of others. They can make a browser send requests here, and by DNS rebinding can even read
 * the answers: their name then leads to this computer, but it is still their name that the browser puts into `Host`.
 */
export function refuseForeign(headers: IncomingHttpHeaders, port: number): Refusal | undefined {
  const { host, origin } = headers;
  if (host === undefined || !isOwnHost(host, port)) return 421;
  if (origin !== undefined && origin !== `http://${host}`) return 403;
  const { 'sec-fetch-site': site = 'none', 'sec-fetch-dest': destination } = headers;
  // `none`: typed into the address bar, or opened by a program. And a link may lead here from anywhere.
  const isOwn = site === 'same-origin' || site === 'none' || destination === 'document';
  return isOwn ? undefined : 403;
}

/** An address cannot be made to lead elsewhere, as a name can. */
function isOwnHost(host: string, port: number): boolean {
  const [, name, shownPort = '80'] = /^(\[[^\]]*\]|[^:]*)(?::(\d+))?$/.exec(host) ?? [];
  if (name === undefined || Number(shownPort) !== port) return false;
  return name === 'localhost' || isIP(name.replaceAll(/[[\]]/g, '')) !== 0;
}

/** Refuses requests without the token: other users of this computer reach the port as well. */
export function refuseStranger(
  given: string | undefined | null,
  token: string,
): Refusal | undefined {
  return given && timingSafeEqual(digest(given), digest(token)) ? undefined : 401;
}

/** Of one length, whatever was given. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
