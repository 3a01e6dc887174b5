/** Why do I see nobody? The public door of the examination. */

import { type CallOptions, throwIfAborted } from '../errors.ts';
import type { LocalOptions } from '../transports/local/local.ts';
import type { UdpOptions } from '../transports/udp/options.ts';
import type { Finding } from './finding.ts';

/** What the program that sees nobody gives to `udp()`, `local()` and `joinNetwork()`. */
export interface DiagnoseOptions extends UdpOptions, LocalOptions, CallOptions {
  /** Default `WORKGROUP`. */
  readonly domain?: string;
}

/**
 * Examines this computer's place on the network and tells what it finds, as it finds it, in one to four seconds. It
 * sends some dozen datagrams of 37 bytes on each interface, to the group, the broadcast address, the seeds and up to
 * eight stations; other Mailslot programs answer them.
 *
 * Throws `ERROR_INVALID_PARAMETER` or `ERROR_INVALID_NAME` for options out of range, `ERROR_OPERATION_ABORTED` on the
 * signal. Whatever else goes wrong is a finding.
 *
 * @example
 * ```ts
 * for await (const { check, ok, detail, advice } of diagnose()) {
 *   if (ok === false) console.log(check, detail, advice);
 * }
 * ```
 */
export async function* diagnose(
  options: DiagnoseOptions = {},
): AsyncGenerator<Finding, void, undefined> {
  throwIfAborted(options.signal, 'The examination');
  // Loaded only now: programs that never ask start sooner.
  const [{ Examination }, { realSystem }] = await Promise.all([
    import('./examination.ts'),
    import('./system.ts'),
  ]);
  yield* new Examination(options, realSystem).findings();
}
