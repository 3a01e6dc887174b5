/** What the operating system refuses, in words that say what to do about the ports of NetBIOS. */

import { MailslotError } from '../../errors.ts';
import { errorCode, systemError as udpError } from '../udp/advice.ts';

/** The error to report for one of the operating system's own. */
export function systemError(what: string, cause: unknown): MailslotError {
  if (errorCode(cause) !== 'EACCES') return udpError(what, cause);
  return new MailslotError(
    'ERROR_ACCESS_DENIED',
    `${what} failed (EACCES): ports below 1024 need a privilege. Give it to Node with ` +
      '`sudo setcap cap_net_bind_service=+ep "$(readlink -f "$(command -v node)")"`, or to all programs of this ' +
      'computer with `sudo sysctl net.ipv4.ip_unprivileged_port_start=137`, or run this program as root.',
    { cause },
  );
}
