/** How far away a peer is, by what is known of the place it is heard at. */

import type { Source, Trust } from '@mailslot/core/internal';

/**
 * The nearest first: the less lies between, the less fails, waits or costs. What a bridge brings has come over a server
 * too, and over the bridge besides.
 */
const NEAREST_FIRST: readonly Trust[] = [
  'local',
  'loopback',
  'on-link',
  'seed',
  'brokered',
  'relayed',
  'routed',
];

export function remoteness({ trust }: Source): number {
  return NEAREST_FIRST.indexOf(trust);
}

/** A server lies between, and perhaps a bridge: a round trip may take as long as to the other side of the world. */
export function isBeyondServer({ trust }: Source): boolean {
  return trust === 'brokered' || trust === 'relayed';
}
