/** A host on a browse list, as lines. */

import type { Host } from '@mailslot/discovery/browser';

import { pad } from './columns.ts';
import type { Paint } from './paint.ts';
import { printable } from './printable.ts';

/** NetBIOS names have no more. */
export const NAME_CELLS = 15;

const VERSION_CELLS = '10.0'.length;

/** A host as JSON lines show it. */
export function hostJson({ name, domain, serverType, version, comment }: Host): object {
  return { name, domain, serverType, version: `${version.major}.${version.minor}`, comment };
}

export function hostText({ name, domain, version, comment }: Host, paint: Paint): string {
  return [
    paint('bold', pad(printable(name), NAME_CELLS)),
    pad(printable(domain), NAME_CELLS),
    pad(`${version.major}.${version.minor}`, VERSION_CELLS),
    printable(comment),
  ]
    .join('  ')
    .trimEnd();
}
