/** What a RAP server says went wrong: error codes of Windows, and of its network functions ([MS-RAP] 2.2). */

import { MailslotError } from '@mailslot/core';

export const RAP_ERROR = {
  SUCCESS: 0,
  ERROR_INVALID_FUNCTION: 1,
  ERROR_ACCESS_DENIED: 5,
  ERROR_NOT_SUPPORTED: 50,
  /** The server is no browser that is to be asked. */
  ERROR_REQ_NOT_ACCEP: 71,
  ERROR_INVALID_PARAMETER: 87,
  ERROR_INVALID_LEVEL: 124,
  /** The list is longer than the client's buffer: this is its beginning. */
  ERROR_MORE_DATA: 234,
  /** The client asked for another domain than ours, of whose hosts we know nothing. */
  NERR_DevNotRedirected: 2107,
  /** Not even one entry fits the client's buffer. */
  NERR_BufTooSmall: 2123,
  ERROR_NO_BROWSER_SERVERS_FOUND: 6118,
} as const;

/** The error to tell a caller. */
export function rapError(code: number): MailslotError {
  switch (code) {
    case RAP_ERROR.ERROR_ACCESS_DENIED:
      return new MailslotError('ERROR_ACCESS_DENIED', 'The server does not show its list to all.');
    case RAP_ERROR.ERROR_REQ_NOT_ACCEP:
      return new MailslotError(
        'ERROR_BAD_NETPATH',
        'The server has no list: ask a master or backup browser.',
      );
    case RAP_ERROR.NERR_DevNotRedirected:
      return new MailslotError(
        'ERROR_BAD_NETPATH',
        'The server does not know that domain: ask a browser of the domain itself.',
      );
    case RAP_ERROR.ERROR_NOT_SUPPORTED:
    case RAP_ERROR.ERROR_INVALID_FUNCTION:
      return new MailslotError('ERROR_NOT_SUPPORTED', 'The server does not know that question.');
    default:
      return new MailslotError('ERROR_BAD_NETPATH', `The server refused its list: error ${code}.`);
  }
}
