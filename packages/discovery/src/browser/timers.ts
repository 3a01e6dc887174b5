/** When browsers do what: the timers of Windows, each with where it is written, and faster ones for tests. */

const SECOND_MS = 1000;
const MINUTE_MS = 60_000;

/** A delay drawn evenly from a range, so that not all speak at once. */
export interface Delay {
  readonly least: number;
  readonly most: number;
}

/** All in milliseconds. Of lists of intervals the last one repeats. */
export interface BrowserTimers {
  /** Between announcements of a host. */
  readonly hostAnnouncementsMs: readonly number[];
  /** Between announcements of a local master. */
  readonly localMasterAnnouncementsMs: readonly number[];
  /** Between announcements of a domain to the masters of others. */
  readonly domainAnnouncementsMs: readonly number[];
  /** Between announcements for LAN Manager. */
  readonly lanManagerAnnouncementMs: number;
  /** Between a local master's announcements to the domain master, and its looks for one. */
  readonly masterAnnouncementMs: number;
  /** Between the fetches of a list from a master. */
  readonly pullMs: number;
  /** How long an answer to an AnnouncementRequest may take at most; the delay is drawn evenly. */
  readonly announcementAnswerMs: number;
  /** Before standing for election, by role. */
  readonly electionDelayMs: Readonly<Record<'master' | 'backup' | 'potential', Delay>>;
  /** Between the frames of one candidate. */
  readonly electionSpacingMs: number;
  /** An election is over when no frame of it was heard for so long: more than any delay of a candidate. */
  readonly electionRoundMs: number;
  /** After an election that another wins, the time it has to show itself as master. */
  readonly electionOutcomeMs: number;
  /** Between looks whether there still is a master, at most; half of it at least, so that not all look at once. */
  readonly masterCheckMs: number;
  /** Between looks of a master whether there is another. */
  readonly rivalCheckMs: number;
  /** Between looks of a master at how many backups it has. */
  readonly backupCheckMs: number;
  /** How long a new master cannot be reset. */
  readonly resetImmunityMs: number;
}

const minutes = (...counts: readonly number[]): number[] =>
  counts.map((count) => count * MINUTE_MS);

/** What Windows does, as far as it is written down. */
export const WINDOWS_TIMERS: BrowserTimers = {
  // [MS-BRWS] 3.2.6
  hostAnnouncementsMs: minutes(1, 1, 2, 4, 8, 12),
  // [MS-BRWS] 3.3.6 and its note on Windows 7
  localMasterAnnouncementsMs: minutes(2, 2, 4, 8, 12),
  // [MS-BRWS] 3.3.6
  domainAnnouncementsMs: minutes(1, 1, 5, 5, 10, 10, 15),
  // Samba 4.17, `lm interval`; LAN Manager had 60 s too.
  lanManagerAnnouncementMs: MINUTE_MS,
  // [MS-BRWS] 3.3.6
  masterAnnouncementMs: 12 * MINUTE_MS,
  // [MS-BRWS] 3.3.6, note on the backup browser
  pullMs: 12 * MINUTE_MS,
  // [MS-BRWS] 3.2.5.2
  announcementAnswerMs: 30 * SECOND_MS,
  // [MS-BRWS] 3.3.5.8
  electionDelayMs: {
    master: { least: 100, most: 100 },
    backup: { least: 200, most: 600 },
    potential: { least: 800, most: 3000 },
  },
  // [MS-BRWS] 3.3.6
  electionSpacingMs: SECOND_MS,
  // Ours: more than the 3 s that a potential browser may wait, and than the 2 s between the frames of Samba.
  electionRoundMs: 4 * SECOND_MS,
  // Ours: Samba takes 8 s for its frames and 8 s for its names.
  electionOutcomeMs: 20 * SECOND_MS,
  // Samba 4.17, which looks every 5 min; [MS-BRWS] leaves it to clients to notice.
  masterCheckMs: 5 * MINUTE_MS,
  // Ours: what was two segments until a moment ago has two masters, which announce themselves every 12 min.
  rivalCheckMs: 20 * SECOND_MS,
  // Ours: newcomers announce themselves each minute at first.
  backupCheckMs: MINUTE_MS,
  // [MS-BRWS] 3.3.5.9
  resetImmunityMs: 15 * MINUTE_MS,
};

/** The same a hundred times as fast, elections ten times: for tests. Never on a network that others use. */
export const FAST_TIMERS: BrowserTimers = {
  hostAnnouncementsMs: [600, 600, 1200, 2400, 4800, 7200],
  localMasterAnnouncementsMs: [1200, 1200, 2400, 4800, 7200],
  domainAnnouncementsMs: [600, 600, 3000, 3000, 6000, 6000, 9000],
  lanManagerAnnouncementMs: 1000,
  masterAnnouncementMs: 7200,
  pullMs: 7200,
  announcementAnswerMs: 300,
  electionDelayMs: {
    master: { least: 10, most: 10 },
    backup: { least: 20, most: 60 },
    potential: { least: 80, most: 300 },
  },
  electionSpacingMs: 100,
  electionRoundMs: 400,
  electionOutcomeMs: 2000,
  masterCheckMs: 3000,
  rivalCheckMs: 1000,
  backupCheckMs: 600,
  resetImmunityMs: 9000,
};
