/** Failures of the operating system, in the words of Windows. */

import { MailslotError, type MailslotErrorCode } from '../../errors.ts';

const CODES: Readonly<Record<string, MailslotErrorCode>> = {
  ENOENT: 'ERROR_PATH_NOT_FOUND',
  ENOTDIR: 'ERROR_PATH_NOT_FOUND',
  ENAMETOOLONG: 'ERROR_FILENAME_EXCED_RANGE',
  EMFILE: 'ERROR_NOT_ENOUGH_MEMORY',
  ENFILE: 'ERROR_NOT_ENOUGH_MEMORY',
  ENOBUFS: 'ERROR_NOT_ENOUGH_MEMORY',
  ENOMEM: 'ERROR_NOT_ENOUGH_MEMORY',
  ENOSPC: 'ERROR_NOT_ENOUGH_MEMORY',
  EDQUOT: 'ERROR_NOT_ENOUGH_MEMORY',
  EADDRINUSE: 'ERROR_BUSY',
  EAGAIN: 'ERROR_BUSY',
  EEXIST: 'ERROR_BUSY',
};

/** Node's name for what went wrong, such as `ENOENT`; undefined if it is no error of the operating system. */
export function systemCode(error: unknown): string | undefined {
  return error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
}

/** What failed, why, and what to do about it. Whatever the system says that is not in the table amounts to "no". */
export function fromSystem(error: unknown, failed: string, advice: string): MailslotError {
  if (error instanceof MailslotError) return error;
  const code = CODES[systemCode(error) ?? ''] ?? 'ERROR_ACCESS_DENIED';
  const reason = error instanceof Error ? error.message : String(error);
  const remedy = code === 'ERROR_NOT_ENOUGH_MEMORY' ? 'Close what is not needed.' : advice;
  return new MailslotError(code, `${failed}: ${reason}. ${remedy}`, { cause: error });
}
