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
export { isTraced, traceChannel, type TraceChannel, type TraceChannels } from './trace-channel.ts';
export { traces as networkTraces } from './traces.ts';
export { Counters } from './transports/counters.ts';
export type {
  Channel,
  HeardBy,
  Listening,
  ListenOptions,
  OutgoingMessage,
  Relaying,
  Source,
  Station,
  TransportHost,
  Trust,
} from './transports/transport.ts';
export { rehearsalTransports } from './transports/udp/rehearsal.ts';
