/** What the demo is shown on. A view sees nothing but the record. */

import type { Happening } from './record.ts';

export interface View {
  /** Something was added to the record. */
  show(happening: Happening): void;
  /** The play is over: shows what came of it. */
  finish(): void;
  /** Gives the screen back. Idempotent. */
  close(): void;
}
