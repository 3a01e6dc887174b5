/** How many datagrams each second has had, by transport. */

import type { InterfaceStats, TransportStats } from '@mailslot/core';

import { WINDOW_MS } from '../presence-board.ts';
import type { PicturedTraffic } from './picture.ts';

export const SAMPLE_MS = 1000;

const SAMPLES_MAX: number = WINDOW_MS / SAMPLE_MS;

interface Series {
  readonly received: number[];
  readonly sent: number[];
  before: TransportStats;
}

export class TrafficMeter {
  readonly #series = new Map<string, Series>();

  /** To be told once in {@link SAMPLE_MS}. */
  sample(stats: Readonly<Record<string, TransportStats>>): void {
    for (const [transport, now] of Object.entries(stats)) {
      const series = this.#series.get(transport);
      if (series === undefined) {
        this.#series.set(transport, { received: [], sent: [], before: now });
        continue;
      }
      const { received, sent, before } = series;
      received.push(total(now, 'receivedDatagrams') - total(before, 'receivedDatagrams'));
      sent.push(total(now, 'sentDatagrams') - total(before, 'sentDatagrams'));
      for (const samples of [received, sent]) if (samples.length > SAMPLES_MAX) samples.shift();
      series.before = now;
    }
  }

  get picture(): readonly PicturedTraffic[] {
    return Array.from(this.#series, ([transport, { received, sent, before }]) => ({
      transport,
      received,
      sent,
      drops: before.drops,
    }));
  }
}

/** On all interfaces together. */
function total({ interfaces }: TransportStats, counter: keyof InterfaceStats): number {
  return Object.values(interfaces).reduce((sum, stats) => sum + stats[counter], 0);
}
