/** What the operating system refuses, in words that say what to do. */

import type { MailslotErrorCode } from '../../errors.ts';
import { MailslotError } from '../../errors.ts';

type Advice = readonly [code: MailslotErrorCode, advice: string];

const ADVICE: Readonly<Record<string, Advice>> = {
  EADDRINUSE: [
    'ERROR_BUSY',
    'Another program holds the port and does not share it: end that program, or choose another port for every station with udp({ port }).',
  ],
  EACCES: [
    'ERROR_ACCESS_DENIED',
    'The operating system refused: ports below 1024 need privileges, and a sandbox or firewall may forbid the rest.',
  ],
  EPERM: [
    'ERROR_ACCESS_DENIED',
    'The operating system refused: a firewall or sandbox forbids it; allow UDP on this port.',
  ],
  ENOBUFS: [
    'ERROR_NOT_ENOUGH_MEMORY',
    'The operating system has no more room; on Linux a socket joins at most net.ipv4.igmp_max_memberships groups.',
  ],
  EMFILE: ['ERROR_NOT_ENOUGH_MEMORY', 'This process has too many open files: raise `ulimit -n`.'],
  ENODEV: [
    'ERROR_BAD_NETPATH',
    'The interface is gone, or takes no multicast: leave it out with udp({ interfaces }).',
  ],
  EADDRNOTAVAIL: ['ERROR_BAD_NETPATH', 'The interface has lost that address; it is tried again.'],
  ENETUNREACH: ['ERROR_BAD_NETPATH', 'No route leads there.'],
  EHOSTUNREACH: [
    'ERROR_BAD_NETPATH',
    'The host cannot be reached. On macOS 15 and later allow this program under System Settings, Privacy & Security, Local Network.',
  ],
};

/** The error to report for one of the operating system's own. */
export function systemError(what: string, cause: unknown): MailslotError {
  const systemCode = errorCode(cause);
  const [code, advice] = ADVICE[systemCode] ?? ['ERROR_BAD_NETPATH', 'It is tried again.'];
  return new MailslotError(code, `${what} failed (${systemCode}). ${advice}`, { cause });
}

/** `EADDRINUSE` and the like. */
export function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
}
