/** A peer's info, checked by any Standard Schema: zod, valibot, arktype and others. */

import { MailslotError } from '@mailslot/core';
import type { StandardSchemaV1 } from '@standard-schema/spec';

/** Says whether an info fits, and what it is then. */
export type InfoCheck<Info> = (info: unknown) => StandardSchemaV1.Result<Info>;

/** Without a schema everything fits, and nothing is known of it. */
export const anyInfo: InfoCheck<unknown> = (info) => ({ value: info });

/** The check that a schema makes. */
export function checkBy<Schema extends StandardSchemaV1>(
  schema: Schema,
): InfoCheck<StandardSchemaV1.InferOutput<Schema>> {
  return (info) => {
    const result = schema['~standard'].validate(info);
    if (!(result instanceof Promise)) return result;
    throw new MailslotError(
      'ERROR_INVALID_PARAMETER',
      'The schema validates asynchronously. Peers come and go in order, so use one that answers at once.',
    );
  };
}

/** As {@link InfoCheck}, for what strangers send: a schema that cannot cope with it says that it does not fit. */
export function checkForeign<Info>(
  check: InfoCheck<Info>,
  info: unknown,
): StandardSchemaV1.Result<Info> {
  try {
    return check(info);
  } catch (error) {
    return { issues: [{ message: error instanceof Error ? error.message : String(error) }] };
  }
}

/** What is shown of a text that strangers may have written, in characters. */
const FOREIGN_TEXT_MAX = 200;

/** A stranger's text, short and without anything a terminal would obey. */
function harmless(text: string): string {
  return text.slice(0, FOREIGN_TEXT_MAX).replaceAll(/\p{C}/gu, '\uFFFD');
}

/** The error for an info that does not fit. */
export function misfit(whose: string, issues: readonly StandardSchemaV1.Issue[]): MailslotError {
  const first = issues[0];
  const path = first?.path?.map((part) => (typeof part === 'object' ? part.key : part)).join('.');
  const where = path ? ` at ${path}` : '';
  return new MailslotError(
    'ERROR_INVALID_PARAMETER',
    harmless(
      `${whose} info does not fit the schema${where}: ${first?.message ?? 'no reason given'}`,
    ) + '.',
    { cause: issues },
  );
}
