/**
 * What every player announces of itself: the room it has opened, and the room it sits in or wants to. Nothing else need
 * be said to fill a seat. A guest announces that it is at the table, the host announces who has the seat.
 */

import * as v from 'valibot';

/** A title is a label, not a letter. */
export const TITLE_CHARACTERS_MAX = 40;

const ID_CHARACTERS_MAX = 24;

/** 32 octets in base64url: who a player is, in all its lives. */
export const PlayerKey = v.pipe(v.string(), v.regex(/^[\w-]{43}$/));

export const Id = v.pipe(v.string(), v.regex(/^[\w-]+$/), v.maxLength(ID_CHARACTERS_MAX));

export const Title = v.pipe(v.string(), v.trim(), v.nonEmpty(), v.maxLength(TITLE_CHARACTERS_MAX));

export const Room = v.strictObject({
  id: Id,
  title: Title,
  /** Who has the seat opposite the host. */
  guest: v.nullable(PlayerKey),
  /** What the guest calls this sitting. */
  sitting: v.nullable(Id),
});

const Place = v.strictObject({
  host: PlayerKey,
  room: Id,
  /** Drawn by the guest whenever it sits down: what was written at an earlier sitting counts no more. */
  sitting: Id,
});

const Plain = v.strictObject({
  type: v.literal('player'),
  room: v.nullable(Room),
  at: v.nullable(Place),
});

const Unknown = v.strictObject({ type: v.literal('unknown') });

/** Whoever announces anything else is there, but nobody can tell as what. */
export const Announcement = v.fallback(v.variant('type', [Plain, Unknown]), { type: 'unknown' });

export type Room = v.InferOutput<typeof Room>;
export type Announcement = v.InferOutput<typeof Announcement>;
