import { DecodeError } from '@mailslot/core/internal';

/** True if the action throws a {@link DecodeError} or nothing. Any other error goes through. */
export function throwsDecodeErrorAtMost(action: () => unknown): boolean {
  try {
    action();
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
  }
  return true;
}
