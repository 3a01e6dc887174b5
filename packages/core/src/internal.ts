/**
 * The door for sister packages and for transports: what it shows may change with any release.
 *
 * @packageDocumentation
 */

export { Agenda, type Entry } from './agenda.ts';
export { ByteReader, ByteWriter, DecodeError, utf8Bytes } from './bytes.ts';
export { aborted, throwIfAborted, untilAborted } from './errors.ts';
export { formatAddress, parseAddress } from './ip-address.ts';
export { type Address, type Datagram, STATION_ID_BYTES } from './message.ts';
export { domainTag, fold, parseHostName, slotPath, type SlotPath } from './name.ts';
export { switchboardOf } from './network.ts';
export type { Outlet, SendOptions } from './outlet.ts';
export { oemBytes, oemText } from './oem-text.ts';
export { uniform } from './random.ts';
export type { Receiver, SubscribeOptions } from './route.ts';
export { surface } from './surface.ts';
export type { Subscription, Switchboard } from './switchboard.ts';
export {
  type Channel,
  Counters,
  type HeardBy,
  type Listening,
  type ListenOptions,
  type OutgoingMessage,
  type Relaying,
  type Source,
  type Station,
  type TransportHost,
  type Trust,
} from './transports/transport.ts';
export { rehearsalTransports } from './transports/udp/rehearsal.ts';
