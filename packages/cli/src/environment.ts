/** All that a program touches, so that it can run anywhere. */

import type { Readable, Writable } from 'node:stream';

import type { diagnose, joinNetwork } from '@mailslot/core';

export interface Environment {
  /** The words after the program's name. */
  readonly argv: readonly string[];
  /** A terminal whose keys can be read one by one has `setRawMode`. */
  readonly stdin: Readable & { readonly isTTY?: boolean; setRawMode?(raw: boolean): unknown };
  /** Coloured if `isTTY` is true, unless `NO_COLOR` is set. Emits `resize` when its size has changed. */
  readonly stdout: Writable & {
    readonly isTTY?: boolean;
    readonly columns?: number;
    readonly rows?: number;
  };
  readonly stderr: Writable & { readonly isTTY?: boolean };
  /** The secret of a service, where the command line gives none. */
  readonly secret?: string;
  /** Does something when the process ends, however that comes about. Returns the way to leave it. */
  readonly onExit?: (action: () => void) => () => void;
  /** Ends whatever runs, in peace. */
  readonly signal: AbortSignal;
  /** How to join a network. Default: `joinNetwork` of `@mailslot/core`. */
  readonly join?: typeof joinNetwork;
  /** How to examine it. Default: `diagnose` of `@mailslot/core`. */
  readonly diagnose?: typeof diagnose;
}
