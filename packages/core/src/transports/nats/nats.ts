/**
 * Mailslots beyond one LAN, over NATS servers. Needs the package `@nats-io/transport-node` besides.
 *
 * @example
 * ```ts
 * import { joinNetwork } from '@mailslot/core';
 * import { nats } from '@mailslot/core/nats';
 *
 * const network = await joinNetwork({ transports: [nats({ servers: 'nats://nats.example.org' })] });
 * ```
 *
 * @packageDocumentation
 */

import type { Transport } from '../transport.ts';
import { NatsTransport } from './nats-transport.ts';
import { type NatsOptions, parseOptions } from './options.ts';

export type { NatsCredentials, NatsOptions, NatsTls } from './options.ts';

/**
 * The transport for stations that share NATS servers, wherever they are: at most once, nothing is stored. Messages may
 * have 64 KiB, or less if the server takes less.
 *
 * A server that is away is no error: joining goes on without it, tells of it as a `problem`, and it is used once it is
 * there. One that refuses the credentials rejects joining with `ERROR_ACCESS_DENIED`; if it does so later, that is a
 * `problem`, and it is asked again every half minute.
 *
 * Throws `ERROR_INVALID_PARAMETER` for options out of range.
 */
export function nats(options: NatsOptions): Transport {
  return new NatsTransport(parseOptions(options));
}
