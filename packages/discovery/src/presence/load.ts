/** What the group sends, as bytes for each beat: beats themselves, and what joins, changes and probes add to them. */

import { BEAT_BYTES_INITIAL, WIRE_OVERHEAD_BYTES } from './interval.ts';

/** Weight of one announcement in the mean size of all: one large record does not slow a group down. */
const BEAT_BYTES_GAIN = 1 / 64;

/** How often the share of other traffic is measured, and the weight of one measurement: it follows in minutes. */
export const LOAD_PERIOD_MS = 5000;
const LOAD_GAIN = 0.05;

/** Fewer beats say too little. */
const BEATS_MIN = 5;

/** More than this is a flood, and no reason to be silent. */
const LOAD_MAX = 1.5;

export class Load {
  #beatBytes = BEAT_BYTES_INITIAL;
  #bytes = 0;
  #ratio = 1;

  /** Octets on the wire that the group sends for each beat. */
  get bytesPerBeat(): number {
    return this.#beatBytes * this.#ratio;
  }

  /** What the group sends for each beat, in beats: 1 if it sends nothing else. */
  get ratio(): number {
    return this.#ratio;
  }

  /** An announcement of ours, or of a peer that is known. */
  announced(messageBytes: number): void {
    this.#beatBytes += (messageBytes + WIRE_OVERHEAD_BYTES - this.#beatBytes) * BEAT_BYTES_GAIN;
    this.sent(messageBytes);
  }

  /** Any other message to the group, ours or of a peer that is known. */
  sent(messageBytes: number): void {
    this.#bytes += messageBytes + WIRE_OVERHEAD_BYTES;
  }

  /** A period has passed, in which `beats` were due from all and the share `loss` of everything was missed. */
  measure(beats: number, loss: number): void {
    const bytes = this.#bytes / (1 - loss);
    this.#bytes = 0;
    if (beats < BEATS_MIN) return;
    const ratio = Math.min(Math.max(1, bytes / (beats * this.#beatBytes)), LOAD_MAX);
    this.#ratio += (ratio - this.#ratio) * LOAD_GAIN;
  }
}
