/** The figures of the algorithm that nobody sets, each with its reason; the others are in tuning.ts. */

/** The share of beats that carry the record. By chance, since peers that count would burst together. */
export const FULL_BEAT_SHARE: number = 1 / 4;

/** After an announcement of something new, when it is repeated: three copies at 20 % loss reach 99 %. */
export const COPY_OFFSETS_MS: readonly number[] = [300, 1000];

/** Jitter each way of those. */
export const COPY_JITTER = 0.2;

/**
 * After joining, when everybody is asked again: once in any case; then as long as nobody has answered or, in a group of
 * up to {@link ANSWER_PEERS}, the last question still brought somebody new.
 */
export const WANT_OFFSETS_MS: readonly number[] = [30, 150, 250, 500, 1000, 2000];

/** Least time between two announcements that others or the application can trigger. */
export const TRIGGERED_SPACING_MS = 100;

/** A newcomer is answered within this time by a group of {@link ANSWER_PEERS}, and in proportion by a larger one. */
export const ANSWER_DELAY_MS = 5;

/** As many answers of 200 bytes as a socket buffer of default size holds several times over. */
export const ANSWER_PEERS = 30;

/** The longest delay of an answer: 6 000 peers. */
export const ANSWER_DELAY_MS_MAX = 1000;

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

/** How often silence is looked at: often enough that no step of the liveness clock reaches its limit of 250 ms. */
export const TICK_MS = 200;

/** Waking this much too late, we were suspended: others have given us up, so join again. */
export const LATE_WAKE_MS = 10_000;
