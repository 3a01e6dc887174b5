/** Observables as loops. */

import type { Observable } from 'rxjs';

/** Yields what an observable emits, and ends or throws as it does. Leaving the loop unsubscribes. */
export async function* iterate<Value>(
  source: Observable<Value>,
): AsyncGenerator<Value, void, void> {
  const waiting: Value[] = [];
  let end: { readonly error?: unknown } | undefined;
  let wake: (() => void) | undefined;
  const subscription = source.subscribe({
    next(value) {
      waiting.push(value);
      wake?.();
    },
    error(error: unknown) {
      end = { error };
      wake?.();
    },
    complete() {
      end = {};
      wake?.();
    },
  });
  try {
    for (;;) {
      yield* waiting.splice(0);
      if (waiting.length > 0) continue;
      if (end !== undefined) break;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    if ('error' in end) throw end.error;
  } finally {
    subscription.unsubscribe();
  }
}
