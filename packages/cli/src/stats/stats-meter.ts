/** What a network did between two looks at its counters. */

import type { InterfaceStats, Network, TransportStats } from '@mailslot/core';

type Stats = ReturnType<Network['stats']>;

/** What flows each way: messages of a transport, datagrams of an interface. */
export interface Flow {
  readonly received: number;
  readonly receivedBytes: number;
  readonly sent: number;
  readonly sentBytes: number;
}

/** A transport, or one of its interfaces. */
export interface StatsRow {
  readonly transport: string;
  /** Undefined for the transport as a whole. */
  readonly interface: string | undefined;
  /** A second, since the last look. */
  readonly perSecond: Flow;
  /** Since the last look, by the reason; of an interface nobody can tell. */
  readonly drops: Readonly<Record<string, number>>;
  /** All that was counted since the beginning. */
  readonly totals: TransportStats | InterfaceStats;
}

export class StatsMeter {
  #before: Stats;
  #lookedAt: number;

  /** `now` is of a clock that measures time, in milliseconds. */
  constructor(stats: Stats, now: number) {
    this.#before = stats;
    this.#lookedAt = now;
  }

  /** A row for each transport, followed by one for each of its interfaces. */
  look(stats: Stats, now: number): readonly StatsRow[] {
    const seconds = Math.max(1, now - this.#lookedAt) / 1000;
    const rows = Object.entries(stats).flatMap(([transport, totals]) =>
      rowsOf(transport, totals, this.#before[transport], seconds),
    );
    this.#before = stats;
    this.#lookedAt = now;
    return rows;
  }
}

function rowsOf(
  transport: string,
  totals: TransportStats,
  before: TransportStats | undefined,
  seconds: number,
): StatsRow[] {
  const messages = perSecond(messagesOf(totals), before && messagesOf(before), seconds);
  const drops = growth(totals.drops, before?.drops);
  const interfaces = Object.entries(totals.interfaces).map(([name, stats]): StatsRow => {
    const earlier = before?.interfaces[name];
    const datagrams = perSecond(datagramsOf(stats), earlier && datagramsOf(earlier), seconds);
    return { transport, interface: name, perSecond: datagrams, drops: {}, totals: stats };
  });
  return [{ transport, interface: undefined, perSecond: messages, drops, totals }, ...interfaces];
}

function messagesOf(stats: TransportStats): Flow {
  const { receivedMessages: received, sentMessages: sent, receivedBytes, sentBytes } = stats;
  return { received, receivedBytes, sent, sentBytes };
}

function datagramsOf(stats: InterfaceStats): Flow {
  const { receivedDatagrams: received, sentDatagrams: sent, receivedBytes, sentBytes } = stats;
  return { received, receivedBytes, sent, sentBytes };
}

function perSecond(now: Flow, before: Flow | undefined, seconds: number): Flow {
  const rate = (figure: keyof Flow): number => (now[figure] - (before?.[figure] ?? 0)) / seconds;
  return {
    received: rate('received'),
    receivedBytes: rate('receivedBytes'),
    sent: rate('sent'),
    sentBytes: rate('sentBytes'),
  };
}

/** What has been counted since, without what has not. */
function growth(
  now: Readonly<Record<string, number>>,
  before: Readonly<Record<string, number>> = {},
): Record<string, number> {
  const grown = Object.entries(now).map(([name, count]) => [name, count - (before[name] ?? 0)]);
  return Object.fromEntries(grown.filter(([, more]) => more !== 0));
}
