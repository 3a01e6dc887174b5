/** What the operating system says of connections, in words that say what to do. */

import { MailslotError, type MailslotErrorCode } from '../../../errors.ts';

const ADVICE: Readonly<Record<string, readonly [code: MailslotErrorCode, advice: string]>> = {
  EADDRINUSE: [
    'ERROR_BUSY',
    'Another program has the port, Samba perhaps: end it, or listen on an address that it does not use.',
  ],
  EACCES: [
    'ERROR_ACCESS_DENIED',
    'Ports below 1024 need privileges. On Linux: setcap cap_net_bind_service=+ep on node, or sysctl net.ipv4.ip_unprivileged_port_start=137.',
  ],
  EADDRNOTAVAIL: ['ERROR_BAD_NETPATH', 'This computer does not have that address.'],
  ECONNREFUSED: [
    'ERROR_BAD_NETPATH',
    'Nothing listens there: the host has no NetBIOS over TCP, or a firewall refuses it.',
  ],
  ECONNRESET: ['ERROR_BAD_NETPATH', 'The host broke the connection off.'],
  EPIPE: ['ERROR_BAD_NETPATH', 'The host broke the connection off.'],
  ETIMEDOUT: ['ERROR_BAD_NETPATH', 'The host does not answer.'],
  EHOSTUNREACH: ['ERROR_BAD_NETPATH', 'The host does not answer.'],
  ENETUNREACH: ['ERROR_BAD_NETPATH', 'No route leads there.'],
};

/** The error to report for one of the operating system's own. */
export function systemError(what: string, cause: unknown): MailslotError {
  const systemCode = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
  const [code, advice] = ADVICE[systemCode] ?? ['ERROR_BAD_NETPATH', 'It may work later.'];
  return new MailslotError(code, `${what} failed (${systemCode}). ${advice}`, { cause });
}
