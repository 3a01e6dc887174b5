/** How long the name service waits, and how often it asks (RFC 1002 section 6). */

export interface NameTiming {
  /** BCAST_REQ_RETRY_TIMEOUT and BCAST_REQ_RETRY_COUNT: for what all may answer. */
  readonly broadcastRetryMs: number;
  readonly broadcastTries: number;
  /** UCAST_REQ_RETRY_TIMEOUT and UCAST_REQ_RETRY_COUNT: for what one is to answer. */
  readonly unicastRetryMs: number;
  readonly unicastTries: number;
  /** CONFLICT_TIMER: how long a second owner of a name may take to show up. */
  readonly conflictMs: number;
}

export const NAME_TIMING: NameTiming = {
  broadcastRetryMs: 250,
  broadcastTries: 3,
  // RFC 1002 has 5 s; [MS-NBTE] section 3.1.2 has 1.5 s, which is what Windows' users are used to.
  unicastRetryMs: 1_500,
  unicastTries: 3,
  conflictMs: 1_000,
};

/** A name server that needs time says how much (WACK). More than this, and it is not waited for. */
export const WAIT_MS_MAX = 60_000;

/** A registration at a name server is refreshed no more often ([MS-NBTE] section 3.1.2). */
export const REFRESH_MS_MIN = 300_000;

/** What we wish a name server to keep a registration: 6 days, as Windows and Samba do. */
export const REGISTRATION_TTL_S = 518_400;

/** What we tell others that they may keep our answers: as Windows does. Nobody is known to look at it. */
export const ANSWER_TTL_S = 300_000;
