/** Where domain controllers listen. */

/** NBDGM (RFC 1002 section 4.4). */
export const DATAGRAM_PORT = 138;

/** The first is asked by Windows and Samba; the second is that of the older requests. */
export const NETLOGON_SLOTS = ['NET\\NTLOGON', 'NET\\NETLOGON'] as const;
