/** What a host is and does, in 32 bits: [MS-RAP] 2.5.5.2.1. */

export const SERVER_TYPE = {
  WORKSTATION: 0x0000_0001,
  SERVER: 0x0000_0002,
  SQLSERVER: 0x0000_0004,
  DOMAIN_CTRL: 0x0000_0008,
  DOMAIN_BAKCTRL: 0x0000_0010,
  TIME_SOURCE: 0x0000_0020,
  AFP: 0x0000_0040,
  NOVELL: 0x0000_0080,
  DOMAIN_MEMBER: 0x0000_0100,
  PRINTQ_SERVER: 0x0000_0200,
  DIALIN_SERVER: 0x0000_0400,
  XENIX_SERVER: 0x0000_0800,
  NT: 0x0000_1000,
  WFW: 0x0000_2000,
  SERVER_MFPN: 0x0000_4000,
  SERVER_NT: 0x0000_8000,
  POTENTIAL_BROWSER: 0x0001_0000,
  BACKUP_BROWSER: 0x0002_0000,
  MASTER_BROWSER: 0x0004_0000,
  DOMAIN_MASTER: 0x0008_0000,
  OSF: 0x0010_0000,
  VMS: 0x0020_0000,
  WINDOWS: 0x0040_0000,
  DFS: 0x0080_0000,
  CLUSTER_NT: 0x0100_0000,
  TERMINALSERVER: 0x0200_0000,
  CLUSTER_VS: 0x0400_0000,
  DCE: 0x1000_0000,
  ALTERNATE_XPORT: 0x2000_0000,
  /** In queries: only what the asked browser heard itself. In replies of some: it did. */
  LOCAL_LIST_ONLY: 0x4000_0000,
  /** In queries and domain announcements: a domain, not a host. */
  DOMAIN_ENUM: 0x8000_0000,
} as const;

/** Every host, in a query. */
export const ALL_SERVERS = 0xffff_ffff;

/** What the Browser protocol itself says of a host: its roles. */
export const ROLE_BITS: number =
  SERVER_TYPE.POTENTIAL_BROWSER |
  SERVER_TYPE.BACKUP_BROWSER |
  SERVER_TYPE.MASTER_BROWSER |
  SERVER_TYPE.DOMAIN_MASTER;

/** What a host is that says no more: it serves, it works, and is of the NT line. */
export const DEFAULT_SERVER_TYPE: number =
  SERVER_TYPE.WORKSTATION | SERVER_TYPE.SERVER | SERVER_TYPE.NT | SERVER_TYPE.SERVER_NT;

/** The names of the bits that are set, the lowest first. */
export function serverTypeNames(serverType: number): string[] {
  return Object.entries(SERVER_TYPE)
    .filter(([, bit]) => hasType(serverType, bit))
    .map(([name]) => name);
}

/** Is one of these bits set? */
export function hasType(serverType: number, bits: number): boolean {
  return (serverType & bits) !== 0;
}

/** All of these bits set, as an unsigned number. */
export function withType(serverType: number, bits: number): number {
  return (serverType | bits) >>> 0;
}

/** None of these bits set, as an unsigned number. */
export function withoutType(serverType: number, bits: number): number {
  return (serverType & ~bits) >>> 0;
}
