/**
 * Peer discovery built on mailslot broadcasts: who is there, as RxJS streams, as a list, as an async iterator.
 *
 * @example
 * ```ts
 * import { discover } from '@mailslot/discovery';
 *
 * const lobby = await discover('tanks', { name: 'Ann', port: 4711, info: { map: 'dunes', seats: 4 } });
 * lobby.peers$.subscribe((peers) => console.log(peers.map((peer) => peer.name)));
 * await lobby.update({ map: 'dunes', seats: 3 });
 * await lobby.close(); // says goodbye
 * ```
 *
 * On the wire this is a 32-byte header and a record, on the mailslot `MPP`: docs/wire-presence.md.
 *
 * @packageDocumentation
 */

export { discover, type DiscoverOptions, watch, type WatchOptions } from './discover.ts';
export { createIdentity, type Identity, importIdentity } from './identity.ts';
export type { LetterDropReason } from './letter.ts';
export type { Lobby, LobbyStats } from './lobby.ts';
export type {
  DownReason,
  Peer,
  PeerMessage,
  PeerPath,
  PresenceEvent,
  PresenceProblem,
} from './peer.ts';
export type { PresenceDropReason, PresenceSizes, PresenceStats } from './presence/effects.ts';
export { presets, type Tuning } from './presence/tuning.ts';
export {
  type Relay,
  type RelayCounts,
  type RelayStats,
  startRelay,
  type StartRelayOptions,
} from './relay/relay.ts';
export type { RelayDropReason } from './relay/relay-table.ts';
export type { SecurityOptions } from './security.ts';
export type { PresenceTraces } from './traces.ts';
export type { WaitForOptions, Watcher } from './watcher.ts';
