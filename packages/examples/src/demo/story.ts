/** The play: who is in it, what they do, and what a watcher must see of it. */

import type { DownReason } from '@mailslot/discovery';
import * as v from 'valibot';

/** What players tell about themselves. */
export const Info = v.object({ map: v.string(), seats: v.number() });
export type Info = v.InferOutput<typeof Info>;

/** What a player, a process of its own, can be told to do. */
export type Order =
  | { readonly type: 'enter' | 'change'; readonly info: Info }
  | { readonly type: 'leave' };

export type Action = Order | { readonly type: 'kill' };

/** What the watcher, which knows nothing but what the network brings, must then report. */
export type Sight =
  | { readonly type: 'up' | 'update'; readonly info: Info }
  | { readonly type: 'down'; readonly reason: DownReason };

export interface Step {
  readonly player: string;
  readonly action: Action;
  readonly sight: Sight;
  readonly withinMs: number;
}

export interface Scene {
  readonly title: string;
  readonly steps: readonly Step[];
}

/** A datagram takes a millisecond; the rest is for a busy machine. */
const NEWS_WITHIN_MS = 2000;

/** Five missed beats of half a second, each up to a quarter late, and a little: less than four seconds. */
const EXPIRY_WITHIN_MS = 5000;

export const STORY: readonly Scene[] = [
  {
    title: 'Five players come up',
    steps: [
      enter('Ann', { map: 'dunes', seats: 4 }),
      enter('Ben', { map: 'harbour', seats: 2 }),
      enter('Cleo', { map: 'canyon', seats: 8 }),
      enter('Dan', { map: 'dunes', seats: 4 }),
      enter('Eve', { map: 'icefield', seats: 6 }),
    ],
  },
  { title: 'Cleo changes her map', steps: [change('Cleo', { map: 'volcano', seats: 3 })] },
  { title: 'Ben says goodbye', steps: [leave('Ben')] },
  { title: 'Dan is killed and says nothing', steps: [kill('Dan')] },
];

export const CAST: readonly string[] = [
  ...new Set(STORY.flatMap(({ steps }) => steps.map(({ player }) => player))),
];

function enter(player: string, info: Info): Step {
  const sight = { type: 'up', info } as const;
  return { player, action: { type: 'enter', info }, sight, withinMs: NEWS_WITHIN_MS };
}

function change(player: string, info: Info): Step {
  const sight = { type: 'update', info } as const;
  return { player, action: { type: 'change', info }, sight, withinMs: NEWS_WITHIN_MS };
}

function leave(player: string): Step {
  const sight = { type: 'down', reason: 'goodbye' } as const;
  return { player, action: { type: 'leave' }, sight, withinMs: NEWS_WITHIN_MS };
}

function kill(player: string): Step {
  const sight = { type: 'down', reason: 'expired' } as const;
  return { player, action: { type: 'kill' }, sight, withinMs: EXPIRY_WITHIN_MS };
}
