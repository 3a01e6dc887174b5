/**
 * What a caller can be told, in the words of Windows.
 *
 * Foreign bytes never end here: they are counted and dropped by the transport that met them.
 */

/** The codes a {@link MailslotError} can carry, each with the number Windows gives it. */
export const ERROR_NUMBERS = {
  /** No mailslot of that name is open on this computer. */
  ERROR_FILE_NOT_FOUND: 2,
  /** The name is missing, or its path leads nowhere. */
  ERROR_PATH_NOT_FOUND: 3,
  /** The operating system, or the owner of a resource, refused. */
  ERROR_ACCESS_DENIED: 5,
  /** The handle, network or transport was closed before the call. */
  ERROR_INVALID_HANDLE: 6,
  /** The operating system has no more of something: files, memory, sockets. */
  ERROR_NOT_ENOUGH_MEMORY: 8,
  /** The writer's mailslot is gone; open it again. */
  ERROR_HANDLE_EOF: 38,
  /** This transport, or this version, cannot do what was asked. */
  ERROR_NOT_SUPPORTED: 50,
  /** The destination cannot be reached, or cannot take a message of this size. */
  ERROR_BAD_NETPATH: 53,
  /** An argument is out of its range. */
  ERROR_INVALID_PARAMETER: 87,
  /** Nothing came within the time given. */
  ERROR_SEM_TIMEOUT: 121,
  /** The message at the head of the queue is larger than the reader will take; it stays there. */
  ERROR_INSUFFICIENT_BUFFER: 122,
  /** The name is not a mailslot name, or not one that can be used here. */
  ERROR_INVALID_NAME: 123,
  /** Something the network needs, such as a port, is already taken. */
  ERROR_BUSY: 170,
  /** Another mailslot of that name is open. */
  ERROR_ALREADY_EXISTS: 183,
  /** The name is longer than this implementation takes. */
  ERROR_FILENAME_EXCED_RANGE: 206,
  /** The call was cancelled by its AbortSignal or by a close. */
  ERROR_OPERATION_ABORTED: 995,
} as const;

/** The name of a Windows error code. */
export type MailslotErrorCode = keyof typeof ERROR_NUMBERS;

/** Every error this library throws or rejects with. The message says what to do. */
export class MailslotError extends Error {
  override readonly name: string = 'MailslotError';
  /** Named as Windows names it. */
  readonly code: MailslotErrorCode;

  constructor(code: MailslotErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }

  /** The number Windows gives this code. */
  get errno(): number {
    return ERROR_NUMBERS[this.code];
  }
}

/** What every call that may take long accepts. */
export interface CallOptions {
  /** Cancels the call: it rejects with `ERROR_OPERATION_ABORTED`. */
  readonly signal?: AbortSignal;
}

/** The error for a call that its signal cancelled. */
export function aborted(what: string, cause?: unknown): MailslotError {
  return new MailslotError('ERROR_OPERATION_ABORTED', `${what} was cancelled.`, { cause });
}

/** Throws if the signal has fired already. */
export function throwIfAborted(signal: AbortSignal | undefined, what: string): void {
  if (signal?.aborted) throw aborted(what, signal.reason);
}

/** Settles as `promise` does, or rejects as soon as the signal fires. */
export function untilAborted<Value>(
  promise: Promise<Value>,
  signal: AbortSignal | undefined,
  what: string,
): Promise<Value> {
  if (signal === undefined) return promise;
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(aborted(what, signal.reason));
    signal.addEventListener('abort', onAbort, { once: true });
    void promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
