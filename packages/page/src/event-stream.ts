/** A stream of states as server-sent events. */

import type { ServerResponse } from 'node:http';

import type { Observable } from 'rxjs';

/**
 * Sends each state as an event, as JSON. While the page does not read, only the newest state waits for it: memory is
 * bounded by two states, and nobody sees old news.
 */
export function streamStates(response: ServerResponse, state$: Observable<unknown>): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.flushHeaders();
  let waiting: string | undefined;
  const subscription = state$.subscribe({
    next: (state) => {
      const event = `data: ${JSON.stringify(state)}\n\n`;
      if (response.writableNeedDrain) waiting = event;
      else response.write(event);
    },
    error: () => response.end(),
    complete: () => response.end(),
  });
  response.on('drain', () => {
    if (waiting !== undefined) response.write(waiting);
    waiting = undefined;
  });
  response.on('close', () => subscription.unsubscribe());
}
