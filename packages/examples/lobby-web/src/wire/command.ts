/** What the page asks its program for. */

import * as v from 'valibot';

import { Id, PlayerKey, Title } from './announcement.ts';

export const Command = v.variant('type', [
  v.strictObject({ type: v.literal('host'), title: Title }),
  v.strictObject({ type: v.literal('join'), host: PlayerKey, room: Id }),
  /** Gets up; a host closes its room by that. */
  v.strictObject({ type: v.literal('leave') }),
  /** Takes the seat from a guest who is away. */
  v.strictObject({ type: v.literal('free') }),
  v.strictObject({ type: v.literal('drop'), column: v.number() }),
  v.strictObject({ type: v.literal('again') }),
  v.strictObject({ type: v.literal('say'), text: v.string() }),
]);

export type Command = v.InferOutput<typeof Command>;
