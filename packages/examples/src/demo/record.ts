/** What happens in the demo, in the order in which it happens. Times are milliseconds since its start, of one clock. */

import type { PresenceEvent } from '@mailslot/discovery';

import type { Info, Scene, Step } from './story.ts';

export type Happening =
  | { readonly at: number; readonly type: 'scene'; readonly scene: Scene }
  /** A player is told what to do, or is killed. */
  | { readonly at: number; readonly type: 'cue'; readonly step: Step; readonly pid: number }
  /** The watcher reports something. */
  | { readonly at: number; readonly type: 'seen'; readonly event: PresenceEvent<Info> }
  /** A player's process has ended. */
  | {
      readonly at: number;
      readonly type: 'exit';
      readonly player: string;
      readonly code: number | null;
      readonly signal: NodeJS.Signals | null;
    }
  /** The play is over, and these are on the watcher's list. */
  | { readonly at: number; readonly type: 'end'; readonly listed: readonly string[] };

export type Cue = Extract<Happening, { type: 'cue' }>;
export type Seen = Extract<Happening, { type: 'seen' }>;
export type Exit = Extract<Happening, { type: 'exit' }>;
