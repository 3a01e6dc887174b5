/** What passed of late, as a list to move through: the newest on top. */

import { jsonLine } from './printable.ts';
import { contentOf, type Sighting } from './sighting.ts';
import type { Listing, ListingState } from './terminal/listing.ts';
import type { Scene } from './terminal/live-view.ts';
import { preciseTimeOfDay } from './time-of-day.ts';

/** As many as a person may want to look back at, and a sort takes a millisecond for. */
export const ROWS_MAX = 1000;

/** What they may hold together: a mailslot message has up to 64 KiB. */
export const LOG_BYTES_MAX: number = 8 * 1024 * 1024;

/** Over which the rate is measured. */
const RATE_WINDOW_MS = 2000;

/** Of the data, in the detail: some screens. */
const DUMP_BYTES_MAX = 2048;

const DUMP_LINE_BYTES = 16;

export interface TrafficRow {
  readonly number: number;
  readonly sighting: Sighting;
  readonly content: string;
}

const LISTING: Listing<TrafficRow> = {
  columns: [
    {
      title: 'TIME',
      cells: '14:31:48.120'.length,
      text: ({ sighting }) => preciseTimeOfDay(sighting.time),
      style: () => 'dim',
      order: (a, b) => a.number - b.number,
    },
    {
      title: 'SOURCE',
      cells: '255.255.255.255'.length,
      text: ({ sighting }) => sighting.source,
      style: () => 'cyan',
    },
    // That it is a mailslot goes without saying, and the line is short.
    {
      title: 'TO',
      cells: 20,
      text: ({ sighting }) => sighting.to.replace('\\mailslot\\', '\\…\\'),
    },
    {
      title: 'SIZE',
      cells: 6,
      text: ({ sighting }) => String(sighting.data.length),
      order: (a, b) => a.sighting.data.length - b.sighting.data.length,
    },
    {
      title: 'CONTENT',
      cells: 0,
      text: ({ content, sighting: { from } }) =>
        from === '' ? content : `${content}  from ${from}`,
      style: ({ sighting }) => (sighting.flaw === undefined ? undefined : 'red'),
    },
  ],
  key: ({ number }) => String(number),
  detail: ({ sighting }) => [
    ...JSON.stringify(JSON.parse(jsonLine(sighting.json())), null, 2).split('\n'),
    '',
    ...dump(sighting.data),
  ],
};

export class TrafficLog implements Scene<TrafficRow> {
  readonly listing: Listing<TrafficRow> = LISTING;
  readonly initial: Partial<ListingState> = { descending: true };
  readonly empty = 'Nothing has passed yet.';
  readonly #where: string;
  #rows: TrafficRow[] = [];
  #bytes = 0;
  #total = 0;

  constructor(where: string) {
    this.#where = where;
  }

  take(see: () => Sighting): void {
    const sighting = see();
    this.#rows.push({ number: this.#total++, sighting, content: contentOf(sighting, plain) });
    this.#bytes += sighting.data.length;
    // In blocks, since to shift an array moves all of it.
    if (this.#rows.length >= 2 * ROWS_MAX || this.#bytes > LOG_BYTES_MAX) this.#trim();
  }

  rows(): readonly TrafficRow[] {
    return this.#rows.slice(-ROWS_MAX);
  }

  title(): string {
    const since = Date.now() - RATE_WINDOW_MS;
    const recent =
      this.#rows.length - 1 - this.#rows.findLastIndex(({ sighting }) => sighting.time < since);
    const rate = (recent * 1000) / RATE_WINDOW_MS;
    return `${rate} messages/s, ${this.#total} so far · ${this.#where}`;
  }

  #trim(): void {
    this.#rows = this.#rows.slice(-ROWS_MAX);
    this.#bytes = this.#rows.reduce((sum, { sighting }) => sum + sighting.data.length, 0);
    while (this.#bytes > LOG_BYTES_MAX / 2 && this.#rows.length > 1) {
      this.#bytes -= this.#rows.shift()!.sighting.data.length;
    }
  }
}

/** Rows are painted where they are drawn. */
function plain(_style: unknown, text: string): string {
  return text;
}

/** `0000  10 01 03 10 …  ....` */
function dump(data: Uint8Array): string[] {
  const lines: string[] = [];
  const end = Math.min(data.length, DUMP_BYTES_MAX);
  for (let at = 0; at < end; at += DUMP_LINE_BYTES) {
    const bytes = Array.from(data.subarray(at, Math.min(at + DUMP_LINE_BYTES, end)));
    const hex = bytes.map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
    const text = bytes
      .map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.'))
      .join('');
    const offset = at.toString(16).padStart(4, '0');
    lines.push(`${offset}  ${hex.padEnd(DUMP_LINE_BYTES * 3 - 1)}  ${text}`);
  }
  if (end < data.length) lines.push(`… ${data.length - end} bytes more`);
  return lines;
}
