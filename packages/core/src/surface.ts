/**
 * Runs a user's callback. What it throws becomes an uncaught exception of its own, as from any event listener,
 * instead of unwinding the transport that happened to be delivering.
 */
export function surface<Arguments extends readonly unknown[]>(
  callback: (...args: Arguments) => unknown,
  ...args: Arguments
): void {
  try {
    callback(...args);
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
