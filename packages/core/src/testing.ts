/**
 * For tests, of this library and of programs built on it: a LAN in memory, time that moves on command, chance from
 * a seed.
 *
 * @example
 * ```ts
 * import { Lan } from '@mailslot/core/testing';
 *
 * const lan = new Lan({ seed: 7, loss: 0.2 });
 * const ann = await lan.join('ANN-PC');
 * const bob = await lan.join('BOB-PC');
 * const slot = await bob.createMailslot('lobby');
 * await ann.send('\\\\*\\mailslot\\lobby', 'hello');
 * lan.clock.advance(1);
 * slot.info().messageCount; // 1, with this seed
 * ```
 *
 * @packageDocumentation
 */

export { Lan, type LanFaults, type LanOptions } from './lan.ts';
export { seededRandom } from './random.ts';
export { VirtualClock } from './virtual-clock.ts';
