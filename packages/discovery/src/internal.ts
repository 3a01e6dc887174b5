/**
 * The door for sister packages: what it shows may change with any release.
 *
 * @packageDocumentation
 */

export {
  type BrowserEffect,
  type BrowserInput,
  type BrowserRole,
  type Pull,
  type PulledLists,
  type Whereabouts,
} from './browser/effects.ts';
export { describeFrame } from './browser/frames/describe.ts';
export { decodeFrame, encodeFrame, type Frame, type FrameKind } from './browser/frames/frame.ts';
export { BrowserMachine } from './browser/machine.ts';
export type { BrowserMachineOptions } from './browser/options.ts';
export { RapClient } from './browser/rap/rap-client.ts';
export { RapServer } from './browser/rap/rap-server.ts';
export { type BrowserTimers, FAST_TIMERS, WINDOWS_TIMERS } from './browser/timers.ts';
export { watchRealm } from './discover.ts';
export { describeMessage } from './presence/describe.ts';
export {
  type DepartureReason,
  type PeerView,
  type PresenceDropReason,
  type PresenceEffect,
  type PresenceInput,
  PresenceMachine,
  type PresenceOptions,
  type PresenceStats,
} from './presence/machine.ts';
export {
  DATAGRAM_BYTES_MAX,
  decodeMessage,
  encodeMessage,
  FLAG,
  type Message,
  realmOf,
  TYPE,
} from './presence/message.ts';
export {
  drawPeerId,
  PEER_ID_BYTES,
  peerIdOf,
  type PeerKey,
  peerKeyOf,
  readPeerKey,
} from './presence/peer-id.ts';
export { decodeRecord, encodeRecord, type Endpoint, type PeerRecord } from './presence/record.ts';
export { Peer, Roster } from './presence/roster.ts';
export { presets, type Tuning } from './presence/tuning.ts';
export { watchersOf } from './presence/watchers.ts';
export { secure, type Security } from './security.ts';
