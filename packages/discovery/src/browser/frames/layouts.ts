/** Every frame of the Browser protocol as a table: [MS-BRWS] 2.2, and the announcement of LAN Manager 1.x. */

import {
  COMMENT_CHARACTERS_MAX,
  fixedName,
  NAME_CHARACTERS_MAX,
  optional,
  text,
  texts,
  uint8,
  uint16,
  uint32,
} from './field.ts';
import type { Layout } from './layout.ts';

/** A host of itself, or a local master of itself. */
export interface Announcement {
  readonly updateCount: number;
  readonly periodMs: number;
  readonly name: string;
  readonly osMajor: number;
  readonly osMinor: number;
  readonly serverType: number;
  readonly browserMajor: number;
  readonly browserMinor: number;
  readonly signature: number;
  readonly comment: string;
}

export interface DomainAnnouncement {
  readonly updateCount: number;
  readonly periodMs: number;
  readonly domain: string;
  readonly osMajor: number;
  readonly osMinor: number;
  readonly serverType: number;
  readonly browserMajor: number;
  readonly browserMinor: number;
  readonly signature: number;
  readonly master: string;
}

interface AnnouncementRequest {
  readonly reserved: number;
  readonly name: string;
}

interface RequestElection {
  readonly version: number;
  readonly criteria: number;
  readonly uptimeMs: number;
  readonly reserved: number;
  readonly name: string;
}

export interface GetBackupListRequest {
  readonly count: number;
  readonly token: number;
}

interface GetBackupListResponse {
  readonly count: number;
  readonly token: number;
  readonly names: readonly string[];
}

/** A frame that names one host. */
interface Naming {
  readonly name: string;
}

interface ResetState {
  readonly flags: number;
}

interface LanManagerAnnouncement {
  readonly serverType: number;
  readonly osMajor: number;
  readonly osMinor: number;
  readonly periodSeconds: number;
  readonly name: string;
  readonly comment: string;
}

/** What each kind of frame says. */
export interface Frames {
  'host-announcement': Announcement;
  'announcement-request': AnnouncementRequest;
  'request-election': RequestElection;
  'get-backup-list-request': GetBackupListRequest;
  'get-backup-list-response': GetBackupListResponse;
  'become-backup': Naming;
  'domain-announcement': DomainAnnouncement;
  'master-announcement': Naming;
  'reset-state': ResetState;
  'local-master-announcement': Announcement;
  'lan-manager-announcement': LanManagerAnnouncement;
}

/** The bits of {@link ResetState}. */
export const RESET = { STOP_MASTER: 1, CLEAR_ALL: 2, STOP_SERVICE: 4 } as const;

/** What everyone since Windows NT writes; what others write is not looked at. */
export const BROWSER_VERSION = { major: 0x0f, minor: 0x01 } as const;
export const SIGNATURE = 0xaa55;

const name = (about: string) => text(about, NAME_CHARACTERS_MAX);

const ANNOUNCEMENT: Layout<Announcement>['fields'] = {
  updateCount: uint8('0; some count their announcements here, so it is not looked at'),
  periodMs: uint32(
    'milliseconds until the next announcement; the host expires after three of these',
  ),
  name: fixedName('the host that announces itself'),
  osMajor: uint8('the version of its operating system'),
  osMinor: uint8('the same, after the point'),
  serverType: uint32('what it is and does; 0: it is going down, and is removed'),
  browserMajor: optional(uint8('0x0f; not looked at'), BROWSER_VERSION.major),
  browserMinor: optional(uint8('0x01; not looked at'), BROWSER_VERSION.minor),
  signature: optional(uint16('0xaa55; not looked at'), SIGNATURE),
  comment: optional(text('for people', COMMENT_CHARACTERS_MAX), ''),
};

export const LAYOUTS: { readonly [Kind in keyof Frames]: Layout<Frames[Kind]> } = {
  'host-announcement': {
    title: 'HostAnnouncement',
    opcode: 0x01,
    section: '[MS-BRWS] 2.2.1',
    slot: 'BROWSE',
    destination: '`<domain><1D>`',
    about:
      'A host says that it is there. Servers of Windows send it to the mailslot LANMAN instead, so it is read from both.',
    fields: ANNOUNCEMENT,
  },
  'announcement-request': {
    title: 'AnnouncementRequest',
    opcode: 0x02,
    section: '[MS-BRWS] 2.2.2',
    slot: 'BROWSE',
    destination: '`<domain><00>` for all, `<domain><1E>` for browsers',
    about: 'Somebody, as a rule a new master, asks everybody to announce themselves.',
    fields: {
      reserved: uint8('0; Samba writes a token'),
      name: optional(
        name('who asks; Samba writes it one byte too late, so it is not looked at'),
        '',
      ),
    },
  },
  'request-election': {
    title: 'RequestElection',
    opcode: 0x08,
    section: '[MS-BRWS] 2.2.3',
    slot: 'BROWSE',
    destination: '`<domain><1E>`',
    about:
      'Somebody stands for election, or only calls for one: then version and criteria are 0, which beat nobody.',
    fields: {
      version: uint8('1; 0 in a mere call'),
      criteria: uint32('what speaks for the sender; the greater wins'),
      uptimeMs: uint32('for how long it has been a browser; the longer wins'),
      reserved: uint32('0'),
      name: name('who stands; of equals the lower wins'),
    },
  },
  'get-backup-list-request': {
    title: 'GetBackupListRequest',
    opcode: 0x09,
    section: '[MS-BRWS] 2.2.4',
    slot: 'BROWSE',
    destination: '`<domain><1D>` or `<domain><1B>`',
    about: 'A client asks a master which browsers hold the list.',
    fields: {
      count: uint8('how many names it wants at most'),
      token: uint32('comes back in the response'),
    },
  },
  'get-backup-list-response': {
    title: 'GetBackupListResponse',
    opcode: 0x0a,
    section: '[MS-BRWS] 2.2.5',
    slot: 'BROWSE',
    destination: '`<client><00>`, where the request came from',
    about: 'The master says who holds the list; if nobody else does, it names itself.',
    fields: {
      count: uint8('how many names follow'),
      token: uint32('that of the request'),
      names: texts('count', 'the browsers that hold the list'),
    },
  },
  'become-backup': {
    title: 'BecomeBackup',
    opcode: 0x0b,
    section: '[MS-BRWS] 2.2.6',
    slot: 'BROWSE',
    destination: '`<domain><1E>`',
    about: 'The master makes a potential browser a backup.',
    fields: { name: name('who is to become one') },
  },
  'domain-announcement': {
    title: 'DomainAnnouncement',
    opcode: 0x0c,
    section: '[MS-BRWS] 2.2.7',
    slot: 'BROWSE',
    destination: '`<01><02>__MSBROWSE__<02><01>`',
    about: 'The master of a domain tells the masters of others that its domain is there.',
    fields: {
      updateCount: ANNOUNCEMENT.updateCount,
      periodMs: uint32('milliseconds until the next; the domain expires after three of these'),
      domain: fixedName('the domain'),
      osMajor: uint8('the version of the operating system of its master'),
      osMinor: uint8('the same, after the point'),
      serverType: uint32('0x80000000 (a domain) and what its master is'),
      browserMajor: optional(uint8('0x0f; Windows leaves it undefined'), BROWSER_VERSION.major),
      browserMinor: optional(uint8('0x01; Windows leaves it undefined'), BROWSER_VERSION.minor),
      signature: optional(uint16('0xaa55; Windows leaves it undefined'), SIGNATURE),
      master: optional(name('its local master'), ''),
    },
  },
  'master-announcement': {
    title: 'MasterAnnouncement',
    opcode: 0x0d,
    section: '[MS-BRWS] 2.2.8',
    slot: 'BROWSE',
    destination: '`<domain master><00>`',
    about: 'A local master tells the domain master where to fetch the list of its subnet.',
    fields: { name: name('the local master') },
  },
  'reset-state': {
    title: 'ResetStateRequest',
    opcode: 0x0e,
    section: '[MS-BRWS] 2.2.9',
    slot: 'BROWSE',
    destination: '`<browser><00>`',
    about: 'Somebody tells a browser to give its role up.',
    fields: {
      flags: uint8('1: stop being master; 2: forget all lists as well; 4: end (nobody obeys that)'),
    },
  },
  'local-master-announcement': {
    title: 'LocalMasterAnnouncement',
    opcode: 0x0f,
    section: '[MS-BRWS] 2.2.10',
    slot: 'BROWSE',
    destination: '`<domain><1E>`',
    about: 'The local master says that it is there.',
    fields: ANNOUNCEMENT,
  },
  'lan-manager-announcement': {
    title: 'LAN Manager announcement',
    opcode: 0x01,
    section: 'LAN Manager 1.x, as Samba and OS/2 write it',
    slot: 'LANMAN',
    destination: '`<domain><00>`',
    about: 'How hosts announced themselves before there was a Browser protocol.',
    opcodeBytes: 2,
    fields: {
      serverType: uint32('what it is and does; 0: it is going down'),
      osMajor: uint8('the version of its operating system'),
      osMinor: uint8('the same, after the point'),
      periodSeconds: uint16('seconds until the next'),
      name: name('the host that announces itself'),
      comment: optional(text('for people', COMMENT_CHARACTERS_MAX), ''),
    },
  },
};
