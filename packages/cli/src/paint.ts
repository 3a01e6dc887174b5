/** Colour, for those who see it. */

import { styleText } from 'node:util';

export type Style = Parameters<typeof styleText>[0];

/** Gives a printable text a style, or leaves it as it is. */
export type Paint = (style: Style, text: string) => string;

/** Paints for a terminal that wants it: `NO_COLOR`, `FORCE_COLOR` and what the terminal can do are taken into account. */
export function paintFor(stream: NodeJS.WritableStream): Paint {
  const coloured = styleText('bold', '.', { stream }) !== '.';
  return (style, text) => (coloured ? styleText(style, text, { validateStream: false }) : text);
}
