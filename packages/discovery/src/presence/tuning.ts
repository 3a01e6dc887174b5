/** What a user may set. All peers of a service should agree, and need not: each announces its own interval. */

import { MailslotError } from '@mailslot/core';

/** Each option says what it does, what higher and lower cost, and its default; docs/presence.md has the formulas. */
export interface Tuning {
  /**
   * The shortest interval between beats, in milliseconds, 100 to 60 000. Default 500: ten peers then take 26 of
   * 50 kbit/s, and a crash shows within 1.5 s. Lower finds crashes sooner; higher is quieter in small groups.
   */
  readonly intervalMsMin: number;
  /**
   * What all peers of the service may send to all together on one segment, in bits per second, 10 000 to 10 000 000.
   * Default 50 000, which Wi-Fi multicast bears too. In a group that fills it every interval is peers ÷ budget: higher
   * finds crashes sooner there, lower leaves more of the air to others.
   */
  readonly budgetBitsPerSecond: number;
  /**
   * How often all peers together may be woken by beats in a second, 10 to 1 000 000, as long as no interval gets longer
   * than 8 s by it. Default 300: fifty peers then wake each other six times a second, and a crash of a whole host among
   * them shows within 20 s; that of a process is told by its host within 3 s. Higher finds crashed hosts sooner, lower
   * saves processors and batteries.
   */
  readonly wakeupsPerSecond: number;
  /**
   * How many messages a server that hands a copy to each peer, as NATS does, may have to deliver for this service in a second,
   * 1 000 to 10 000 000. Default 20 000: 2 to 3 MB/s, a fifth of what a small server can. It decides from five hundred
   * peers on: a thousand then beat once in 55 s, and a crash among them shows in little more. Higher finds crashes
   * sooner there, lower is for servers that others need too.
   */
  readonly deliveriesPerSecond: number;
  /**
   * What is added to the time a peer may be silent, in milliseconds, 50 to 10 000. Default 250: Wi-Fi power saving holds
   * multicast back for 100 to 300 ms. Lower asks after peers sooner, and more often without need.
   */
  readonly graceMs: number;
  /**
   * How long a silent peer has to answer one question, in milliseconds, 60 to 5000; it is given up after 4 to 14 of them,
   * by the measured loss, or 2 if its host says that it is gone. Default 125. Lower finds crashes sooner; less than a
   * round trip with the pauses of both programs gives up living peers.
   */
  readonly roundMs: number;
  /**
   * Peers held at most, 1 to 1 000 000. Default 16 384, about 6 MiB without their records. A fifth of it is for peers
   * that were not heard for long: beyond that, one of those has to go for each that comes.
   */
  readonly peersMax: number;
}

const RANGES: readonly (readonly [name: keyof Tuning, least: number, most: number])[] = [
  ['intervalMsMin', 100, 60_000],
  ['budgetBitsPerSecond', 10_000, 10_000_000],
  ['wakeupsPerSecond', 10, 1_000_000],
  ['deliveriesPerSecond', 1000, 10_000_000],
  ['graceMs', 50, 10_000],
  ['roundMs', 60, 5000],
  ['peersMax', 1, 1_000_000],
];

/** Tunings for common cases; each is a complete {@link Tuning}, to be spread and changed. */
export const presets = {
  /** The default: any LAN, any Wi-Fi, up to some hundred peers. */
  lan: (): Tuning => ({
    intervalMsMin: 500,
    budgetBitsPerSecond: 50_000,
    wakeupsPerSecond: 300,
    deliveriesPerSecond: 20_000,
    graceMs: 250,
    roundMs: 125,
    peersMax: 16_384,
  }),
  /** A game lobby: a crash shows in less than a second, for up to 250 kbit/s of multicast. */
  lobby: (): Tuning => ({
    ...presets.lan(),
    intervalMsMin: 250,
    budgetBitsPerSecond: 250_000,
    wakeupsPerSecond: 100_000,
    deliveriesPerSecond: 100_000,
    graceMs: 100,
    roundMs: 80,
  }),
  /** For batteries and busy air: a beat every five seconds at most, a crash of a host shows within twenty. */
  quiet: (): Tuning => ({
    ...presets.lan(),
    intervalMsMin: 5000,
    budgetBitsPerSecond: 10_000,
    deliveriesPerSecond: 2000,
    graceMs: 500,
    roundMs: 250,
  }),
  /** Thousands of peers on wires: a thousand beat every three seconds, five thousand every fifteen. */
  wide: (): Tuning => ({
    ...presets.lan(),
    intervalMsMin: 2000,
    budgetBitsPerSecond: 500_000,
    wakeupsPerSecond: 1_000_000,
    deliveriesPerSecond: 200_000,
    peersMax: 65_536,
  }),
} as const;

/** Fills in the defaults. Throws a {@link MailslotError} for a value out of its range. */
export function tune(given: Partial<Tuning>): Tuning {
  const tuning = { ...presets.lan(), ...given };
  for (const [name, least, most] of RANGES) {
    const value = tuning[name];
    if (Number.isInteger(value) && value >= least && value <= most) continue;
    throw new MailslotError(
      'ERROR_INVALID_PARAMETER',
      `${name} is ${value}; it takes a whole number from ${least} to ${most}.`,
    );
  }
  return tuning;
}
