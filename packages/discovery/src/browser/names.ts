/** The NetBIOS names by which browsers find each other: [MS-BRWS] 2.1. */

import { NetbiosName, SUFFIX } from '@mailslot/core/netbios/internal';

/** The names that one browser deals with. */
export interface BrowserNames {
  /** Its own, of which it speaks and by which it is answered. */
  readonly host: NetbiosName;
  /** All hosts of the domain. */
  readonly members: NetbiosName;
  /** The domain master browser alone. */
  readonly domainMaster: NetbiosName;
  /** The local master browser alone. */
  readonly master: NetbiosName;
  /** All browsers of the domain: elections. */
  readonly browsers: NetbiosName;
}

/** Longer names are cut off, as Windows cuts a host name. Throws `ERROR_INVALID_NAME`. */
export function namesOf(computerName: string, domain: string): BrowserNames {
  const members = NetbiosName.ofHost(domain, SUFFIX.workstation);
  return {
    host: NetbiosName.ofHost(computerName, SUFFIX.workstation),
    members,
    domainMaster: members.with(SUFFIX.domainMaster),
    master: members.with(SUFFIX.localMaster),
    browsers: members.with(SUFFIX.elections),
  };
}
