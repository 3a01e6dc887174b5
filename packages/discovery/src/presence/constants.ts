/** The figures of the algorithm that nobody sets, each with its reason; the others are in tuning.ts. */

/** The share of beats that carry the record. By chance, since peers that count would burst together. */
export const FULL_BEAT_SHARE: number = 1 / 4;

/** After an announcement of something new, when it is repeated: four copies at 20 % loss reach 99.8 %. */
export const COPY_OFFSETS_MS: readonly number[] = [30, 300, 1000];

/** Jitter each way of those. */
export const COPY_JITTER = 0.2;

/** After joining, when everybody is asked again, besides in the copies, as long as the list is not known to be whole. */
export const WANT_OFFSETS_MS: readonly number[] = [150, 500];

/**
 * The same where nothing is lost, and copies are not sent: whoever was to answer may have gone, or be as new. The first
 * is later than an answer from the other side of the world.
 */
export const LOSSLESS_WANT_OFFSETS_MS: readonly number[] = [500, 1000];

/** Whoever has heard nobody with another list for this long after it joined holds the whole list. */
export const ALONE_MS = 2000;

/** Least time between two announcements that others or the application can trigger. */
export const TRIGGERED_SPACING_MS = 100;

/**
 * A newcomer is answered by everybody at once in a group of up to so many: as many datagrams of 1 200 bytes fit a socket
 * buffer of default size.
 */
export const ANSWER_PEERS = 64;

/** In a larger group a few show themselves within this time, and the newcomer takes the list from one of them. */
export const GROUP_ANSWER_MS = 40;

/** A probe is answered within this time, so that not all who were asked for at once answer at once. */
export const PROBE_ANSWER_DELAY_MS = 10;

/** And once more after this time. */
export const PROBE_ANSWER_OFFSET_MS = 35;

/** Probes within this time are answered as one: it is less than a round. */
export const PROBE_ANSWER_SPACING_MS = 75;

/** Time a source has to wait before it is answered again; less than the 30 ms between the copies of its question. */
export const ANSWER_SPACING_MS = 20;

/** Answers one address of the link may draw at once: 64 processes on one host that start together and ask twice. */
export const ANSWER_BURST = 128;

/** Answers it may draw from then on: a source address can be forged, and answers are larger than questions. */
export const ANSWERS_PER_SECOND = 64;

/** Answers being delayed or spaced, and addresses whose share is counted, at most: as many newcomers at once. */
export const ANSWERS_MAX = 1024;

/** Whoever sent something we lack the record for is asked after this time, unless the record came by itself. */
export const ASK_DELAY_MS: readonly [least: number, most: number] = [500, 1500];

/** Questions waiting, at most. */
export const ASKS_MAX = 1024;

/** When a goodbye is said, counted from the first. */
export const BYE_OFFSETS_MS: readonly number[] = [0, 100, 300];

/** A goodbye from a place where its sender was never heard waits this long for the sender to object. */
export const HELD_BYE_MS = 1000;

/** Goodbyes held, at most. */
export const HELD_BYES_MAX = 1024;

/** Waking this much too late, we were suspended: others have given us up, so join again. */
export const LATE_WAKE_MS = 10_000;
