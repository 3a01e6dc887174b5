/**
 * Runs a user's callback. What it throws becomes an uncaught exception of its own, as from any event listener,
 * instead of unwinding the transport that happened to be delivering.
 */
export function surface(callback: () => void): void {
  try {
    callback();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
