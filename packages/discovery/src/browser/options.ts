/** What a user may set of a browser. */

import { MailslotError, type Random } from '@mailslot/core';

import type { BrowseVersion } from './browse-list.ts';
import { OS_LEVEL } from './criteria.ts';
import { COMMENT_CHARACTERS_MAX } from './frames/field.ts';
import { DEFAULT_SERVER_TYPE, ROLE_BITS, withoutType } from './server-type.ts';
import { type BrowserTimers, WINDOWS_TIMERS } from './timers.ts';

/** What a browser is willing to be. Whether it becomes master is for elections to decide. */
export type Ambition =
  /** Announces itself and never takes part in elections. */
  | 'non-browser'
  /** Holds no list until it is made a backup or wins an election. */
  | 'potential'
  /** Holds a copy of the list from the start. */
  | 'backup'
  /** Is the one to hold the list of the whole domain; there must be no other. Stands for election at the start. */
  | 'domain-master';

export interface BrowserOptions {
  /** Default `potential`. */
  readonly role?: Ambition;
  /** Stands for election at the start, and wins against equals that do not. Default: only a domain master does. */
  readonly preferred?: boolean;
  /**
   * What counts first in elections, 1 to 255: 16 is a workstation of Windows NT, 20 the default of Samba, 32 a server of
   * Windows NT. Default 32.
   */
  readonly osLevel?: number;
  /** For people, at most 42 characters; those that code page 850 lacks become `?`. Default empty. */
  readonly comment?: string;
  /**
   * Bits of `SERVER_TYPE`; those of browser roles are set as they come. Default WORKSTATION, SERVER, NT and SERVER_NT.
   * It cannot be 0: that says goodbye.
   */
  readonly serverType?: number;
  /** Of the operating system, each part 0 to 255. Default 6.1, as Samba. */
  readonly version?: BrowseVersion;
  /** Announce to LAN Manager as well. Default false: nothing that runs today needs it. */
  readonly lanManager?: boolean;
  /**
   * Take a goodbye only from the address that the host announced itself from, and an order of the master only from its
   * address. Default true. Set it to false where hosts speak from several addresses.
   */
  readonly verifySources?: boolean;
  /** When to do what. Default `WINDOWS_TIMERS`. */
  readonly timers?: BrowserTimers;
}

/** All options, filled in and checked. */
export type Settings = Required<BrowserOptions>;

export interface BrowserMachineOptions extends BrowserOptions {
  readonly computerName: string;
  readonly domain: string;
  readonly random: Random;
}

/** Fills in the defaults. Throws a {@link MailslotError} for a value out of its range. */
export function settle(options: BrowserOptions): Settings {
  const { role = 'potential', comment = '', osLevel = OS_LEVEL.SERVER } = options;
  const serverType = withoutType(options.serverType ?? DEFAULT_SERVER_TYPE, ROLE_BITS);
  const version = options.version ?? { major: 6, minor: 1 };
  check(isByte(osLevel) && osLevel > 0, `osLevel is ${osLevel}; it takes 1 to 255.`);
  check(serverType !== 0, 'serverType is 0, which says goodbye; set SERVER_TYPE.WORKSTATION.');
  check(
    isByte(version.major) && isByte(version.minor),
    'version takes whole numbers from 0 to 255.',
  );
  checkComment(comment);
  return {
    role,
    comment,
    osLevel,
    serverType,
    version,
    preferred: options.preferred ?? role === 'domain-master',
    lanManager: options.lanManager ?? false,
    verifySources: options.verifySources ?? true,
    timers: options.timers ?? WINDOWS_TIMERS,
  };
}

/** Throws a {@link MailslotError} for a comment that no frame can carry. */
export function checkComment(comment: string): void {
  const fits = comment.length <= COMMENT_CHARACTERS_MAX && !comment.includes('\0');
  check(fits, `The comment takes ${COMMENT_CHARACTERS_MAX} characters, none of them NUL.`);
}

function isByte(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= 255;
}

function check(holds: boolean, message: string): void {
  if (!holds) throw new MailslotError('ERROR_INVALID_PARAMETER', message);
}
