/** A message as `monitor` shows it to people, whatever transport it came by. */

import { pad } from './columns.ts';
import type { Paint } from './paint.ts';
import { payloadText } from './payload.ts';
import { printable } from './printable.ts';
import { preciseTimeOfDay } from './time-of-day.ts';

/** Of a text: what fits two lines of a terminal. */
const TEXT_CHARACTERS_MAX = 160;

const SOURCE_CELLS = '255.255.255.255'.length;

/** Most are shorter; a longer one pushes the rest of its line aside. */
const TARGET_CELLS = '\\\\ANN-PC\\mailslot\\LOBBY'.length;

const SIZE_CELLS = '65536'.length;

export interface Traffic {
  readonly now: number;
  readonly source: string;
  readonly to: string;
  /** '' if it is not told. */
  readonly from: string;
  /** A bridge has brought it. */
  readonly relayed?: boolean | undefined;
  readonly data: Uint8Array;
}

/** `words` say what the data means, where that is known. */
export function trafficLine(traffic: Traffic, words: string | undefined, paint: Paint): string {
  const { now, source, to, from, data, relayed = false } = traffic;
  return [
    paint('dim', preciseTimeOfDay(now)),
    paint('cyan', pad(printable(source), SOURCE_CELLS)),
    pad(printable(to), TARGET_CELLS),
    String(data.length).padStart(SIZE_CELLS),
    words === undefined ? payloadText(data, paint, TEXT_CHARACTERS_MAX) : printable(words),
    ...(relayed ? [paint('dim', 'by a bridge')] : []),
    ...(from === '' ? [] : [paint('dim', `from ${printable(from)}`)]),
  ].join('  ');
}
