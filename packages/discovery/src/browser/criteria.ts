/** What speaks for a candidate, and who of two is better: [MS-BRWS] 2.2.3 and 3.3.5.8. */

/** What a RequestElection says of a candidate. */
export interface Candidacy {
  /** 1; 0 of a mere call, which beats nobody. */
  readonly version: number;
  readonly criteria: number;
  /** How long it has been a browser, modulo 2^32 milliseconds. */
  readonly uptimeMs: number;
  readonly name: string;
}

/** The version of elections that all speak. */
export const ELECTION_VERSION = 1;

/** A call for an election: whoever may stand does. */
export const CALL: Candidacy = { version: 0, criteria: 0, uptimeMs: 0, name: '' };

/** Bits 0 to 7 of the criteria: what a browser is besides. */
export const DESIRE = {
  BACKUP: 0x01,
  /** It maintains a server list in any case. */
  STANDBY: 0x02,
  MASTER: 0x04,
  PREFERRED: 0x08,
  WINS: 0x20,
  DOMAIN_MASTER: 0x80,
} as const;

/** Bits 24 to 31: Windows for Workgroups, workstations and servers of the NT line. Samba says 20 by default. */
export const OS_LEVEL = { WFW: 0x01, WORKSTATION: 0x10, SERVER: 0x20 } as const;

/** Bits 8 to 23: the version of the Browser protocol, 15.1 of the NT line. */
const PROTOCOL = 0x010f;

/**
 * Uptimes that differ by no more count as equal, in milliseconds. Samba compares its uptime of now with one that the
 * other wrote up to 2 s ago, in whole seconds: two equals would each find themselves the older one.
 */
export const TIE_MS = 2000;

export function criteriaOf(osLevel: number, desire: number): number {
  return ((osLevel << 24) | (PROTOCOL << 8) | desire) >>> 0;
}

/** How two candidates compare. `tie`: only their names tell them apart. */
export function compare(own: Candidacy, other: Candidacy): 'better' | 'worse' | 'tie' {
  if (own.version !== other.version) return own.version > other.version ? 'better' : 'worse';
  if (own.criteria !== other.criteria) return own.criteria > other.criteria ? 'better' : 'worse';
  // Both wrap around after 49.7 days.
  const olderMs = (own.uptimeMs - other.uptimeMs) | 0;
  if (Math.abs(olderMs) <= TIE_MS) return 'tie';
  return olderMs > 0 ? 'better' : 'worse';
}

/** Does a candidate win against another? Of equals, the lower name does. */
export function beats(own: Candidacy, other: Candidacy): boolean {
  const outcome = compare(own, other);
  return outcome === 'tie' ? own.name < other.name : outcome === 'better';
}
