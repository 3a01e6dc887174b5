/** How often to announce, and how long to wait for others: pure maths, after RTCP (RFC 3550 section 6.2). */

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

/** Weight of one announcement in the mean size of all: one large record does not slow a group down. */
const BEAT_BYTES_GAIN = 1 / 64;

/**
 * The longest interval: 16 384 peers of mean size at 10 kbit/s take 45 minutes. A longer one that somebody announces
 * counts as this, so that nobody stays listed for years.
 */
export const INTERVAL_MS_MAX = 3_600_000;

/** What a time to live adds to the missed beats: a stalled receiver, Wi-Fi power saving (100 to 300 ms). */
export const GRACE_MS = 250;

/** The interval of code 0, and steps of the code for each doubling. */
const CODE_ZERO_MS = 125;
const CODES_PER_DOUBLING = 8;

/** An interval that is a whole code must not round up for the last bit of a logarithm. */
const CODE_EPSILON = 1e-9;

/** The interval, in milliseconds, at which `peers` that send `beatBytes` each on the wire stay within the budget. */
export function budgetIntervalMs(
  peers: number,
  beatBytes: number,
  { intervalMsMin, budgetBitsPerSecond }: Tuning,
): number {
  const fairMs = (peers * beatBytes * 8 * 1000) / (BEAT_SHARE * budgetBitsPerSecond);
  return Math.min(Math.max(intervalMsMin, fairMs), INTERVAL_MS_MAX);
}

/** The mean wire size of an announcement after one more of `messageBytes`. */
export function nextBeatBytes(mean: number, messageBytes: number): number {
  return mean + (messageBytes + WIRE_OVERHEAD_BYTES - mean) * BEAT_BYTES_GAIN;
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

/** How long until the next beat. */
export function beatDelayMs(intervalMs: number, random: Random): number {
  return intervalMs * uniform(random, 1 - BEAT_JITTER, 1 + BEAT_JITTER);
}

/**
 * How long a peer may be silent. The longer of its own interval and ours counts: when the group grows, its last beat
 * may be the one we missed.
 */
export function timeToLiveMs(subjectMs: number, ownMs: number, missedBeatsMax: number): number {
  return missedBeatsMax * (1 + BEAT_JITTER) * Math.max(subjectMs, ownMs) + GRACE_MS;
}
