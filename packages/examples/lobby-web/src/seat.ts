/** Where a player sits: what a killed program has to know to go on where it was. Pure. */

import * as v from 'valibot';

import { Id, PlayerKey, Title } from './wire/announcement.ts';
import { Log } from './wire/letter.ts';

const Opponent = v.strictObject({ key: PlayerKey, name: v.string() });

/** As it is kept on disk. */
export const Seat = v.strictObject({
  host: PlayerKey,
  room: Id,
  title: Title,
  /** For a guest the host. For a host whoever has the seat, there or not. */
  opponent: v.nullable(Opponent),
  /** Null as long as the seat opposite is free. */
  sitting: v.nullable(Id),
  /** What was written at this sitting, by the host and by the guest. */
  journal: v.pipe(v.strictTuple([Log, Log]), v.readonly()),
});

export type Seat = v.InferOutput<typeof Seat>;
