/** The transport beyond one LAN, whose client is not installed with this program. */

import { readFile } from 'node:fs/promises';

import type { Transport } from '@mailslot/core';

import { Failure } from './failure.ts';
import type { Options } from './options.ts';

/** Throws a {@link Failure} if the client is not there. */
export async function natsFor(options: Options): Promise<Transport> {
  const { nats } = await import('@mailslot/core/nats').catch(explain);
  const file = options['nats-creds'];
  const creds = file === undefined ? undefined : await readFile(file, 'utf8');
  return nats({
    servers: options.nats,
    ...(creds !== undefined && { credentials: { creds } }),
  });
}

function explain(error: unknown): never {
  const isMissing = error instanceof Error && 'code' in error;
  if (!isMissing || error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
  throw new Failure(
    'For --nats, install its client beside this program: npm install --global @nats-io/transport-node',
  );
}
