/** How often to announce: pure maths, after RTCP (RFC 3550 section 6.2). */

import type { Random } from '@mailslot/core';
import { uniform } from '@mailslot/core/internal';

import type { Tuning } from './tuning.ts';

/**
 * What the wire adds to a message: Ethernet with preamble, checksum and gap 38, IPv4 20, UDP 8, mailslot frame 24.
 */
export const WIRE_OVERHEAD_BYTES = 90;

/** What a group is taken to send until it was heard: a compact beat, and a quarter of a record of 150 bytes. */
export const BEAT_BYTES_INITIAL = 160;

/** Jitter each way: peers that started together have drifted apart after about four beats. */
export const BEAT_JITTER = 0.25;

/** The tenth of the budget that is left for joins, changes and goodbyes. */
const BEAT_SHARE = 0.9;

/** The longest interval that saves wakeups: what a crashed host then costs in time of detection is borne by nobody. */
const RESTFUL_INTERVAL_MS_MAX = 8000;

/**
 * The longest interval: 16 384 peers of mean size at 10 kbit/s take 45 minutes. A longer one that somebody announces
 * counts as this, so that nobody stays listed for years.
 */
export const INTERVAL_MS_MAX = 3_600_000;

/** The interval of code 0, and steps of the code for each doubling. */
const CODE_ZERO_MS = 125;
const CODES_PER_DOUBLING = 8;

/** An interval that is a whole code must not round up for the last bit of a logarithm. */
const CODE_EPSILON = 1e-9;

/** How many share the segment, ourselves included. */
export interface Group {
  /** With as many strangers as count. */
  readonly members: number;
  /** Without strangers: who comes for a moment is no reason to be slow for a minute. */
  readonly residents: number;
}

/**
 * The interval, in milliseconds, at which peers that send `bytesPerBeat` each on the wire stay within the budget, and
 * wake each other no more often than need be: a beat wakes everybody, so what a group wakes grows with its square.
 */
export function budgetIntervalMs(
  { members, residents }: Group,
  bytesPerBeat: number,
  { intervalMsMin, budgetBitsPerSecond, wakeupsPerSecond }: Tuning,
): number {
  const fairMs = (members * bytesPerBeat * 8 * 1000) / (BEAT_SHARE * budgetBitsPerSecond);
  const restfulMs = Math.min(
    (residents * residents * 1000) / wakeupsPerSecond,
    RESTFUL_INTERVAL_MS_MAX,
  );
  return Math.min(Math.max(intervalMsMin, fairMs, restfulMs), INTERVAL_MS_MAX);
}

/**
 * The interval, in milliseconds, at which a server has no more to deliver than it may: each message to all comes in once
 * and goes out to everybody else. `messagesPerBeat`: what the group sends besides, shared out among the beats.
 */
export function brokerIntervalMs(
  { members }: Group,
  messagesPerBeat: number,
  { deliveriesPerSecond }: Tuning,
): number {
  const deliveries = members * Math.max(0, members - 1) * messagesPerBeat;
  return Math.min((deliveries * 1000) / (BEAT_SHARE * deliveriesPerSecond), INTERVAL_MS_MAX);
}

/** The code of an interval: the next one that is not shorter, since others count on hearing within it. */
export function intervalCodeOf(intervalMs: number): number {
  const code = Math.log2(intervalMs / CODE_ZERO_MS) * CODES_PER_DOUBLING;
  return Math.min(Math.max(0, Math.ceil(code - CODE_EPSILON)), 0xff);
}

/** The interval of a code: 0.125 s · 2^(code/8), at most {@link INTERVAL_MS_MAX}. */
export function intervalMsOf(code: number): number {
  return Math.min(CODE_ZERO_MS * 2 ** (code / CODES_PER_DOUBLING), INTERVAL_MS_MAX);
}

/** How long until the next beat, in intervals. */
export function beatDelayFactor(random: Random): number {
  return uniform(random, 1 - BEAT_JITTER, 1 + BEAT_JITTER);
}
