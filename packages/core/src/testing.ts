/**
 * For tests, of this library and of programs built on it: a LAN in memory, time that moves on command, chance from
 * a seed.
 *
 * @example
 * ```ts
 * import { Lan } from '@mailslot/core/testing';
 *
 * const lan = new Lan({ seed: 3, loss: 0.2 });
 * const ann = await lan.join('ANN-PC');
 * const bob = await lan.join('BOB-PC');
 * const slot = await bob.createMailslot('lobby');
 * await ann.send('\\\\*\\mailslot\\lobby', 'hello');
 * lan.clock.advance(1);
 * slot.info().messageCount; // 1, with this seed; with 7 it is lost
 * ```
 *
 * docs/testing.md is a guide.
 *
 * @packageDocumentation
 */

export { type Forgery, type JoinOptions, Lan, type LanOptions, type UntilOptions } from './lan.ts';
export { seededRandom } from './random.ts';
export type { Bursts, Faults } from './simulation/faults.ts';
export type { Attachment, Host, HostOptions, Port } from './simulation/host.ts';
export type { Monotonic } from './simulation/host-clock.ts';
export {
  type Direction,
  type FloodOptions,
  Segment,
  type SegmentOptions,
  type Traffic,
} from './simulation/segment.ts';
export { VirtualClock } from './virtual-clock.ts';
