/** What a peer that nobody knows may use up, by where it speaks from. */

import type { Source } from '@mailslot/core/internal';

import type { Rate } from './token-bucket.ts';

export interface SourceLimits {
  /** Strangers listed at a time, and proven at once. */
  readonly idsMax: number;
  /** Further strangers that are proven, however long they are heard: patience must not buy the whole list. */
  readonly provenPerSecond: number;
  /** Datagrams of peers that are not listed. */
  readonly datagrams: Rate;
}

/**
 * One computer of the LAN: some dozens of processes that start together, and are listed after a few datagrams. The 254
 * addresses of a usual subnet are together worth little more than all the unknown may use up, so that to forge every one
 * of them is not enough to silence a newcomer.
 */
const HOST: SourceLimits = {
  idsMax: 64,
  provenPerSecond: 1,
  datagrams: { perSecond: 10, burst: 200 },
};

/** An address that the user has named: a proxy or a router may stand for a whole site. */
const SITE: SourceLimits = {
  idsMax: 512,
  provenPerSecond: 5,
  datagrams: { perSecond: 100, burst: 1000 },
};

/**
 * Beyond a server: the limits of one source would be those of everybody there, a whole group that starts at once. They are
 * not counted by station either, since a station's id is as easily invented as a peer's: who may speak at all is for the
 * server to say. So many of them are as many as there is room for, where a crowd pushes out its own, and what they
 * send gets two thirds to three quarters of what all strangers may, so that the LAN stays open.
 */
const BROKERED: SourceLimits = {
  idsMax: 1_000_000,
  provenPerSecond: 1000,
  datagrams: { perSecond: 1000, burst: 3000 },
};

/**
 * This computer, all that bridges bring, or a transport without addresses, where one sender cannot be told from another:
 * thousands of honest peers may be behind it. It gets half of what all strangers get, so that the LAN stays open whatever
 * happens there. Bridges are not told apart, since anyone on the link can say of any address that it is one.
 */
const MULTITUDE: SourceLimits = {
  idsMax: 2048,
  provenPerSecond: 100,
  datagrams: { perSecond: 500, burst: 3000 },
};

export function limitsOf({ trust, address }: Source): SourceLimits {
  if (trust === 'local' || trust === 'loopback' || trust === 'relayed') return MULTITUDE;
  if (trust === 'seed') return SITE;
  if (trust === 'brokered') return BROKERED;
  if (trust === 'routed') return HOST;
  return address === undefined ? MULTITUDE : HOST;
}

/** Equal for sources that share one limit: an address whatever the port, all that bridges bring. */
export function hostOf({ trust, address, transport }: Source): string {
  // Whoever is beyond the link can take any address there is, and any id beyond a bridge.
  if (trust === 'routed' || trust === 'relayed') return trust;
  return address ?? transport;
}
