/** node:net in promises. */

import { once } from 'node:events';
import type { Server } from 'node:net';

/** Rejects with the system's error, `EADDRINUSE` among them; then the server may try again. */
export async function listen(server: Server, path: string): Promise<void> {
  // Exclusive: the primary process of a cluster would otherwise listen in our stead, and outlive us.
  server.listen({ path, exclusive: true });
  await once(server, 'listening');
}

/** Resolves when nothing listens and every connection has ended. */
export function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}
