/** What the two players at a table write to each other, as JSON in a mailslot of each. */

import * as v from 'valibot';

import { COLUMNS } from '../game/board.ts';
import { ENTRIES_MAX } from '../game/journal.ts';
import { TALK_CHARACTERS_MAX } from '../game/match.ts';
import { Id } from './announcement.ts';

const Act = v.variant('type', [
  v.strictObject({
    type: v.literal('drop'),
    column: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(COLUMNS - 1)),
  }),
  v.strictObject({ type: v.literal('again') }),
  v.strictObject({
    type: v.literal('say'),
    text: v.pipe(v.string(), v.maxLength(TALK_CHARACTERS_MAX)),
  }),
]);

const Count = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(ENTRIES_MAX));

/** Entries of one side's log. */
export const Log = v.pipe(
  v.array(v.strictObject({ seen: Count, act: Act })),
  v.maxLength(ENTRIES_MAX),
  v.readonly(),
);

const TableLetter = v.strictObject({
  /** Of what sitting this is; letters of an earlier one may still be on their way. */
  sitting: Id,
  from: Count,
  entries: Log,
  acknowledged: Count,
});

export type TableLetter = v.InferOutput<typeof TableLetter>;

export function encodeLetter(letter: TableLetter): string {
  return JSON.stringify(letter);
}

/** Undefined if it is none: anyone may send anything. */
export function decodeLetter(text: string): TableLetter | undefined {
  try {
    const result = v.safeParse(TableLetter, JSON.parse(text));
    return result.success ? result.output : undefined;
  } catch {
    return undefined;
  }
}
