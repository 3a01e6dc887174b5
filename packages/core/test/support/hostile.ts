/** What decoders may do with bytes from anywhere. */

import { DecodeError } from '../../src/bytes.ts';

/** Whatever `call` does, it ends well or in a DecodeError, or in one of the other errors that are named. */
export function survives(
  call: () => unknown,
  ...others: readonly (new (...args: never[]) => Error)[]
): void {
  try {
    call();
  } catch (error) {
    if (![DecodeError, ...others].some((kind) => error instanceof kind)) throw error;
  }
}
