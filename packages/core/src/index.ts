/**
 * Windows mailslots for every OS: named one-way datagram boxes on one machine and on the LAN.
 *
 * @example
 * ```ts
 * import { joinNetwork } from '@mailslot/core';
 *
 * const network = await joinNetwork();
 * const slot = await network.createMailslot('lobby');
 * await network.send('\\\\*\\mailslot\\lobby', 'hello, everyone');
 * console.log((await slot.read()).text());
 * ```
 *
 * @packageDocumentation
 */

export { type Clock, systemClock, type Timer } from './clock.ts';
export { diagnose, type DiagnoseOptions } from './diagnosis/diagnose.ts';
export type { Check, Finding } from './diagnosis/finding.ts';
export {
  type CallOptions,
  ERROR_NUMBERS,
  MailslotError,
  type MailslotErrorCode,
} from './errors.ts';
export {
  Mailslot,
  type MailslotEvents,
  type MailslotInfo,
  type MailslotOptions,
  type ReadOptions,
} from './mailslot.ts';
export { Message } from './message.ts';
export { formatName, type MailslotName, parseName, type Scope, type SlotPath } from './name.ts';
export { joinNetwork, Network, type NetworkEvents, type NetworkOptions } from './network.ts';
export { type Random, seededRandom, systemRandom } from './random.ts';
export { local, type LocalOptions } from './transports/local/local.ts';
export type { NetworkTraces } from './traces.ts';
export type {
  DropReason,
  InterfaceStats,
  Transport,
  TransportInterface,
  TransportStats,
} from './transports/transport.ts';
export { udp, type UdpOptions } from './transports/udp/udp.ts';
export { Writer } from './writer.ts';
