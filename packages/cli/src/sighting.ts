/** A message as `monitor` shows it, whatever transport it came by. */

import { pad } from './columns.ts';
import type { Paint } from './paint.ts';
import { payloadText } from './payload.ts';
import { printable } from './printable.ts';
import type { Result } from './session.ts';
import { preciseTimeOfDay } from './time-of-day.ts';

/** Of a text: what fits two lines of a terminal. */
const TEXT_CHARACTERS_MAX = 160;

const SOURCE_CELLS = '255.255.255.255'.length;

/** Most are shorter; a longer one pushes the rest of its line aside. */
const TARGET_CELLS = '\\\\ANN-PC\\mailslot\\LOBBY'.length;

const SIZE_CELLS = '65536'.length;

/** A message that passed by. */
export interface Sighting {
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly source: string;
  readonly to: string;
  /** '' if it is not told. */
  readonly from: string;
  /** A bridge has brought it. */
  readonly relayed?: boolean | undefined;
  readonly data: Uint8Array;
  /** What the data means, where that is known. */
  words(): string | undefined;
  /** What is wrong with it, though some receivers take it. */
  readonly flaw?: string | undefined;
  json(): object;
}

export function resultOf(sighting: Sighting): Result {
  return { json: () => sighting.json(), text: (paint) => lineOf(sighting, paint) };
}

/** What it says, on one line. */
export function contentOf(sighting: Sighting, paint: Paint): string {
  const words = sighting.words();
  if (words !== undefined) return printable(words);
  return payloadText(sighting.data, paint, TEXT_CHARACTERS_MAX);
}

function lineOf(sighting: Sighting, paint: Paint): string {
  const { time, source, to, from, relayed = false, data, flaw } = sighting;
  return [
    paint('dim', preciseTimeOfDay(time)),
    paint('cyan', pad(printable(source), SOURCE_CELLS)),
    pad(printable(to), TARGET_CELLS),
    String(data.length).padStart(SIZE_CELLS),
    contentOf(sighting, paint),
    ...(relayed ? [paint('dim', 'by a bridge')] : []),
    ...(from === '' ? [] : [paint('dim', `from ${printable(from)}`)]),
    ...(flaw === undefined ? [] : [paint('red', `malformed: ${flaw}`)]),
  ].join('  ');
}
