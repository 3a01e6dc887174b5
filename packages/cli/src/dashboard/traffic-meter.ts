/** How many messages each second has had, by transport. */

import type { TransportStats } from '@mailslot/core';

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
      received.push(now.receivedMessages - before.receivedMessages);
      sent.push(now.sentMessages - before.sentMessages);
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
